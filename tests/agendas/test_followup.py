"""One action item, and what becomes of it: who may say what of it, who reads that, and who learns nothing."""

import re
from datetime import timedelta
from html import unescape
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection, connections
from django.utils import timezone

from agendas.actions.models import ActionItem, ActionStatus, Helper, Step
from agendas.followup import changes
from agendas.history.models import Entry
from conferences.meetings.models import Conference, Status
from tests.agendas.test_states import set_stage
from tests.cast import TICK, Clock, Stage, said
from tests.casting import planted
from tests.live_pass import connect, passed
from tests.test_surfaces import Eyes
from workspace.disclosure.changes import StaleError
from workspace.disclosure.models import Case, Mark, Named, Release, Seat
from workspace.disclosure.policy import EVERY_ROLE, role_bits
from workspace.live.announce import case_changed
from workspace.people.models import Person, public_id

CASE = "/cases/0"
# Of the planted case: what the shelter does, what the survivor offered, and what the therapist was asked.
EXTEND, VISIT, GROUND, COURSE = 0, 4, 2, 6
CHANCE = re.compile(
    r'(?<=csrfmiddlewaretoken" value=")\w+|(?<=c=)\w+|(?<=data-drafts=")\w+|expires=[^;]+|/live/\w+/[^"]*'
    r'|(?<=name="key" value=")[\w-]+'
)
HIDDEN_FIELD = re.compile(r'name="(shown_readers|shown|seen|key)" value="([^"]*)"')
VERBS = (
    "declining",
    "ending",
    "date",
    "owner",
    "wording",
    "comments",
    "steps",
    "helpers",
    "waiting",
    "goal",
    "changed",
)

NOBODY = "Nobody does this now. Please see who can do it:"
GOES_ON = "Whoever did it until now goes on reading it."


@pytest.fixture
def table(stage: Stage) -> Stage:
    """The planted case, read in English."""
    Person.objects.update(language="en")
    return stage


def place(number: int) -> str:
    return f"{CASE}/actions/{number}"


def url(stage: Stage, number: int, verb: str = "") -> str:
    return f"/actions/{stage.ids[place(number)]}/{verb}"


def row(stage: Stage, number: int) -> ActionItem:
    found: ActionItem = ActionItem.unsealed.select_related("mark").get(
        mark__public_id=stage.ids[place(number)]
    )
    return found


def number_of(stage: Stage, key: str) -> str:
    return stage.ids[stage.place("alder", "seats", key)]


def put(stage: Stage, number: int, **columns: Any) -> None:
    ActionItem.unsealed.filter(pk=row(stage, number).pk).update(**columns)


def wide(stage: Stage, number: int) -> None:
    """Let everybody read it."""
    Mark.objects.filter(pk=row(stage, number).pk).update(topic="coordination", audience=EVERY_ROLE)


def page(stage: Stage, person: str, number: int) -> str:
    answer = stage.browser(person).get(url(stage, number))
    assert answer.status_code == 200, person
    return " ".join(unescape(said(answer)).split())


def form_of(stage: Stage, person: str, number: int, verb: str) -> dict[str, str]:
    """What the form holds that nobody types."""
    answer = stage.browser(person).get(url(stage, number, verb))
    assert answer.status_code == 200, (person, verb, said(answer))
    return dict(HIDDEN_FIELD.findall(unescape(said(answer))))


def say(stage: Stage, person: str, number: int, verb: str, **given: Any) -> Any:
    """Open the form, fill it in and send it."""
    body = form_of(stage, person, number, verb) | {"permitted": "on"} | given
    return stage.browser(person).post(url(stage, number, verb), body)


def say_unread(stage: Stage, person: str, number: int, verb: str, **given: Any) -> Any:
    """Send the form without opening it, with the readers that it would show now, and as it stands."""
    body = form_of(stage, person, number, "comments/") | {"permitted": "on", "key": public_id()} | given
    return stage.browser(person).post(url(stage, number, verb), body)


def press(stage: Stage, person: str, number: int, verb: str) -> int:
    """Press the button on its page, or send what it would send where there is none."""
    found = re.search(rf'formaction="({url(stage, number, verb)}[^"]*)"', page(stage, person, number))
    return int(stage.browser(person).post(found[1] if found else url(stage, number, verb)).status_code)


def entries(stage: Stage, number: int) -> list[tuple[str, str, str]]:
    """What happened: what, who said so, and whom it went to."""
    found = Entry.unsealed.filter(of=row(stage, number).pk).order_by("pk")
    return [
        (entry.what, entry.mark.author.key if entry.mark.author else "", entry.seat.key if entry.seat else "")
        for entry in found.select_related("mark__author", "seat")
    ]


def everything() -> tuple[Any, ...]:
    return (
        sorted(
            ActionItem.unsealed.values_list("pk", "title", "owner", "status", "due", "by_next", "outcome")
        ),
        Entry.unsealed.count(),
        sorted(Step.objects.values_list("text", "done_at")),
        sorted(Helper.objects.values_list("action", "seat")),
        sorted(Case.objects.values_list("pk", "version")),
    )


# The owner


def test_its_owner_accepts_it_and_nobody_else_does(table: Stage) -> None:
    wide(table, GROUND)
    for person in table.people:
        eyes, before = Eyes(table, person), everything()
        if person == "p-ther" or not eyes.sits(CASE):
            continue
        assert press(table, person, GROUND, "acceptance/") == 403, person
        assert everything() == before
    assert press(table, "p-ther", GROUND, "acceptance/") == 303
    assert row(table, GROUND).status == ActionStatus.ACCEPTED
    before = everything()
    assert press(table, "p-ther", GROUND, "acceptance/") == 303
    assert everything() == before
    assert entries(table, GROUND) == [("accepted", "ther", "")]


def test_who_declines_says_why_and_it_waits_for_somebody_else(table: Stage) -> None:
    answer = say(table, "p-ther", GROUND, "declining/", because="")
    assert (answer.status_code, row(table, GROUND).status) == (422, ActionStatus.OFFERED)
    assert say(table, "p-ther", GROUND, "declining/", because="I am away that month").status_code == 303
    assert row(table, GROUND).status == ActionStatus.DECLINED
    assert entries(table, GROUND) == [("declined", "ther", "")]
    told = page(table, "p-sup", GROUND)
    assert "I am away that month" in told
    assert "waits for somebody else" in told
    # Whoever asked for it finds that on Today, and whoever declined does not read that they do it.
    author = row(table, GROUND).mark.author
    assert author
    today = said(table.browser(author.person.key).get("/"))
    assert f'{NOBODY} <a href="{url(table, GROUND)}"' in today
    assert "<b>You were asked to do this</b>" in page(table, "p-ther", GROUND)
    # It stays with what is open: it has not ended.
    plan = said(table.browser("p-sup").get(f"{CASE}/".replace(CASE, f"/cases/{table.ids[CASE]}")))
    assert f'id="action-{table.ids[place(GROUND)]}"' in plan.partition('id="ended-actions"')[0]
    assert press(table, "p-ther", GROUND, "acceptance/") == 303
    assert row(table, GROUND).status == ActionStatus.ACCEPTED


@pytest.mark.parametrize("word", ["done", "no_longer_possible", "not_done"])
def test_it_ends_in_one_honest_word_with_a_line_about_it_and_is_opened_again(table: Stage, word: str) -> None:
    answer = say(table, "p-shelter", EXTEND, "ending/", word=word, outcome="")
    assert (answer.status_code, row(table, EXTEND).status) == (422, ActionStatus.ACCEPTED)
    assert (
        say(table, "p-shelter", EXTEND, "ending/", word=word, outcome="Until the end of May").status_code
        == 303
    )
    ended = row(table, EXTEND)
    assert (ended.status, ended.outcome, ended.ended_at) == (word, "Until the end of May", table.at)
    assert "Until the end of May" in page(table, "p-survivor", EXTEND)
    assert press(table, "p-shelter", EXTEND, "reopening/") == 303
    again = row(table, EXTEND)
    assert (again.status, again.outcome, again.ended_at) == (ActionStatus.ACCEPTED, "", None)
    assert [what for what, *_ in entries(table, EXTEND)] == [word, "open_again"]
    # What became of it then is still to be read.
    assert "Until the end of May" in page(table, "p-survivor", EXTEND)


