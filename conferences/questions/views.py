"""Questions about who does what: asking, answering, and saying that it is clear."""

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from conferences.questions import changes
from conferences.questions.forms import AnswerForm, RouteForm, SetAsideForm, WidenForm
from conferences.questions.writing import (
    AskDesk,
    QuestionPlace,
    ask_desk,
    case_of_subject,
    question_seen,
    widened,
)
from conferences.readers.changes import Choice
from conferences.readers.views import keep
from workspace.addresses import public_id_of
from workspace.disclosure.changes import NotAllowedError, RefusedError, StaleError
from workspace.disclosure.lens import Sight, sight_of
from workspace.disclosure.refusals import SENTENCES
from workspace.errors import answer
from workspace.live.answers import form_again, press, sent_on
from workspace.live.forms import OnceForm
from workspace.people.middleware import person_of, signed_in

FORM, WHOLE, READERS = (
    "conferences/questions/_form.html",
    "conferences/questions/form.html",
    "conferences/readers/_readers.html",
)
ANSWER, ANSWER_WHOLE, ROUTE, WIDEN, ASIDE = (
    "conferences/questions/_answer.html",
    "conferences/questions/answer.html",
    "conferences/questions/route.html",
    "conferences/questions/widen.html",
    "conferences/questions/aside.html",
)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def questions(request: HttpRequest, case: str) -> HttpResponse:
    """Ask something in one's own words."""
    if request.method != "POST":
        return _form(request, case, request.GET.get("about") or request.GET.get("line") or "")
    desk = _desk(request, case, request.POST.get("question-about", ""))
    form = desk.form(request.POST)

    def write(choice: Choice) -> None:
        given = form.cleaned_data
        changes.ask_in_words(
            sight_of(person_of(request).pk, timezone.now()),
            case=case,
            about=given["about"],
            text=given["text"],
            choice=choice,
            left_out_because=given.get("left_out_because", ""),
            permitted=given["permitted"],
            key=given["key"],
        )

    try:
        desk.let_ask()
    except NotAllowedError as refused:
        return answer(request, 403, refused.sentence)
    return keep(request, desk, form, write, url=desk.url, template=FORM, whole=WHOLE)


@signed_in
@require_POST
def readers(request: HttpRequest, case: str) -> HttpResponse:
    """Who would read the question as it is chosen so far."""
    desk = _desk(request, case, request.POST.get("question-about", ""))
    return render(request, READERS, desk.context(desk.form(request.POST)))


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def about_seat(request: HttpRequest, seat: str) -> HttpResponse:
    """Say in one press that one is not sure about somebody's card, or in one's own words."""
    return _ask(request, "about_id", seat)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def about_line(request: HttpRequest, line: str) -> HttpResponse:
    """Say in one press that one is not sure about something that has to be done, or in one's own words."""
    return _ask(request, "line_id", line)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def answering(request: HttpRequest, question: str) -> HttpResponse:
    """Answer a question, or put one's answer otherwise."""
    place = _place(request, question)
    try:
        place.let_answer()
    except NotAllowedError as refused:
        return answer(request, 403, refused.sentence)
    if request.method != "POST":
        if place.why_no_answer:
            return answer(request, 409, place.why_no_answer)
        theirs = place.question.answer if place.question.stands == "answered" else ""
        return render(request, ANSWER_WHOLE, {"place": place, "form": AnswerForm(initial={"text": theirs})})
    form = AnswerForm(request.POST)

    def write(sight: Sight) -> str:
        given = form.cleaned_data
        return changes.answer(
            sight, question=question, text=given["text"], permitted=given["permitted"], key=given["key"]
        )

    return _written(request, question, place, form, write, ANSWER, ANSWER_WHOLE)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def routing(request: HttpRequest, question: str) -> HttpResponse:
    """Say who is to answer."""
    place = _place(request, question)
    twice = bool(place.asked) and request.POST.get("to") == place.asked
    if not place.may_route and not twice:
        return answer(request, 403, changes.NOT_TO_ROUTE)
    if request.method != "POST":
        if place.question.stands != "waiting":
            return answer(request, 409, changes.DOES_NOT_WAIT)
        form = RouteForm(people=place.could_answer, unseen=place.unseen, initial={"to": place.asked})
        return render(request, ROUTE, {"place": place, "form": form})
    form = RouteForm(request.POST, people=place.could_answer, unseen=place.unseen)
    return _written(
        request,
        question,
        place,
        form,
        lambda sight: changes.route(sight, question=question, to=form.cleaned_data["to"]),
        ROUTE,
        ROUTE,
    )


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def setting_aside(request: HttpRequest, question: str) -> HttpResponse:
    """Set a question aside, with a word that whoever asked reads."""
    place = _place(request, question)
    try:
        place.let_set_aside()
    except NotAllowedError as refused:
        return answer(request, 403, refused.sentence)
    if request.method != "POST":
        if place.over:
            return answer(request, 409, place.over)
        return render(request, ASIDE, {"place": place, "form": SetAsideForm()})
    form = SetAsideForm(request.POST)
    return _written(
        request,
        question,
        place,
        form,
        lambda sight: changes.set_aside(sight, question=question, note=form.cleaned_data["note"]),
        ASIDE,
        ASIDE,
    )


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def everyone(request: HttpRequest, question: str) -> HttpResponse:
    """Let everybody read one's own question, once one has read who that is."""
    place = _place(request, question)
    form = WidenForm(request.POST if request.method == "POST" else None)
    try:
        place.let_widen()
        context = {"place": place, "form": form, "people": widened(person_of(request).pk, question)}
        if not form.is_valid():
            return render(request, WIDEN, context)
        changes.let_everybody_read(
            sight_of(person_of(request).pk, timezone.now()),
            question=question,
            permitted=form.cleaned_data["permitted"],
        )
    except LookupError:
        raise Http404 from None
    except NotAllowedError as refused:
        return answer(request, 403, refused.sentence)
    except StaleError as stale:
        return answer(request, 409, stale.sentence)
    except RefusedError as policy:
        for refusal in policy.refusals:
            form.add_error("permitted", SENTENCES[refusal])
        return render(request, WIDEN, context, status=422)
    return sent_on(request, place.url)


