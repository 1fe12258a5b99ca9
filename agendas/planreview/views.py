"""A supervisor says that they went through a plan; and how often that is asked for is said."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from agendas.planreview import changes
from agendas.planreview.writing import ReviewDesk, ask_desk, review_desk
from conferences.readers.changes import Choice
from conferences.readers.views import keep
from workspace.disclosure.changes import StaleError
from workspace.disclosure.lens import sight_of
from workspace.live.answers import see_other
from workspace.people.middleware import person_of, signed_in

FORM, WHOLE = "agendas/planreview/_form.html", "agendas/planreview/form.html"
READERS = "conferences/readers/_readers.html"
ASKING = "agendas/planreview/asking.html"


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def reviews(request: HttpRequest, case: str) -> HttpResponse:
    """Say that one went through the plan."""
    if request.method != "POST":
        desk = _desk(request, case, request.GET.get("seen", ""))
        if not desk.asked:
            raise Http404
        return render(request, WHOLE, desk.context(desk.form()))
    desk = _desk(request, case, request.POST.get("review-seen", ""))
    form = desk.form(request.POST)

    def write(choice: Choice) -> None:
        given = {name: form.cleaned_data[name] for name in ("text", "left_out_because", "seen", "key")}
        changes.review_plan(
            sight_of(person_of(request).pk, timezone.now()), case=case, choice=choice, **given
        )

    return keep(request, desk, form, write, url=f"{desk.url}#planreview", template=FORM, whole=WHOLE)


@signed_in
@require_POST
def review_readers(request: HttpRequest, case: str) -> HttpResponse:
    """Who would read it as it is chosen so far."""
    desk = _desk(request, case, "")
    return render(request, READERS, desk.context(desk.form(request.POST)))


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def asking(request: HttpRequest) -> HttpResponse:
    """How often a supervisor goes through each plan."""
    person = person_of(request).pk
    desk = ask_desk(person)
    if desk is None:
        raise Http404
    if request.method != "POST":
        return render(request, ASKING, {"form": desk.form(), "kept": "kept" in request.GET})
    form = desk.form(request.POST)
    if not form.is_valid():
        return render(request, ASKING, {"form": form}, status=422)
    try:
        changes.ask_for_reviews(sight_of(person, timezone.now()), **form.cleaned_data)
    except StaleError as stale:
        now = ask_desk(person)
        form.add_error(None, str(stale.sentence))
        form.renew(seen=str(now.every) if now else "")
        return render(request, ASKING, {"form": form, "now": now}, status=409)
    except LookupError:
        raise Http404 from None
    return see_other("/plans/review/?kept")


def _desk(request: HttpRequest, case: str, seen: str) -> ReviewDesk:
    desk = review_desk(person_of(request).pk, case, seen)
    if desk is None:
        raise Http404
    return desk