def test_what_is_too_long_is_told_how_long_it_is_and_comes_back_whole(table: Stage) -> None:
    answer = say(table, "p-shelter", EXTEND, "ending/", word="done", outcome="x" * 501)
    assert answer.status_code == 422
    assert "it has 501 letters, and 500 fit here" in said(answer)
    assert "x" * 501 in said(answer)


def test_who_carries_the_case_opens_it_again_and_its_owner_is_asked_once_more(table: Stage) -> None:
    put(table, EXTEND, status=ActionStatus.DONE)
    assert press(table, "p-survivor", EXTEND, "reopening/") == 403
    assert press(table, "p-cm", EXTEND, "reopening/") == 303
    assert row(table, EXTEND).status == ActionStatus.OFFERED


def test_nobody_but_its_owner_ends_it_unless_it_was_declined(table: Stage) -> None:
    assert table.browser("p-cm").get(url(table, EXTEND, "ending/")).status_code == 403
    put(table, EXTEND, status=ActionStatus.DECLINED)
    assert say(table, "p-cm", EXTEND, "ending/", word="not_done", outcome="Nobody could").status_code == 303
    ended = row(table, EXTEND)
    # What another says of it stands in the history, not as its owner's words.
    assert (ended.status, ended.outcome) == (ActionStatus.NOT_DONE, "")
    assert "Nobody could" in page(table, "p-survivor", EXTEND)


# Its day, its words, its owner


def test_its_day_moves_with_a_reason_and_the_history_tells_both_days(table: Stage) -> None:
    before = row(table, EXTEND).due
    to = timezone.localdate() + timedelta(days=20)
    assert say(table, "p-cm", EXTEND, "date/", due=to.isoformat(), because="").status_code == 422
    assert say(table, "p-cm", EXTEND, "date/", due=to.isoformat(), because="They asked").status_code == 303
    [entry] = Entry.unsealed.filter(of=row(table, EXTEND).pk)
    assert (row(table, EXTEND).due, entry.before, entry.after, entry.text) == (to, before, to, "They asked")
    other = (to + timedelta(days=1)).isoformat()
    both = say(table, "p-cm", EXTEND, "date/", due=other, by_next="on", because="Both")
    assert both.status_code == 422
    assert say(table, "p-shelter", EXTEND, "date/", due="", by_next="on", because="Then").status_code == 303
    assert (row(table, EXTEND).due, row(table, EXTEND).by_next) == (None, True)
    assert "by the next meeting" in page(table, "p-survivor", EXTEND)
    # The history keeps that, whether or not there is such a meeting, and whoever sees it.
    Conference.unsealed.filter(mark__case=row(table, EXTEND).mark.case).update(status="closed")
    assert say(table, "p-shelter", EXTEND, "date/", due=to.isoformat(), because="Now").status_code == 303
    assert say(table, "p-shelter", EXTEND, "date/", by_next="on", due="", because="Then").status_code == 303
    told = page(table, "p-survivor", EXTEND).partition('id="action_history"')[2]
    assert (told.count("by the next meeting"), told.count("no day")) == (2, 0)
    assert table.browser("p-survivor").get(url(table, EXTEND, "date/")).status_code == 403


def test_whoever_chooses_the_next_meeting_need_not_clear_the_day_nor_the_other_way_round(
    table: Stage,
) -> None:
    stands = row(table, EXTEND).due
    assert stands
    day = stands.isoformat()
    assert say(table, "p-cm", EXTEND, "date/", due=day, by_next="on", because="Then").status_code == 303
    assert (row(table, EXTEND).due, row(table, EXTEND).by_next) == (None, True)
    to = timezone.localdate() + timedelta(days=20)
    later = say(table, "p-cm", EXTEND, "date/", due=to.isoformat(), by_next="on", because="Now")
    assert later.status_code == 303
    assert (row(table, EXTEND).due, row(table, EXTEND).by_next) == (to, False)


def test_a_reason_for_what_stays_as_it_is_is_given_back_and_she_is_asked_for_none(table: Stage) -> None:
    stands = row(table, EXTEND).due
    assert stands
    answer = say(table, "p-cm", EXTEND, "date/", due=stands.isoformat(), because="all that I wrote")
    assert (answer.status_code, entries(table, EXTEND)) == (422, [])
    assert "all that I wrote" in said(answer)
    assert "Nothing changes" in said(answer)
    assert 'name="because"' not in said(table.browser("p-survivor").get(url(table, VISIT, "date/")))
    assert say(table, "p-survivor", VISIT, "date/", due="", by_next="on", because="forged").status_code == 303
    assert (row(table, VISIT).by_next, entries(table, VISIT)) == (True, [])


def test_a_day_that_is_over_is_refused_but_the_one_that_stands_there_may_stay(table: Stage) -> None:
    past = timezone.localdate() - timedelta(days=3)
    put(table, EXTEND, due=past)
    yesterday = (timezone.localdate() - timedelta(days=1)).isoformat()
    assert say(table, "p-cm", EXTEND, "date/", due=yesterday, because="x").status_code == 422
    assert say(table, "p-cm", EXTEND, "date/", due=past.isoformat(), because="").status_code == 303
    assert entries(table, EXTEND) == []


def test_its_author_says_it_in_other_words_and_whoever_accepted_is_asked_again(table: Stage) -> None:
    old = row(table, EXTEND).title
    assert table.browser("p-shelter").get(url(table, EXTEND, "wording/")).status_code == 403
    assert say(table, "p-cm", EXTEND, "wording/", title="Ask for  two months").status_code == 303
    assert (row(table, EXTEND).title, row(table, EXTEND).status) == ("Ask for two months", "offered")
    assert f'<p>It said before: <span dir="auto">{old}</span></p>' in page(table, "p-cm", EXTEND)
    assert old in page(table, "p-survivor", EXTEND)
    assert entries(table, EXTEND) == [("reworded", "cm", "")]


def test_after_its_meeting_is_over_its_words_stay(table: Stage) -> None:
    assert "wording/" in page(table, "p-cm", EXTEND)
    set_stage(table, Status.CLOSED)
    assert "wording/" not in page(table, "p-cm", EXTEND)
    answer = table.browser("p-cm").get(url(table, EXTEND, "wording/"))
    assert (answer.status_code, "is over" in said(answer)) == (409, True)


def test_what_was_written_while_a_meeting_was_on_stands_in_its_record_whatever_it_was_made_of(
    table: Stage,
) -> None:
    put(table, EXTEND, from_item=None)
    at = row(table, EXTEND).mark.created_at
    rooms = Conference.unsealed.filter(mark__case=row(table, EXTEND).mark.case)
    rooms.update(opened_at=None)
    rooms = rooms.filter(key="now")

    def over(**columns: Any) -> bool:
        rooms.update(**({"status": "closed", "opened_at": at, "closed_at": at} | columns))
        offered = "wording/" in page(table, "p-cm", EXTEND)
        answer = say_unread(table, "p-cm", EXTEND, "wording/", title="other words")
        assert (answer.status_code, offered) in ((303, True), (409, False)), columns
        return not offered

    with table.undone():
        assert not over(closed_at=at - TICK, opened_at=at - TICK)
    with table.undone():
        assert not over(opened_at=at + TICK, closed_at=at + TICK)
    with table.undone():
        assert not over(status="open", closed_at=None)
    with table.undone():
        assert not over(opened_at=None, closed_at=None, cancelled_at=at)
    assert over()
    # Of a meeting that its author does not see they learn nothing.
    Named.objects.filter(mark__in=rooms.values("pk"), seat=table.seat("alder", "cm")).delete()
    Mark.objects.filter(pk__in=rooms.values("pk")).update(author=None)
    rooms.update(facilitator=table.seat("alder", "sup"))
    assert not over()


