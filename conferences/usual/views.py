"""What roles usually do, and the form for one of them."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from conferences.usual import changes
from conferences.usual.forms import UsualForm
from conferences.usual.panels import RoleCard, is_usual, usual_in
from workspace.disclosure.changes import StaleError
from workspace.disclosure.labels import DUTY_BIT, Duty
from workspace.disclosure.lens import sight_of
from workspace.disclosure.policy import Role
from workspace.live.answers import see_other
from workspace.people.middleware import person_of, signed_in


@signed_in
@require_safe
def cards(request: HttpRequest) -> HttpResponse:
    """What every role usually does."""
    usual = usual_in(_door(request)[1].case)
    return render(request, "conferences/usual/cards.html", {"cards": [usual.card(role) for role in Role]})


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def card(request: HttpRequest, role: Role) -> HttpResponse:
    """What one role usually does, and the form that says it otherwise."""
    stands, edition = _stands(request, role)
    if request.method != "POST":
        form = UsualForm(initial=stands.fields | {"seen": edition})
        return _page(request, form, stands, edition, kept="kept" in request.GET)
    form = UsualForm(request.POST)
    if not form.is_valid():
        return _page(request, form, stands, edition, status=422)
    given, words = form.cleaned_data, form.words()
    duties = sum(DUTY_BIT[duty] for duty in set(map(Duty, given["duties"])))
    try:
        changes.keep_usual(
            sight_of(person_of(request).pk, timezone.now()),
            role=role,
            words={} if is_usual(role, words, duties) else words,
            duties=duties,
            seen=given["seen"],
            key=given["key"],
        )
    except StaleError as stale:
        stands, edition = _stands(request, role)
        form.add_error(None, str(stale.sentence))
        form.renew(seen=edition)
        return _page(request, form, stands, edition, status=409, stale=True)
    except LookupError:
        raise Http404 from None
    return see_other(f"{stands.url}?kept")


def _door(request: HttpRequest) -> tuple[Any, Any]:
    try:
        return changes.door(sight_of(person_of(request).pk, timezone.now()))
    except LookupError:
        raise Http404 from None


def _stands(request: HttpRequest, role: Role) -> tuple[RoleCard, str]:
    task_force, lens = _door(request)
    # Before what it is the edition of: what changes between the two is taken for a change since.
    edition = changes.edition_of(task_force, role)
    return usual_in(lens.case).card(role), edition


def _page(
    request: HttpRequest, form: UsualForm, stands: RoleCard, edition: str, *, status: int = 200, **more: bool
) -> HttpResponse:
    context = {"form": form, "card": stands, "edition": edition, **more}
    return render(request, "conferences/usual/card.html", context, status=status)
