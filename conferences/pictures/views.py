"""A picture on a card: to see it, to put it there, to take it off."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from conferences.pictures import changes
from conferences.pictures.forms import PictureForm
from conferences.pictures.panels import own_face, picture
from workspace.disclosure.changes import NotAllowedError, StaleError
from workspace.disclosure.lens import sight_of
from workspace.errors import answer
from workspace.live.answers import press, sent_on
from workspace.people.middleware import person_of, signed_in


@signed_in
@require_safe
def shown(request: HttpRequest, seat: str) -> HttpResponse:
    """The picture, for whoever sees the seat."""
    found = picture(person_of(request).pk, seat)
    if found is None:
        raise Http404
    return HttpResponse(found, content_type="image/jpeg")


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, seat: str) -> HttpResponse:
    """The form that puts a picture on one's own card."""
    sight = sight_of(person_of(request).pk, timezone.now())
    posted = request.method == "POST"
    try:
        changes.door(sight, seat)
        form = PictureForm(request.POST, request.FILES) if posted else PictureForm()
        if posted and form.is_valid():
            given = form.cleaned_data
            case = changes.put_picture(sight, seat=seat, image=given["image"], key=given["key"])
            return sent_on(request, f"/cases/{case}/roles/#about-{seat}")
    except LookupError:
        raise Http404 from None
    except NotAllowedError as refused:
        return answer(request, 403, refused.sentence)
    except StaleError as stale:
        return answer(request, 409, stale.sentence)
    face = own_face(person_of(request).pk, seat)
    if face is None:
        raise Http404
    context = {"face": face, "form": form}
    return render(request, "conferences/pictures/change.html", context, status=422 if posted else 200)


@signed_in
@require_POST
def removal(request: HttpRequest, seat: str) -> HttpResponse:
    """Take the picture off the card."""
    return press(
        request, lambda sight: changes.remove_picture(sight, seat=seat), lambda case: f"/cases/{case}/roles/"
    )