def test_who_no_longer_sees_the_item_rewrites_the_record_as_little(table: Stage) -> None:
    set_stage(table, Status.CLOSED)
    item = row(table, EXTEND).from_item_id
    assert item
    Mark.objects.filter(pk=item).update(removed_at=table.at)
    assert "wording/" not in page(table, "p-cm", EXTEND)
    assert say_unread(table, "p-cm", EXTEND, "wording/", title="x").status_code == 409


def test_it_is_given_to_somebody_else_who_is_asked_and_the_history_stays(table: Stage) -> None:
    say(table, "p-shelter", EXTEND, "comments/", text="I called them")
    answer = say(table, "p-cm", EXTEND, "owner/", to=number_of(table, "adv"), because="She knows them")
    assert answer.status_code == 303
    given = row(table, EXTEND)
    assert (given.owner.key, given.status, given.rose, given.asked_at) == ("adv", "offered", 0, table.at)
    named = set(Named.objects.filter(mark=given.pk).values_list("seat__key", flat=True))
    assert {"adv", "shelter"} <= named
    assert entries(table, EXTEND) == [("comment", "shelter", ""), ("asked", "cm", "adv")]
    for person in ("p-adv", "p-shelter"):
        assert "She knows them" in page(table, person, EXTEND)
    assert press(table, "p-adv", EXTEND, "acceptance/") == 303
    # Whoever takes it themselves has accepted it.
    assert say(table, "p-cm", EXTEND, "owner/", to=number_of(table, "cm")).status_code == 303
    assert (row(table, EXTEND).owner.key, row(table, EXTEND).status) == ("cm", "accepted")


def test_whom_its_author_names_can_read_it_and_nobody_else_lets_somebody_read_it(table: Stage) -> None:
    """The holding agency’s nurse is not among the roles that read it; the attorney’s agency has no release about it."""

    def offered(person: str) -> set[str]:
        told = said(table.browser(person).get(url(table, EXTEND, "owner/")))
        keys = {seat: number_of(table, seat) for seat in table.oracle.case("alder").seats}
        return {key for key, number in keys.items() if f'value="{number}"' in told}

    facts = table.oracle.case("alder").seats
    authors, carriers = offered("p-cm"), offered("p-sup")
    assert (
        "holder-nurse" in authors - carriers
    )  # not among the roles, but of the agency that holds the record
    assert {"adv", "cm"} <= carriers
    assert not {"law", "det", "prov", "sv", "shelter"} & (authors | carriers)
    readers = {
        key
        for key in facts
        if table.oracle.sees("alder", key, place(EXTEND), table.at) and key not in ("sv", "shelter")
    }
    assert carriers <= readers
    answer = say(table, "p-cm", EXTEND, "owner/", to=number_of(table, "holder-nurse"), because="whyitisyou")
    assert answer.status_code == 303
    told = page(table, "p-holder-nurse", EXTEND)
    assert "<b>You are asked to do this</b>" in told
    assert "whyitisyou" in told


def test_its_author_reads_whom_they_would_let_read_it_before_they_choose(table: Stage) -> None:
    nurse = table.seat("alder", "holder-nurse")
    for verb in ("owner/", "helpers/"):
        for person, says in (("p-cm", True), ("p-sup", False)):
            told = said(table.browser(person).get(url(table, EXTEND, verb)))
            assert ("(cannot read this now)" in told) == ('id="not-yet"' in told) == says, (person, verb)
            assert (nurse.person.name in told.partition('id="not-yet"')[2]) == says
    told = said(table.browser("p-cm").get(url(table, EXTEND, "owner/")))
    adv = number_of(table, "adv")
    assert "cannot read" not in told.partition(f'value="{adv}"')[2].partition("<option")[0]
    assert "Whoever you choose will be able to" in told
    # Sent without having read that, it is shown with whom they chose among those who will read it.
    body = form_of(table, "p-cm", EXTEND, "owner/") | {
        "to": number_of(table, "holder-nurse"),
        "shown_readers": "",
    }
    answer = table.browser("p-cm").post(url(table, EXTEND, "owner/"), body)
    will, _, cannot = said(answer).partition("Who will read this")[2].partition('id="not-yet"')
    assert (answer.status_code, row(table, EXTEND).owner.key) == (422, "shelter")
    assert nurse.person.name in will
    assert nurse.person.name not in cannot


def test_whoever_could_not_read_it_and_the_survivor_are_refused_as_owners(table: Stage) -> None:
    before = everything()
    for key in ("law", "sv", "det"):
        assert say(table, "p-cm", EXTEND, "owner/", to=number_of(table, key)).status_code == 422
    assert everything() == before


def test_whoever_leads_a_meeting_gives_it_to_somebody_while_the_meeting_goes_on(table: Stage) -> None:
    wide(table, COURSE)
    put(table, COURSE, status=ActionStatus.ACCEPTED)
    vw = table.seat("alder", "vw")
    Conference.unsealed.filter(mark__case=vw.case_id, status="open").update(facilitator=vw)
    assert say(table, "p-vw", COURSE, "owner/", to=number_of(table, "vw")).status_code == 303
    assert row(table, COURSE).owner.key == "vw"
    put(table, COURSE, owner=table.seat("alder", "prov"))
    set_stage(table, Status.CLOSED)
    assert table.browser("p-vw").get(url(table, COURSE, "owner/")).status_code == 403


# The survivor


def test_what_she_offered_she_alone_ends_moves_and_hands_on(table: Stage) -> None:
    wide(table, VISIT)
    before = everything()
    for person in ("p-cm", "p-sup", "p-mentor", "p-adv", "p-guardian"):
        for verb in ("ending/", "date/", "owner/", "wording/", "helpers/", "waiting/", "goal/", "declining/"):
            assert table.browser(person).get(url(table, VISIT, verb)).status_code == 403, (person, verb)
            sent = {
                "word": "done",
                "outcome": "x",
                "because": "x",
                "to": number_of(table, "cm"),
                "key": public_id(),
            }
            assert table.browser(person).post(url(table, VISIT, verb), sent).status_code in (403, 422)
    assert everything() == before
    assert say(table, "p-survivor", VISIT, "ending/", word="done", outcome="").status_code == 303
    assert row(table, VISIT).status == ActionStatus.DONE
    assert press(table, "p-cm", VISIT, "reopening/") == 403
    assert press(table, "p-survivor", VISIT, "reopening/") == 303


def test_she_cannot_say_that_she_did_not_do_it_nor_decline_for_she_owes_it_to_nobody(table: Stage) -> None:
    form = said(table.browser("p-survivor").get(url(table, VISIT, "ending/")))
    assert "not_done" not in form
    assert "I did it" in form
    answer = say(table, "p-survivor", VISIT, "ending/", word="not_done", outcome="x")
    assert (answer.status_code, row(table, VISIT).status) == (422, "accepted")
    answer = table.browser("p-survivor").get(url(table, VISIT, "declining/"))
    assert (answer.status_code, "Nobody asked you for this" in said(answer)) == (403, True)


@pytest.mark.parametrize("status", ["declined", "not_done", "no_longer_possible", "offered"])
def test_hers_is_never_called_declined_not_done_or_late_to_anybody(table: Stage, status: str) -> None:
    wide(table, VISIT)
    put(table, VISIT, status=status, due=timezone.localdate() - timedelta(days=30))
    read = 0
    for person in table.people:
        if not Eyes(table, person).sits(CASE):
            continue
        pages = [
            page(table, person, VISIT),
            unescape(said(table.browser(person).get(f"/cases/{table.ids[CASE]}/"))),
        ]
        line = pages[1].partition(f'id="action-{table.ids[place(VISIT)]}"')[2].partition("<details")[0]
        assert line
        body = pages[0].partition('<section class="panel" id="action"')[2]
        for told in (line, body):
            words = re.sub(r"<[^>]*>", " ", told).lower()
            for never in ("declined", "not done", "overdue", "late", "not answered", "carried"):
                assert never not in words.replace("translate", ""), (person, never)
            read += 1
    assert read > 20


def test_she_hands_hers_on_and_moves_it_without_a_reason_or_a_trace(table: Stage) -> None:
    to = (timezone.localdate() + timedelta(days=9)).isoformat()
    assert say(table, "p-survivor", VISIT, "date/", due=to, because="").status_code == 303
    assert entries(table, VISIT) == []
    assert say(table, "p-survivor", VISIT, "owner/", to=number_of(table, "mentor")).status_code == 303
    assert entries(table, VISIT) == [("asked", "sv", "mentor")]


