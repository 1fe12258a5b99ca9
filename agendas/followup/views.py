"""One action item, and what becomes of it."""

import re
from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agendas.followup import changes
from agendas.followup.writing import WITHOUT_WORDS, ActionDesk, action_desk, action_naming
from agendas.items.views import goal_answer
from workspace.disclosure.changes import NotAllowedError, RefusedError, StaleError
from workspace.disclosure.lens import sight_of
from workspace.disclosure.refusals import SENTENCES
from workspace.errors import answer
from workspace.live.answers import form_again, press, sent_on
from workspace.live.panels import serve
from workspace.people.middleware import person_of, signed_in

FORM, WHOLE = "agendas/followup/_form.html", "agendas/followup/form.html"
# The start page, and my tasks with what they are narrowed to.
LIST = re.compile(r"/(tasks/(\?[\w=&-]{1,200})?)?")
# The field beside which a refusal of the policy is told.
REFUSED_AT = {"owner": "to", "helpers": "helpers"}
VERBS: dict[str, tuple[Callable[..., None], tuple[str, ...]]] = {
    "decline": (changes.decline, ("because", "permitted", "seen", "key")),
    "end": (changes.end, ("word", "outcome", "permitted", "seen", "key")),
    "date": (changes.move, ("due", "by_next", "because", "permitted", "seen", "key")),
    "owner": (changes.give, ("to", "because", "permitted", "seen", "key")),
    "wording": (changes.reword, ("title", "permitted", "seen", "key")),
    "comment": (changes.comment, ("text", "permitted", "key")),
    "add_step": (changes.add_step, ("text", "permitted", "key")),
    "helpers": (changes.name_helpers, ("helpers", "shown", "seen", "key")),
    "waiting": (changes.wait, ("first", "release", "seen", "key")),
    "changed": (changes.say_what_it_changed, ("text", "permitted", "key")),
}


@signed_in
@require_safe
def action(request: HttpRequest, action: str) -> HttpResponse:
    """One action item, as this person sees it."""
    served = serve("action", person_of(request).pk, scope=action)
    if served is None:
        raise Http404
    return render(request, "agendas/followup/action.html", {"page": served})


@signed_in
@require_POST
def acceptance(request: HttpRequest, action: str) -> HttpResponse:
    """Say that one will do it."""
    return _press(request, changes.accept, action)


@signed_in
@require_POST
def reopening(request: HttpRequest, action: str) -> HttpResponse:
    """Open it again."""
    return _press(request, changes.reopen, action)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def declining(request: HttpRequest, action: str) -> HttpResponse:
    """Say no, and why."""
    return _said(request, action, "decline")


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def ending(request: HttpRequest, action: str) -> HttpResponse:
    """Say in one word how it ended."""
    return _said(request, action, "end")


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def day(request: HttpRequest, action: str) -> HttpResponse:
    """Say by when, and why that changes."""
    return _said(request, action, "date")


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def owner(request: HttpRequest, action: str) -> HttpResponse:
    """Give it to somebody else."""
    return _said(request, action, "owner")


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def wording(request: HttpRequest, action: str) -> HttpResponse:
    """Say it in other words."""
    return _said(request, action, "wording")


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def comments(request: HttpRequest, action: str) -> HttpResponse:
    """Write a comment."""
    return _said(request, action, "comment")


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def steps(request: HttpRequest, action: str) -> HttpResponse:
    """Add a step."""
    return _said(request, action, "add_step")


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def helpers(request: HttpRequest, action: str) -> HttpResponse:
    """Say who helps."""
    return _said(request, action, "helpers")


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def waiting(request: HttpRequest, action: str) -> HttpResponse:
    """Say what has to come first."""
    return _said(request, action, "waiting")


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def goal(request: HttpRequest, action: str) -> HttpResponse:
    """Say which goal it is about."""
    return goal_answer(
        request,
        action_naming(person_of(request).pk, action),
        lambda sight, given: changes.name_goal(sight, action=action, **given),
    )


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def changed(request: HttpRequest, action: str) -> HttpResponse:
    """Say what it changed for the survivor."""
    return _said(request, action, "changed")


