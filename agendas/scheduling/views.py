"""Conferences are planned and changed, and people are invited to them."""

from collections.abc import Callable
from dataclasses import fields
from functools import partial

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from agendas.scheduling import changes
from agendas.scheduling.forms import PlanForm
from agendas.scheduling.writing import change_desk, plan_desk
from conferences.meetings.changes import Plan
from workspace.disclosure.changes import NotAllowedError, StaleError
from workspace.disclosure.lens import sight_of
from workspace.errors import answer
from workspace.live.answers import form_again, form_done, press, sent_on
from workspace.live.panels import serve
from workspace.people.middleware import person_of, signed_in

MEETING, MEETINGS = "agendas/scheduling/_form.html", "agendas/scheduling/meetings.html"
CHANGE, SCHEDULE = "agendas/scheduling/_change.html", "agendas/scheduling/schedule.html"


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def meetings(request: HttpRequest, case: str) -> HttpResponse:
    """The conferences of a case; for those who may plan one also the form."""
    person, url = person_of(request).pk, f"/cases/{case}/"
    served, desk = serve("meetings", person, scope=case), plan_desk(person, case)
    if served is None or (desk is None and request.method == "POST"):
        raise Http404
    context = {"page": served, "desk": desk, "case_url": url}
    if desk is None:
        return render(request, MEETINGS, context)
    if request.method != "POST":
        return render(request, MEETINGS, context | {"form": desk.form()})
    form = desk.form(request.POST)
    verb = partial(changes.plan_meeting, sight_of(person, timezone.now()), case=case)
    if status := _refused(form, verb):
        return form_again(request, MEETING, MEETINGS, context | {"form": form}, status=status)
    return form_done(request, f"{url}conferences/", MEETING, context | {"form": desk.form()})


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def schedule(request: HttpRequest, conference: str) -> HttpResponse:
    """A conference as it is planned; for those who may change it also the form."""
    person, url = person_of(request).pk, f"/conferences/{conference}/"
    served, desk = serve("schedule", person, scope=conference), change_desk(person, conference)
    if served is None or desk is None:
        raise Http404
    context = {"page": served, "desk": desk, "url": url}
    if request.method != "POST":
        return render(request, SCHEDULE, context | {"form": desk.form() if desk.changing else None})
    if not desk.may:
        return answer(request, 403, changes.NOT_YOURS)
    form = desk.form(request.POST)
    verb = partial(changes.change_plan, sight_of(person, timezone.now()), conference=conference)
    status = _refused(form, verb)
    now = change_desk(person, conference)
    if now is None:
        raise Http404
    if status == 409:
        form.renew(seen=now.edition)
        context |= {"now": now if now.changing else None}
    if status:
        return form_again(request, CHANGE, SCHEDULE, context | {"form": form}, status=status)
    if not now.may:
        return sent_on(request, f"{url}?handed-over")
    return form_done(request, f"{url}schedule/", CHANGE, context | {"form": now.form()})


@signed_in
@require_POST
def invitations(request: HttpRequest, conference: str) -> HttpResponse:
    """Invite somebody, to take part (`seat`) or to listen (`listener`)."""
    listener = request.POST.get("listener", "")
    seat = listener or request.POST.get("seat", "")
    verb = partial(changes.invite, conference=conference, seat=seat, observes=bool(listener))
    return press(request, verb, lambda _done: f"/conferences/{conference}/schedule/")


@signed_in
@require_POST
def withdrawal(request: HttpRequest, conference: str) -> HttpResponse:
    """Take an invitation back."""
    verb = partial(changes.uninvite, conference=conference, seat=request.POST.get("seat", ""))
    return press(request, verb, lambda sees: f"/conferences/{conference}/schedule/" if sees else "/")


def _refused(form: PlanForm, verb: Callable[..., None]) -> int:
    """Call the verb with what the form says. The status of the answer, and the form says why; 0: it was done."""
    if not form.is_valid():
        return 422
    given = {name: value for name, value in form.cleaned_data.items() if name not in ("day", "time")}
    plan = Plan(**{field.name: given.pop(field.name) for field in fields(Plan)})
    try:
        verb(plan=plan, **given)
    except changes.CannotScheduleError as cannot:
        form.add_error(cannot.field, str(cannot.sentence))
        return 422
    except (StaleError, NotAllowedError) as stale:
        form.add_error(None, str(stale.sentence))
        form.renew()
        return 409
    except LookupError:
        raise Http404 from None
    return 0