def test_what_it_changed_is_said_by_her_or_on_her_word_and_read_by_its_readers_alone(table: Stage) -> None:
    assert table.browser("p-survivor").get(url(table, EXTEND, "changed/")).status_code == 409
    put(table, EXTEND, status=ActionStatus.DONE)
    assert table.browser("p-shelter").get(url(table, EXTEND, "changed/")).status_code == 403
    assert say(table, "p-survivor", EXTEND, "changed/", text="I sleep now").status_code == 303
    assert say(table, "p-cm", EXTEND, "changed/", text="She said it helped").status_code == 303
    told = page(table, "p-cm", EXTEND)
    assert "written down on her word by" in told.partition("She said it helped")[0][-400:]
    assert "written down" not in told.partition("I sleep now")[0][-200:]
    for person in table.people:
        answer = table.browser(person).get(url(table, EXTEND))
        assert ("I sleep now" in said(answer)) == Eyes(table, person).sees(place(EXTEND)), person


def test_nobody_answers_for_her_what_something_changed_that_she_does_not_read(table: Stage) -> None:
    put(table, GROUND, status=ActionStatus.DONE)
    assert "changed/" not in page(table, "p-sup", GROUND)
    assert table.browser("p-sup").get(url(table, GROUND, "changed/")).status_code == 403


def hide_seats(stage: Stage, *keys: str) -> None:
    """Nobody sees these seats but who holds them."""
    for key in keys:
        seat = stage.seat("alder", key)
        Mark.objects.filter(pk=seat.pk).update(audience=0, author=None)
        Named.objects.filter(mark=seat.pk).delete()


@pytest.mark.parametrize(
    ("status", "author"), [("offered", "sup"), ("declined", "ther"), ("done", "sup"), ("not_done", "ther")]
)
def test_whose_it_is_makes_no_difference_to_whoever_sees_neither_her_seat_nor_another(
    table: Stage, status: str, author: str
) -> None:
    hidden = {key: table.seat("alder", key) for key in ("sv", "det")}
    hide_seats(table, *hidden)
    wide(table, GROUND)
    Mark.objects.filter(pk=row(table, GROUND).pk).update(author=table.seat("alder", author))
    said_of_it = {"outcome": "x", "because": "x", "to": number_of(table, "cm"), "title": "x", "text": "x"}
    sent = [
        said_of_it | {"permitted": "on", "word": "not_done", "seen": seen, "key": "k"} for seen in ("", "x")
    ]
    told: dict[str, dict[Any, Any]] = {}
    for key, seat in hidden.items():
        put(table, GROUND, owner=seat, status=status)
        told[key] = {}
        for person in ("p-cm", "p-sup", "p-ther", "p-vw"):
            browser = table.browser(person)
            for verb in ("acceptance", "reopening", *VERBS):
                bodies = [{}] if verb not in VERBS else sent[:1] if verb != "ending" else sent
                with table.undone():
                    answers = [browser.post(url(table, GROUND, f"{verb}/"), body) for body in bodies]
                answers += [browser.get(url(table, GROUND, f"{verb}/"))] if verb in VERBS else []
                for at, answer in enumerate(answers):
                    told[key][person, verb, at] = answer.status_code, CHANCE.sub("", said(answer))
    assert told["sv"] == told["det"]
    assert "The survivor offered" not in str(told)
    assert {status for status, _text in told["sv"].values()} >= {200, 403}


# Steps, comments, helpers, what comes first


def test_steps_are_kept_by_those_who_do_it_and_by_its_author(table: Stage) -> None:
    Helper.objects.create(action=row(table, EXTEND), seat=table.seat("alder", "adv"))
    for person in ("p-shelter", "p-adv", "p-cm"):
        assert say(table, person, EXTEND, "steps/", text=f"Call {person}").status_code == 303, person
    for person in ("p-survivor", "p-sup", "p-interp"):
        assert table.browser(person).get(url(table, EXTEND, "steps/")).status_code == 403, person
    step = Step.objects.get(text="Call p-adv")
    ways = [f"steps/{step.public_id}/{verb}/" for verb in ("done", "removal", "open", "removal")]
    assert press(table, "p-survivor", EXTEND, ways[0]) == 403
    assert "Call p-adv" in page(table, "p-survivor", EXTEND)
    assert press(table, "p-shelter", EXTEND, ways[0]) == 303
    step.refresh_from_db()
    assert (step.done_at, step.done_by) == (table.at, table.seat("alder", "shelter"))
    # Somebody who still has it before them as open takes nothing off that was done.
    told = table.browser("p-shelter").post(url(table, EXTEND, ways[1]))
    assert (told.status_code, "done in the meantime" in said(told)) == (409, True)
    assert [press(table, "p-shelter", EXTEND, way) for way in ways[2:]] == [303, 303]
    assert not Step.objects.filter(pk=step.pk).exists()


def test_a_step_is_nothing_to_whoever_does_not_see_its_task_and_under_another_task(table: Stage) -> None:
    step = Step.objects.create(action=row(table, EXTEND), text="x")
    for verb in ("done", "open", "removal"):
        way = f"steps/{step.public_id}/{verb}/"
        never = CHANCE.sub(
            "", said(table.browser("p-cm").post(url(table, EXTEND, f"steps/{public_id()}/{verb}/")))
        )
        assert CHANCE.sub("", said(table.browser("p-cm").post(url(table, VISIT, way)))) == never
        assert CHANCE.sub("", said(table.browser("p-det").post(url(table, EXTEND, way)))) == never
        assert never.startswith("404")


def test_everybody_who_sees_it_comments_but_an_interpreter_and_an_outside_agency_permits_it(
    table: Stage,
) -> None:
    wide(table, EXTEND)
    told = 0
    for person in table.people:
        eyes = Eyes(table, person)
        if not eyes.sits(CASE):
            assert table.browser(person).get(url(table, EXTEND, "comments/")).status_code == 404
        elif eyes.role(place(EXTEND)) == "interpreter":
            assert table.browser(person).get(url(table, EXTEND, "comments/")).status_code == 403
        else:
            body = form_of(table, person, EXTEND, "comments/") | {"text": f"from {person}"}
            asked = not (eyes.reads_every_release(place(EXTEND)) or eyes.role(place(EXTEND)) == "guardian")
            answer = table.browser(person).post(url(table, EXTEND, "comments/"), body)
            assert answer.status_code == (422 if asked else 303), person
            if asked:
                assert say(table, person, EXTEND, "comments/", text=f"from {person}").status_code == 303
            told += 1
    assert told > 8
    permitted = Entry.unsealed.filter(mark__permitted_at__isnull=False)
    assert {entry.mark.origin.key for entry in permitted.select_related("mark__origin")} >= {
        "police",
        "house",
    }


def test_a_comment_is_read_by_those_whom_its_writer_was_shown(table: Stage) -> None:
    answer = table.browser("p-shelter").get(url(table, EXTEND, "comments/"))
    listed = said(answer).partition('id="action-form"')[2].partition("Who will read this")[2]
    say(table, "p-shelter", EXTEND, "comments/", text="said in passing")
    for person in table.people:
        eyes = Eyes(table, person)
        name = next(each["name"] for each in table.casefile["people"] if each["key"] == person)
        reads = "said in passing" in said(table.browser(person).get(url(table, EXTEND)))
        assert reads == eyes.sees(place(EXTEND)), person
        if name in listed:
            assert reads, person
    assert "p-det" not in listed


def test_who_was_not_shown_who_reads_it_is_shown_first(table: Stage) -> None:
    body = form_of(table, "p-cm", EXTEND, "comments/") | {"text": "x", "shown_readers": "other"}
    answer = table.browser("p-cm").post(url(table, EXTEND, "comments/"), body)
    assert (answer.status_code, Entry.unsealed.count()) == (422, 0)
    assert "read who will see this" in said(answer)