@signed_in
@require_POST
def step_done(request: HttpRequest, action: str, step: str) -> HttpResponse:
    """A step is done."""
    return _step(request, changes.finish_step, action, step)


@signed_in
@require_POST
def step_open(request: HttpRequest, action: str, step: str) -> HttpResponse:
    """A step is not done after all."""
    return _step(request, changes.open_step, action, step)


@signed_in
@require_POST
def step_removal(request: HttpRequest, action: str, step: str) -> HttpResponse:
    """A step is not needed."""
    return _step(request, changes.remove_step, action, step)


def _press(request: HttpRequest, verb: Callable[..., None], action: str) -> HttpResponse:
    seen, then = request.GET.get("seen", ""), _list(request) or _page(action)
    return press(request, lambda sight: verb(sight, action=action, seen=seen), lambda _done: then)


def _step(request: HttpRequest, verb: Callable[..., None], action: str, step: str) -> HttpResponse:
    return press(request, lambda sight: verb(sight, action=action, step=step), lambda _done: _page(action))


def _said(request: HttpRequest, action: str, name: str) -> HttpResponse:
    """The form, or what was typed into it kept, or the form once more with that and how the action item stands."""
    desk = _desk(request, action)
    form = desk.form(name, request.POST if request.method == "POST" else None)
    fits = form.is_bound and form.is_valid()
    # Who came too late is told that first, by the verb, which looks once more while nobody else can change it.
    late = fits and "seen" in VERBS[name][1] and form.cleaned_data["seen"] != desk.it.edition
    reads = fits and not late and name not in WITHOUT_WORDS
    if reads and form.cleaned_data["shown_readers"] != desk.shown(name):
        form.add_error(None, _("Please read who will see this, then press the button again."))
    if not form.is_bound or not form.is_valid():
        # Whoever may not do it is told so, whatever they typed.
        try:
            desk.it.let(name)
        except NotAllowedError as refused:
            return answer(request, 403, refused.sentence)
        except StaleError as stale:
            return answer(request, 409, stale.sentence)
    if not form.is_bound:
        return render(request, WHOLE, desk.context(name, form))
    if not form.is_valid():
        return form_again(request, FORM, WHOLE, desk.context(name, form))
    return _kept(request, action, name, desk, form)


def _kept(request: HttpRequest, action: str, name: str, desk: ActionDesk, form: Any) -> HttpResponse:
    verb, fields = VERBS[name]
    try:
        verb(
            sight_of(person_of(request).pk, timezone.now()),
            action=action,
            **{field: form.cleaned_data[field] for field in fields},
        )
    except LookupError:
        raise Http404 from None
    except NotAllowedError as refused:
        return answer(request, 403, refused.sentence)
    except RefusedError as policy:
        for refusal in policy.refusals:
            permit = "permitted" in fields and refusal == "own_client_not_asked"
            form.add_error("permitted" if permit else REFUSED_AT.get(name), SENTENCES[refusal])
        return form_again(request, FORM, WHOLE, desk.context(name, form))
    except StaleError as stale:
        desk = _desk(request, action)
        form.add_error(None, str(stale.sentence))
        form.renew(seen=desk.it.edition)
        return form_again(request, FORM, WHOLE, desk.context(name, form), status=409)
    # Whoever took themselves out of those who help may see it no more.
    gone = name == "helpers" and action_desk(person_of(request).pk, action, "") is None
    return sent_on(request, desk.back or (desk.plan_url if gone else desk.url))


def _page(action: str) -> str:
    return f"/actions/{action}/"


def _list(request: HttpRequest) -> str:
    """The list of tasks, narrowed as it was, from which somebody came; nothing where they came from elsewhere."""
    back = request.GET.get("back", "")
    return back if LIST.fullmatch(back) else ""


def _desk(request: HttpRequest, action: str) -> ActionDesk:
    desk = action_desk(person_of(request).pk, action, _list(request))
    if desk is None:
        raise Http404
    return desk