@signed_in
@require_POST
def closing(request: HttpRequest, question: str) -> HttpResponse:
    """Say that it is clear now."""
    return _press(request, lambda sight: changes.close(sight, question=question))


@signed_in
@require_POST
def unclear(request: HttpRequest, question: str) -> HttpResponse:
    """Say that it is not clear yet, or that it still matters."""
    return _press(request, lambda sight: changes.say_unclear(sight, question=question))


def _ask(request: HttpRequest, link: str, about: str) -> HttpResponse:
    if request.method != "POST":
        case = case_of_subject(person_of(request).pk, link, about)
        if case is None:
            raise Http404
        return _form(request, case, about)
    to = request.POST.get("to", "")
    return _press(request, lambda sight: changes.ask(sight, link=link, about=about, to=to))


def _form(request: HttpRequest, case: str, about: str) -> HttpResponse:
    """The page on which one asks in one's own words."""
    desk = _desk(request, case, about)
    try:
        desk.let_ask()
    except NotAllowedError as refused:
        return answer(request, 403, refused.sentence)
    return render(request, WHOLE, desk.context(desk.form()))


def _written(
    request: HttpRequest,
    question: str,
    place: QuestionPlace,
    form: Any,
    write: Callable[[Sight], str],
    template: str,
    whole: str,
) -> HttpResponse:
    """Write it, and go back to the board; or the form once more, with what was typed and how the question stands.
    `template`: the form; `whole`: the page it stands on."""
    if form.is_valid() and form.cleaned_data.get("shown_readers", place.shown) != place.shown:
        form.add_error(None, _("Please read who will see this, then press the button again."))
    if not form.is_valid():
        return form_again(request, template, whole, {"place": place, "form": form})
    try:
        write(sight_of(person_of(request).pk, timezone.now()))
    except LookupError:
        raise Http404 from None
    except NotAllowedError as refused:
        return answer(request, 403, refused.sentence)
    except RefusedError as policy:
        for refusal in policy.refusals:
            form.add_error("permitted", SENTENCES[refusal])
        return form_again(request, template, whole, {"place": place, "form": form})
    except StaleError as stale:
        form.add_error(None, str(stale.sentence))
        if isinstance(form, OnceForm):
            form.renew()
        stands = {"place": _place(request, question), "form": form}
        return form_again(request, template, whole, stands, status=409)
    return sent_on(request, place.url)


def _press(request: HttpRequest, verb: Callable[[Sight], str]) -> HttpResponse:
    """Do it, and go back to the board."""
    try:
        return press(request, verb, lambda case: f"/cases/{case}/roles/")
    except RefusedError as refused:
        return answer(request, 403, SENTENCES[refused.refusals[0]])


def _desk(request: HttpRequest, case: str, about: str) -> AskDesk:
    conference = public_id_of(request.GET.get("conference", ""))
    desk = ask_desk(person_of(request).pk, case, about, conference)
    if desk is None:
        raise Http404
    return desk


def _place(request: HttpRequest, question: str) -> QuestionPlace:
    place = question_seen(person_of(request).pk, question)
    if place is None:
        raise Http404
    return place