def test_helpers_are_chosen_of_those_who_could_read_it_and_the_survivor_is_not_asked(table: Stage) -> None:
    form = said(table.browser("p-cm").get(url(table, EXTEND, "helpers/")))
    for key, could in {"adv": True, "sup": True, "sv": False, "law": False, "shelter": False}.items():
        assert (f'value="{number_of(table, key)}"' in form) == could, key
    assert "I help" in form
    assert "I do it myself" not in form
    # Somebody whom the advocate does not see goes on helping.
    Helper.objects.create(action=row(table, EXTEND), seat=table.seat("alder", "det2"))
    assert say(table, "p-adv", EXTEND, "helpers/", helpers=[number_of(table, "sup")]).status_code == 303
    helping = {helper.seat.key for helper in Helper.objects.select_related("seat")}
    assert helping == {"sup", "det2"}
    assert "you help" in page(table, "p-sup", EXTEND)
    assert say(table, "p-cm", EXTEND, "helpers/", helpers=[]).status_code == 303
    assert {helper.seat.key for helper in Helper.objects.select_related("seat")} <= {"det2"}
    before = everything()
    assert say(table, "p-adv", EXTEND, "helpers/", helpers=[number_of(table, "law")]).status_code == 422
    assert everything() == before


def set_helping(stage: Stage, *keys: str) -> None:
    """These help, and are named, so that they read it."""
    mark = row(stage, EXTEND).pk
    for key in keys:
        Helper.objects.create(action_id=mark, seat=stage.seat("alder", key))
        Named.objects.get_or_create(mark_id=mark, seat=stage.seat("alder", key))


def helping(stage: Stage) -> set[str]:
    return set(Helper.objects.filter(action=row(stage, EXTEND)).values_list("seat__key", flat=True))


def named(stage: Stage) -> set[str]:
    return set(Named.objects.filter(mark=row(stage, EXTEND).pk).values_list("seat__key", flat=True))


def set_away(stage: Stage, key: str, how: str, *, away: bool) -> None:
    """Nobody can choose this seat now: it has ended, or no release lets it in; or it can be chosen again."""
    at, seat = stage.at if away else None, stage.seat("alder", key)
    if how == "seat":
        Seat.unsealed.filter(pk=seat.pk).update(until=at)
    else:
        Release.objects.filter(agency=seat.agency_id).update(withdrawn_at=at)


def ticked(stage: Stage, answer: Any) -> set[str]:
    keys = {number_of(stage, key): key for key in ("ther", "adv", "sup", "det2", "sv")}
    boxes = re.findall(r'<input type="checkbox" name="helpers" value="([^"]+)"[^>]*checked', said(answer))
    return {keys[number] for number in boxes}


@pytest.mark.parametrize("how", ["seat", "release"])
def test_nobody_is_taken_out_who_was_not_shown_to_help(table: Stage, how: str) -> None:
    wide(table, EXTEND)
    put(table, EXTEND, owner=table.seat("alder", "cm"))
    set_helping(table, "ther", "adv")
    set_away(table, "ther", how, away=True)
    answer = table.browser("p-cm").get(url(table, EXTEND, "helpers/"))
    assert ticked(table, answer) == {"adv"}
    assert number_of(table, "ther") not in said(answer)
    body = dict(HIDDEN_FIELD.findall(said(answer)))
    set_away(table, "ther", how, away=False)
    for _ in range(2):  # sent twice, it is taken once
        assert table.browser("p-cm").post(url(table, EXTEND, "helpers/"), body).status_code == 303
        assert helping(table) == {"ther"}
        assert named(table) & {"ther", "adv"} == {"ther"}
    # Whoever was shown, and was unticked, goes.
    assert ticked(table, table.browser("p-cm").get(url(table, EXTEND, "helpers/"))) == {"ther"}
    assert say(table, "p-cm", EXTEND, "helpers/", helpers=[]).status_code == 303
    assert helping(table) | (named(table) & {"ther", "adv"}) == set()


def test_a_form_that_comes_back_keeps_what_was_changed_in_it_and_shows_who_helps_by_now(table: Stage) -> None:
    wide(table, EXTEND)
    put(table, EXTEND, owner=table.seat("alder", "cm"))
    set_helping(table, "ther", "adv")
    set_away(table, "ther", "release", away=True)
    body = form_of(table, "p-cm", EXTEND, "helpers/")
    set_away(table, "ther", "release", away=False)
    set_helping(table, "sup")
    answer = table.browser("p-cm").post(url(table, EXTEND, "helpers/"), body)
    assert (answer.status_code, helping(table)) == (409, {"ther", "adv", "sup"})
    assert ticked(table, answer) == {"ther", "sup"}, "the advocate was unticked"
    body = dict(HIDDEN_FIELD.findall(said(answer))) | {"helpers": [number_of(table, "sup")]}
    assert table.browser("p-cm").post(url(table, EXTEND, "helpers/"), body).status_code == 303
    assert helping(table) == {"sup"}
    # Whoever was chosen stays chosen, and whom somebody else took out meanwhile is not put back.
    chosen = [number_of(table, key) for key in ("sup", "adv")]
    again = form_of(table, "p-cm", EXTEND, "helpers/") | {"helpers": chosen}
    Helper.objects.all().delete()
    answer = table.browser("p-cm").post(url(table, EXTEND, "helpers/"), again)
    assert (answer.status_code, ticked(table, answer)) == (409, {"adv"})


def test_whoever_cannot_be_chosen_any_more_is_not_taken_out_unnoticed(table: Stage) -> None:
    wide(table, EXTEND)
    put(table, EXTEND, owner=table.seat("alder", "cm"))
    set_helping(table, "ther", "adv")
    body = form_of(table, "p-cm", EXTEND, "helpers/")
    set_away(table, "ther", "release", away=True)
    before = everything()
    answer = table.browser("p-cm").post(url(table, EXTEND, "helpers/"), body)
    assert (answer.status_code, everything()) == (409, before)
    assert "This cannot be chosen now. Look at the list again." in said(answer)
    assert number_of(table, "ther") not in said(answer)
    body = dict(HIDDEN_FIELD.findall(said(answer)))
    assert table.browser("p-cm").post(url(table, EXTEND, "helpers/"), body).status_code == 303
    assert helping(table) == {"ther"}


def test_the_form_tells_nothing_of_those_who_help_unseen_and_takes_nobody_out_who_is_not_offered(
    table: Stage,
) -> None:
    set_helping(table, "det2", "sv", "adv")
    form = said(table.browser("p-adv").get(url(table, EXTEND, "helpers/")))
    # It is put away with a draft of this form, and comes back with it: else whoever came since would stand unticked.
    assert f'name="shown" value="{number_of(table, "adv")}" data-draft' in form
    assert number_of(table, "det2") not in form
    body = dict(HIDDEN_FIELD.findall(unescape(form)))
    for forged in ("det2", "sv", "law"):
        before = everything()
        sent = body | {"shown": f"{body['shown']} {number_of(table, forged)}"}
        answer = table.browser("p-adv").post(url(table, EXTEND, "helpers/"), sent)
        assert (answer.status_code, everything()) == (409, before), forged
        sent = body | {"helpers": [number_of(table, forged)], "shown": number_of(table, forged)}
        assert table.browser("p-adv").post(url(table, EXTEND, "helpers/"), sent).status_code == 422, forged
        assert everything() == before
    # What nobody was shown takes nobody out.
    assert (
        table.browser("p-adv").post(url(table, EXTEND, "helpers/"), body | {"shown": ""}).status_code == 303
    )
    assert helping(table) == {"det2", "sv", "adv"}


def test_what_comes_first_is_told_to_whoever_sees_both_and_never_in_a_circle(table: Stage) -> None:
    wide(table, EXTEND)
    numbers = {at: table.ids[place(at)] for at in (VISIT, 9)}
    form = said(table.browser("p-cm").get(url(table, EXTEND, "waiting/")))
    offered = [at for at in range(10) if f'value="{table.ids[place(at)]}"' in form]
    sees = [at for at in range(10) if Eyes(table, "p-cm").sees(place(at))]
    open_ones = [at for at in sees if row(table, at).status in ("offered", "accepted", "declined")]
    assert offered == [at for at in open_ones if at != EXTEND]
    wide(table, 9)
    assert say(table, "p-cm", EXTEND, "waiting/", first=numbers[9]).status_code == 303
    Mark.objects.filter(pk=row(table, 9).pk).update(audience=role_bits(["case_manager"]))
    title = row(table, 9).title
    assert title in page(table, "p-cm", EXTEND)
    assert title not in page(table, "p-survivor", EXTEND)
    # Whoever does not see it changes nothing of it, and that one cannot wait for this one.
    assert say(table, "p-adv", EXTEND, "waiting/", first="", release="housing").status_code == 303
    assert row(table, EXTEND).waits_for_id == row(table, 9).pk
    Mark.objects.filter(pk=row(table, 9).pk).update(author=table.seat("alder", "cm"))
    assert f'value="{table.ids[place(EXTEND)]}"' not in said(
        table.browser("p-cm").get(url(table, 9, "waiting/"))
    )
    answer = say(table, "p-cm", 9, "waiting/", first=table.ids[place(EXTEND)])
    assert (answer.status_code, row(table, 9).waits_for_id) == (422, None)
    # Not by a form that was opened before either.
    late = {"release": "", "seen": "", "key": public_id()}
    with pytest.raises(StaleError):
        changes.wait(table.sight("p-cm"), action=table.ids[place(9)], first=table.ids[place(EXTEND)], **late)


def test_which_goal_it_is_about_is_said_afterwards_too_by_those_who_may_plan_it(table: Stage) -> None:
    wide(table, EXTEND)
    seen = [place for place in table.oracle.rows("alder") if place.split("/")[-2] == "goals"]
    ids = [table.ids[place] for place in seen if Eyes(table, "p-cm").sees(place)]
    named = Mark.objects.get(public_id=ids[0])
    put(table, EXTEND, goal=None)
    assert "Say which goal it is about" in page(table, "p-cm", EXTEND)
    assert "Say which goal it is about" not in page(table, "p-mentor", EXTEND)
    for person in ("p-mentor", "p-interp"):
        assert table.browser(person).post(url(table, EXTEND, "goal/"), {"goal": ids[0]}).status_code == 403
    answer = say(table, "p-cm", EXTEND, "goal/", goal=ids[0])
    assert (answer.status_code, answer["Location"]) == (303, url(table, EXTEND))
    assert row(table, EXTEND).goal_id == named.pk
    # Who read something else is told, and what they do not see stays.
    late = {"goal": ids[1], "seen": ""}
    assert table.browser("p-cm").post(url(table, EXTEND, "goal/"), late).status_code == 409
    Mark.objects.filter(public_id=ids[0]).update(
        audience=role_bits(["survivor"]), author=table.seat("alder", "sv")
    )
    assert say(table, "p-cm", EXTEND, "goal/", goal="").status_code == 303
    assert row(table, EXTEND).goal_id == named.pk
    put(table, EXTEND, status="done", ended_at=table.at)
    assert table.browser("p-cm").get(url(table, EXTEND, "goal/")).status_code == 409


def test_that_a_release_is_needed_leads_those_who_may_record_one_to_the_releases(table: Stage) -> None:
    wide(table, EXTEND)
    assert say(table, "p-cm", EXTEND, "waiting/", release="medical").status_code == 303
    releases = f'href="/cases/{table.ids[CASE]}/releases/"'
    for person, leads in {
        "p-cm": True,
        "p-adv": True,
        "p-sup": False,
        "p-det": False,
        "p-survivor": False,
    }.items():
        told = page(table, person, EXTEND).partition('<section class="panel" id="action"')[2]
        assert (releases in told) == leads, person
        assert "health" in told
    assert "You decide that, and can say no." in page(table, "p-survivor", EXTEND)
    answer = say(table, "p-cm", EXTEND, "waiting/", release="privileged")
    assert answer.status_code == 422


# Links


def test_each_link_shows_to_whoever_sees_both_ends(table: Stage) -> None:
    item = table.place("alder", "agenda", "wide")
    notes = [at for at in table.oracle.rows("alder") if at.startswith(f"{item}/notes/")]
    decisions = [at for at in table.oracle.rows("alder") if at.startswith(f"{item}/decisions/")]
    needs = [at for at in table.oracle.rows("alder") if "/needs/" in at]
    wide(table, EXTEND)
    shown = 0
    for note, decision, need in zip(notes[:6], (decisions * 6)[:6], (needs * 6)[:6], strict=True):
        ends = {"from_note": note, "from_decision": decision, "need": need}
        put(table, EXTEND, **{name: table.row(at) for name, at in ends.items()})
        for person in ("p-cm", "p-sup", "p-det", "p-law", "p-survivor", "p-mentor", "p-interp"):
            told = page(table, person, EXTEND)
            ends_too = ends | {"goal": table.place("alder", "goals", "own-door"), "from_item": item}
            for at in ends_too.values():
                row = table.raw(at)
                text = row.get("text") or row.get("words") or row["title"]
                assert (text in told) == Eyes(table, person).sees(at), (person, at)
                shown += text in told
    assert shown > 30


def test_a_note_under_an_item_that_it_did_not_come_from_is_no_link(table: Stage) -> None:
    other = next(
        at
        for at in table.oracle.rows("alder")
        if "/notes/" in at and not at.startswith(table.place("alder", "agenda", "wide"))
    )
    put(table, EXTEND, from_note=table.row(other))
    assert "From a note" not in page(table, "p-cm", EXTEND)


def test_a_title_leads_to_its_page_from_the_plan_the_meeting_and_today(table: Stage) -> None:
    link = f'href="{url(table, EXTEND)}"'
    browser = table.browser("p-shelter")
    assert link in said(browser.get("/"))
    assert link in said(browser.get(f"/cases/{table.ids[CASE]}/"))
    assert link in said(table.browser("p-cm").get(table.url("alder", "conferences", "now")))
    wall = said(table.browser("p-cm").get(table.url("alder", "conferences", "now") + "table/"))
    assert "/actions/" not in wall


# Who can no longer see it


def lost_to(stage: Stage, number: int) -> set[str]:
    told = set()
    for person in stage.people:
        answer = stage.browser(person).get(url(stage, number))
        if answer.status_code == 200:
            plan = said(stage.browser(person).get(f"/cases/{stage.ids[CASE]}/"))
            says = "can no longer see this" in said(answer)
            line = plan.partition(f'id="action-{stage.ids[place(number)]}"')[2].partition("</li>")[0]
            assert ("can no longer see this" in line) == says, person
            told |= {person} if says else set()
    return told


def test_that_its_owner_can_no_longer_see_it_is_told_to_those_who_carry_the_case_alone(table: Stage) -> None:
    wide(table, EXTEND)
    others = [person for person in table.people if Eyes(table, person).sits(CASE) and person != "p-shelter"]
    carrying = {person for person in others if Eyes(table, person).plans(CASE)}
    assert lost_to(table, EXTEND) == set()
    assert GOES_ON in said(table.browser("p-cm").get(url(table, EXTEND, "owner/")))
    assert "can no longer see" not in said(table.browser("p-cm").get("/tasks/"))
    assert NOBODY not in said(table.browser("p-cm").get("/"))
    plan = f"/cases/{table.ids[CASE]}/"

    def read() -> dict[str, str]:
        """The task's own page; and of the plan the tasks, for releases and the team are told there as they are."""
        own = {
            person: CHANCE.sub("", said(table.browser(person).get(url(table, EXTEND)))) for person in others
        }
        return {
            person: told
            + said(table.browser(person).get(plan)).partition('id="actions"')[2].partition("</section>")[0]
            for person, told in own.items()
        }

    before = read()
    Release.objects.filter(case=row(table, EXTEND).mark.case, agency__key="house").update(
        withdrawn_at=table.at
    )
    after = read()
    knowing = {person for person in others if before[person] != after[person]}
    # The seat of the shelter is seen by the survivor, the case manager and the attorney: nobody is told more of it.
    assert knowing == lost_to(table, EXTEND) == {"p-cm"} <= carrying
    assert f'href="{url(table, EXTEND, "owner/")}"' in after["p-cm"]
    assert "Only those who carry the case are told." in after["p-cm"]
    # In her own list of what she asked of others too; and that whoever did it goes on reading it is not said.
    tasks = said(table.browser("p-cm").get("/tasks/")).partition(f'id="task-{table.ids[place(EXTEND)]}"')[2]
    line = tasks.partition("</li>")[0]
    assert "Its owner can no longer see this." in line
    assert f'href="{url(table, EXTEND, "owner/")}?back=' in line
    today = said(table.browser("p-cm").get("/")).partition('id="reminders"')[2].partition("</section>")[0]
    assert f'{NOBODY} <a href="{url(table, EXTEND)}"' in today
    assert not any(NOBODY in said(table.browser(person).get("/")) for person in others if person != "p-cm")
    assert GOES_ON not in said(table.browser("p-cm").get(url(table, EXTEND, "owner/")))


def test_an_owner_whose_seat_has_ended_is_replaced_by_who_carries_the_case(table: Stage) -> None:
    wide(table, GROUND)
    Seat.unsealed.filter(pk=table.seat("alder", "ther").pk).update(until=table.at)
    told = lost_to(table, GROUND)
    assert told == {"p-cm", "p-sup"}
    assert say(table, "p-cm", GROUND, "owner/", to=number_of(table, "cm")).status_code == 303
    assert lost_to(table, GROUND) == set()


@pytest.mark.parametrize("how", ["seat", "release"])
@pytest.mark.parametrize(("verb", "field"), [("owner/", "to"), ("helpers/", "helpers"), ("comments/", "")])
def test_who_goes_while_a_form_is_open_is_not_chosen_and_nothing_typed_is_lost(
    table: Stage, verb: str, field: str, how: str
) -> None:
    """The one who writes reads who will read it, as it is when they press."""
    wide(table, EXTEND)
    put(table, EXTEND, owner=table.seat("alder", "cm"))
    given: dict[str, Any] = {"permitted": "on", "because": "all that I typed", "text": "all that I typed"}
    given |= {field: number_of(table, "ther")} if field else {}
    body = form_of(table, "p-cm", EXTEND, verb) | given
    seat = table.seat("alder", "ther")
    if how == "seat":
        Seat.unsealed.filter(pk=seat.pk).update(until=table.at)
    else:
        Release.objects.filter(agency=seat.agency_id).update(withdrawn_at=table.at)
    before = everything()
    answer = table.browser("p-cm").post(url(table, EXTEND, verb), body)
    told = unescape(said(answer))
    assert (answer.status_code, everything()) == (422, before)
    assert "all that I typed" in told or verb == "helpers/"
    sentences = {
        "to": "This person cannot be chosen now. Choose somebody else.",
        "helpers": "Somebody among them cannot be chosen now. Look at the list again.",
        "": "Please read who will see this, then press the button again.",
    }
    assert sentences[field] in told
    assert seat.person.name not in told
    if field == "to":
        given["to"] = number_of(table, "adv")
    shown = body | dict(HIDDEN_FIELD.findall(told)) | given
    shown.pop("helpers", None)
    assert table.browser("p-cm").post(url(table, EXTEND, verb), shown).status_code == 303


def test_an_open_page_says_so_by_itself(table: Stage, settings: Any) -> None:
    settings.ALLOWED_ORIGINS = ["http://testserver"]
    session = table.browser("p-cm").cookies["s"].value
    numbers = {"id": table.ids[place(EXTEND)]}
    frames, _closed = passed([connect("action", session, **numbers)])
    assert "can no longer see" not in "".join(frames.values())
    Release.objects.filter(case=row(table, EXTEND).mark.case, agency__key="house").update(
        withdrawn_at=table.at
    )
    case_changed(row(table, EXTEND).mark.case_id)
    frames, _closed = passed([connect("action", session, **numbers)])
    assert "can no longer see" in "".join(frames.values())
    owner = table.client("p-shelter").get(url(table, EXTEND))
    assert owner.status_code == 404


# What stands in a row of another agency


def test_what_one_agency_says_is_not_read_by_another_because_the_row_is_its_own(table: Stage) -> None:
    """The detective wrote it under housing, which no release lets the police read of others."""
    shelter = table.seat("alder", "shelter")
    number = row(table, EXTEND)
    detective = table.seat("alder", "det")
    Mark.objects.filter(pk=number.pk).update(author=detective, origin=detective.agency, audience=EVERY_ROLE)
    assert table.browser("p-det").get(url(table, EXTEND)).status_code == 200
    put(table, EXTEND, owner=shelter, outcome="")
    for verb, given in {
        "comments/": {"text": "wherearethey"},
        "ending/": {"word": "done", "outcome": "wherearethey"},
    }.items():
        assert say(table, "p-shelter", EXTEND, verb, **given).status_code == 303
    assert "wherearethey" not in page(table, "p-det", EXTEND)
    assert row(table, EXTEND).outcome == ""
    put(table, EXTEND, status="accepted")
    assert table.browser("p-shelter").get(url(table, EXTEND, "steps/")).status_code == 403
    for person in ("p-cm", "p-survivor", "p-shelter"):
        assert "wherearethey" in page(table, person, EXTEND), person


# Too late


def test_whoever_comes_too_late_is_told_how_it_stands_and_keeps_what_they_typed(table: Stage) -> None:
    form = form_of(table, "p-shelter", EXTEND, "ending/")
    assert say(table, "p-cm", EXTEND, "owner/", to=number_of(table, "adv")).status_code == 303
    sent = form | {"word": "done", "outcome": "all that I wrote", "permitted": "on"}
    answer = table.browser("p-shelter").post(url(table, EXTEND, "ending/"), sent)
    assert answer.status_code == 409
    told = said(answer)
    assert "all that I wrote" in told
    assert "Somebody changed this in the meantime" in told
    assert (row(table, EXTEND).owner.key, row(table, EXTEND).status) == ("adv", "offered")


def accepting(stage: Stage, person: str, number: int) -> set[str]:
    """The addresses of the button by which somebody accepts it, on its own page, in their list and on their start."""
    address = re.compile(rf'formaction="({url(stage, number)}acceptance/[^"]*)"')
    whole = [said(stage.browser(person).get(at)) for at in (url(stage, number), "/tasks/", "/")]
    return {unescape(at).partition("&back=")[0] for told in whole for at in address.findall(told)}


@pytest.mark.parametrize(
    ("verb", "given"),
    [("wording/", {"title": "Other words"}), ("date/", {"by_next": "on", "because": "x", "due": ""})],
)
def test_nobody_accepts_words_or_a_day_that_they_did_not_read(
    table: Stage, verb: str, given: dict[str, str]
) -> None:
    Mark.objects.filter(pk=row(table, GROUND).pk).update(author=table.seat("alder", "cm"))
    (before,) = accepting(table, "p-ther", GROUND)
    assert say(table, "p-cm", GROUND, verb, **given).status_code == 303
    answer = table.browser("p-ther").post(before)
    assert (answer.status_code, row(table, GROUND).status) == (409, "offered")
    assert "Read how it stands now, and then say whether you will do it." in said(answer)
    assert "what you typed" not in said(answer).partition("<main")[2].partition("</main")[0]
    # Who helps is no part of what is accepted.
    (now,) = accepting(table, "p-ther", GROUND)
    Helper.objects.create(action=row(table, GROUND), seat=table.seat("alder", "cm"))
    assert table.browser("p-ther").post(now).status_code == 303
    assert row(table, GROUND).status == "accepted"


@pytest.mark.parametrize("seen", ["", "?seen="])
def test_a_press_that_does_not_say_what_was_read_does_nothing(table: Stage, seen: str) -> None:
    for person, number, verb in (("p-ther", GROUND, "acceptance/"), ("p-cm", EXTEND, "reopening/")):
        put(table, EXTEND, status="done")
        before = everything()
        answer = table.browser(person).post(url(table, number, verb) + seen)
        assert (answer.status_code, everything()) == (409, before), verb
        assert "Read first how this stands now" in said(answer)
        assert press(table, person, number, verb) == 303


def test_nobody_opens_again_what_stands_otherwise_than_they_read(table: Stage) -> None:
    put(table, EXTEND, status="done")
    (button,) = re.findall(r'formaction="([^"]*/reopening/[^"]*)"', page(table, "p-cm", EXTEND))
    put(table, EXTEND, status="not_done")
    assert table.browser("p-cm").post(button).status_code == 409
    assert row(table, EXTEND).status == "not_done"


@pytest.mark.parametrize(
    ("person", "verb", "given"),
    [
        ("p-ther", "declining/", {"because": "all that I wrote"}),
        ("p-cm", "date/", {"due": "", "by_next": "on", "because": "all that I wrote"}),
        ("p-cm", "wording/", {"title": "all that I wrote"}),
        ("p-cm", "helpers/", {"helpers": []}),
        ("p-cm", "waiting/", {"first": "", "release": "housing"}),
    ],
)
def test_a_form_that_does_not_say_what_was_read_is_given_back_as_it_was_typed(
    table: Stage, person: str, verb: str, given: dict[str, Any]
) -> None:
    number = GROUND if verb == "declining/" else EXTEND
    before = everything()
    answer = say(table, person, number, verb, seen="", **given)
    assert (answer.status_code, everything()) == (409, before)
    told = unescape(said(answer))
    assert "Read first how this stands now" in told
    assert all(each in told for value in given.values() for each in [str(value or "")])
    assert dict(HIDDEN_FIELD.findall(told))["seen"]


def test_two_who_say_who_helps_or_what_comes_first_do_not_undo_each_other_unseen(table: Stage) -> None:
    numbers = [table.ids[place(at)] for at in (VISIT, 9)]
    for at in (EXTEND, VISIT, 9):
        wide(table, at)
    adv = [number_of(table, "adv")]
    for verb, mine, theirs in (
        ("helpers/", {"helpers": [number_of(table, "sup")]}, {"helpers": adv}),
        ("waiting/", {"first": numbers[1]}, {"first": numbers[0]}),
    ):
        body = form_of(table, "p-cm", EXTEND, verb) | mine
        assert say(table, "p-cm", EXTEND, verb, **theirs).status_code == 303
        assert table.browser("p-cm").post(url(table, EXTEND, verb), body).status_code == 409
    # What the writer does not see makes nothing late, and is not told that way.
    put(table, EXTEND, waits_for=None)
    body = form_of(table, "p-adv", EXTEND, "helpers/") | {"helpers": adv}
    Helper.objects.create(action=row(table, EXTEND), seat=table.seat("alder", "det2"))
    Mark.objects.filter(pk=row(table, 9).pk).update(audience=role_bits(["case_manager"]))
    put(table, EXTEND, waits_for=row(table, 9))
    assert table.browser("p-adv").post(url(table, EXTEND, "helpers/"), body).status_code == 303


def test_a_form_sent_twice_is_kept_once(table: Stage) -> None:
    body = form_of(table, "p-shelter", EXTEND, "ending/") | {
        "word": "done",
        "outcome": "so",
        "permitted": "on",
    }
    for _ in range(2):
        assert table.browser("p-shelter").post(url(table, EXTEND, "ending/"), body).status_code == 303
    assert [what for what, *_ in entries(table, EXTEND)] == ["done"]
    other = table.browser("p-shelter").post(url(table, EXTEND, "ending/"), body | {"outcome": "otherwise"})
    assert other.status_code == 409
    assert "otherwise" in said(other)


def test_of_two_who_finish_and_hand_on_at_once_one_wins_and_the_other_loses_nothing(
    transactional_db: None, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = Stage(planted(), clock)
    Person.objects.update(language="en")
    sent = {
        "p-shelter": ("ending/", {"word": "done", "outcome": "all that I wrote"}),
        "p-cm": ("owner/", {"to": number_of(stage, "adv"), "because": "all that I wrote"}),
    }
    bodies = {
        person: form_of(stage, person, EXTEND, verb) | {"permitted": "on"} | given
        for person, (verb, given) in sent.items()
    }
    together, answers = Barrier(2), dict[str, Any]()
    if connection.vendor == "postgresql":
        # Both have read how it stands, and neither has locked the case.
        def both(case: int) -> None:
            together.wait(10)
            case_changed(case)

        monkeypatch.setattr("agendas.followup.changes.case_changed", both)

    def send(person: str) -> None:
        try:
            if connection.vendor == "sqlite":
                together.wait(10)
            address = url(stage, EXTEND, sent[person][0])
            answers[person] = stage.browser(person).post(address, bodies[person])
        finally:
            connections.close_all()

    threads = [Thread(target=send, args=(person,)) for person in sent]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status_code for answer in answers.values()) == [303, 409]
    [loser] = [person for person, answer in answers.items() if answer.status_code == 409]
    told = said(answers[loser])
    assert "all that I wrote" in told
    finished = loser == "p-cm"
    assert ("This has ended by now." if finished else "Somebody changed this in the meantime") in told
    stands = row(stage, EXTEND)
    assert (stands.owner.key, stands.status) == (("shelter", "done") if finished else ("adv", "offered"))
    assert Entry.unsealed.count() == 1


def test_who_comes_too_late_is_told_at_once_why_it_cannot_be_any_more(table: Stage) -> None:
    wide(table, EXTEND)
    body = form_of(table, "p-cm", EXTEND, "owner/") | {"to": number_of(table, "adv"), "because": "as I wrote"}
    assert say(table, "p-shelter", EXTEND, "ending/", word="done", outcome="so").status_code == 303
    late = table.browser("p-cm").post(url(table, EXTEND, "owner/"), body)
    assert (late.status_code, "This has ended by now." in said(late), "as I wrote" in said(late)) == (
        409,
        True,
        True,
    )
    assert "Press the button again" not in said(late)


# The border


def test_every_verb_is_nothing_to_whoever_does_not_see_it(table: Stage) -> None:
    for person in ("p-det", "p-mentor", "p-nowhere"):
        browser, before = table.browser(person), everything()
        for verb in VERBS:
            gets = [CHANCE.sub("", said(browser.get(f"/actions/{at}/{verb}/"))) for at in two(table)]
            posts = [CHANCE.sub("", said(browser.post(f"/actions/{at}/{verb}/", {}))) for at in two(table)]
            assert gets[0] == gets[1], verb
            assert posts[0] == posts[1], verb
            assert gets[0].startswith("404")
        assert everything() == before


def two(stage: Stage) -> tuple[str, str]:
    return stage.ids[place(EXTEND)], public_id()


def test_each_way_that_the_page_offers_is_open_and_no_other(table: Stage) -> None:
    """Whatever is offered answers; whatever is not is refused."""
    names = {"acceptance", "reopening", *VERBS}
    offered_in_all = 0
    for number in range(len(table.casefile["cases"][0]["actions"])):
        for person in table.people:
            if not Eyes(table, person).sees(place(number)):
                continue
            told = page(table, person, number)
            offered = set(
                re.findall(rf'(?:href|formaction)="{url(table, number)}(\w+)/(?:\?seen=\w+)?"', told)
            )
            for verb in sorted(names):
                if verb in ("acceptance", "reopening"):
                    with table.undone():
                        status = press(table, person, number, f"{verb}/")
                    opened = status == 303
                else:
                    status = table.browser(person).get(url(table, number, f"{verb}/")).status_code
                    opened = status == 200
                    assert status in (200, 403, 409)
                # Pressed twice, it is done once.
                stands = row(table, number).status
                again = (verb == "acceptance" and stands == "accepted") or (
                    verb == "reopening" and stands not in ("done", "no_longer_possible", "not_done")
                )
                assert opened == (verb in offered) or again, (person, number, verb, status)
            offered_in_all += len(offered)
    assert offered_in_all > 60


def test_the_page_is_gone_with_the_release_that_let_somebody_read_it(table: Stage) -> None:
    case = row(table, EXTEND).mark.case
    Release.objects.filter(case=case, agency__key="house").update(withdrawn_at=table.at + TICK)
    assert table.browser("p-shelter").get(url(table, EXTEND)).status_code == 200
    table.clock.at += TICK
    assert table.browser("p-shelter").get(url(table, EXTEND)).status_code == 404
