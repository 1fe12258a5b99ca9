"""What somebody says about a task, and whom it is given to help with: both find their way to those whom they concern,
in the list and on Today, and to nobody else."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from pytest_django import Settings

from agendas.actions.models import Helper
from agendas.history.models import Entry
from agendas.reminders.models import How, Reminding
from tests.agendas.test_followup import CASE, EXTEND, hide_seats, number_of, place, say, table, url, wide
from tests.agendas.test_followup import row as action_of
from tests.agendas.test_hers import plain
from tests.agendas.test_tasks import given, mine, page, row, words
from tests.cast import Stage, said
from tests.live_client import panels_of
from tests.live_pass import connect
from tests.test_surfaces import Eyes
from workspace.disclosure.models import Mark, Named
from workspace.disclosure.policy import EVERY_ROLE
from workspace.live.announce import case_changed
from workspace.live.passes import Passes

__all__ = ["table"]
HELP = "What you help with"


def comment(stage: Stage, by: str, action: Any, text: str, **mark: Any) -> Any:
    """A comment of that seat, which whoever reads the task may read unless it is said otherwise."""
    seat = stage.seat("alder", by)
    values = {"topic": "coordination", "audience": EVERY_ROLE} | mark
    its = Mark.objects.create(
        case=seat.case, author=seat, origin=seat.agency, parent_id=action.mark_id, **values
    )
    return Entry.unsealed.create(mark=its, of_id=action.mark_id, what="comment", text=text)


def reminders(stage: Stage, person: str) -> str:
    return panels_of(page(stage, person, path="/"))["reminders"]


@pytest.fixture
def origin(settings: Settings) -> None:
    settings.ALLOWED_ORIGINS = ["http://testserver"]


def test_what_somebody_asks_stands_in_the_list_of_whoever_does_it_until_they_answer(table: Stage) -> None:
    wide(table, EXTEND)
    action = action_of(table, EXTEND)
    say(table, "p-cm", EXTEND, "comments/", text="Which door do they use?")
    its = row(mine(table, "p-shelter"), action)
    assert "Which door do they use?" in its
    assert table.seat("alder", "cm").person.name in its
    assert ">Answer<" in its
    assert "Which door" not in row(mine(table, "p-cm"), action), "who asked has nothing to answer"
    say(table, "p-shelter", EXTEND, "comments/", text="The one in the yard.")
    assert "Which door" not in mine(table, "p-shelter")
    assert ">Ask<" in row(mine(table, "p-shelter"), action)
    asked = row(mine(table, "p-cm"), action)
    assert "The one in the yard." in asked
    assert ">Answer<" in asked
    comment(table, "adv", action, "There is a bell.")
    asked = row(mine(table, "p-cm"), action)
    assert "There is a bell." in asked
    assert table.seat("alder", "adv").person.name in asked, "who neither does it nor asked for it"


def test_of_what_is_said_everybody_reads_in_the_list_what_they_read_on_its_own_page(table: Stage) -> None:
    """The last of it, and never more; of somebody whom they do not see, that the team said so."""
    wide(table, EXTEND)
    action = action_of(table, EXTEND)
    comment(table, "sup", action, "for everybody")
    comment(table, "det", action, "for the police alone", audience=0)
    for key in ("det", "cm", "law", "sup"):
        Helper.objects.get_or_create(action=action, seat=table.seat("alder", key))
    hide_seats(table, "sup")
    told = {}
    for person in ("p-cm", "p-det", "p-law", "p-sup", "p-shelter"):
        listed, whole = row(mine(table, person), action), page(table, person, path=url(table, EXTEND))
        told[person] = [text for text in ("for everybody", "for the police alone") if text in listed]
        assert set(told[person]) <= {
            text for text in ("for everybody", "for the police alone") if text in whole
        }
    assert told == {
        "p-cm": ["for everybody"],
        "p-det": [],
        "p-law": ["for everybody"],
        "p-sup": [],
        "p-shelter": ["for everybody"],
    }
    name = table.seat("alder", "sup").person.name
    its = row(mine(table, "p-law"), action)
    assert (name in its) == (name in page(table, "p-law", path=url(table, EXTEND)))
    assert name not in its
    assert "the team" in words(its)


def test_what_somebody_wrote_stands_on_today_for_a_week_the_newest_first(table: Stage) -> None:
    for each in ("old", "new"):
        action = given(table, "cm", "sup", title=each)
        entry = comment(table, "sup", action, f"about {each}")
        then = table.at - timedelta(days=6 if each == "old" else 1)
        Mark.objects.filter(pk=entry.mark_id).update(created_at=then)
    told = words(reminders(table, "p-cm"))
    assert [told.index(each) for each in ("new", "old")] == sorted(
        told.index(each) for each in ("new", "old")
    )
    assert "about new" not in told, "a start page lies open on a table"
    Mark.objects.filter(pk=entry.mark_id).update(created_at=table.at - timedelta(days=7, minutes=1))
    told = words(reminders(table, "p-cm"))
    assert "new" not in told
    assert "old" in told
    assert "Somebody wrote" not in reminders(table, "p-sup")


def test_of_many_that_somebody_wrote_about_the_newest_five_are_named_and_the_rest_counted(
    table: Stage,
) -> None:
    for number in range(7):
        action = given(table, "cm", "sup", title=f"task {number}")
        entry = comment(table, "sup", action, "how is it?")
        Mark.objects.filter(pk=entry.mark_id).update(created_at=table.at - timedelta(days=6, hours=-number))
    told = words(reminders(table, "p-cm"))
    assert re.findall(r"Somebody wrote about this: (task \d)", told) == [f"task {n}" for n in (6, 5, 4, 3, 2)]
    assert "And about 2 more tasks" in told
    Mark.objects.filter(pk=entry.mark_id).update(created_at=table.at - timedelta(days=8))
    assert "And about 1 more task" in words(reminders(table, "p-cm"))
    comment(table, "cm", action, "Fine.")
    Mark.objects.filter(pk=entry.mark_id).update(created_at=table.at - timedelta(days=1))
    assert "And about 1 more task" in words(reminders(table, "p-cm")), "what is answered counts no more"
    # Older than all of them, but on no list to which the line of the others could lead.
    asked = comment(table, "sv", given(table, "sv", "sv", title="her own"), "Can somebody come along?")
    Mark.objects.filter(pk=asked.mark_id).update(created_at=table.at - timedelta(days=6, hours=20))
    assert tells(table, "p-cm")
    assert "And about 1 more task" in words(reminders(table, "p-cm"))


def test_it_goes_from_an_open_start_page_when_the_week_is_over(table: Stage, origin: None) -> None:
    action = given(table, "cm", "sup", title="a task")
    entry = comment(table, "sup", action, "how is it?")
    Mark.objects.filter(pk=entry.mark_id).update(
        created_at=table.at - timedelta(days=7) + timedelta(minutes=1)
    )
    passes, socket = Passes(), connect("today", table.browser("p-cm").cookies["s"].value).socket
    assert socket is not None
    ((_, frame, _size),) = passes.run([socket]).frames
    assert "Somebody wrote" in frame
    assert not passes.run([socket]).frames
    table.clock.at += timedelta(minutes=1)
    ((_, frame, _size),) = passes.run([socket]).frames
    assert "Somebody wrote" not in frame
    assert 'id="reminders"' in frame


def test_what_is_said_reaches_an_open_list_and_nobody_elses(table: Stage, origin: None) -> None:
    action = given(table, "det", "cm")
    passes, owners = Passes(), {}
    for person in ("p-det", "p-cm", "p-law", "p-survivor"):
        for name in ("mine", "today"):
            socket = connect(name, table.browser(person).cookies["s"].value).socket
            assert socket is not None
            owners[socket] = person, name
    passes.run([*owners])
    comment(table, "cm", action, "Is it done by noon?")
    case_changed(action.mark.case_id)
    frames = {owners[socket]: frame for socket, frame, _size in passes.run([*owners]).frames}
    assert set(frames) == {("p-det", "mine"), ("p-det", "today")}
    assert all("Is it done by noon?" in frame for frame in frames.values())


def test_she_is_told_in_her_list_and_not_reminded(table: Stage) -> None:
    action = given(table, "sv", "sv", title="her own")
    comment(table, "cm", action, "Shall I come along?")
    assert "Shall I come along?" in row(mine(table, "p-survivor"), action)
    assert "Somebody wrote" not in reminders(table, "p-survivor")


def test_what_she_asks_about_what_she_offered_reaches_her_primary_case_manager(table: Stage) -> None:
    action = given(table, "sv", "sv", title="her own")
    assert table.seat("alder", "cm").primary
    comment(table, "sv", action, "Can somebody come along?")
    told = {person for person in ("p-cm", "p-sup", "p-adv", "p-law", "p-det") if tells(table, person)}
    assert told == {"p-cm"}
    assert "her own" not in mine(table, "p-cm"), "it is hers, and nothing that was asked of anybody"
    comment(table, "law", action, "I know the place.")
    assert not tells(table, "p-cm"), "she was answered, and reads it in her own list"
    comment(table, "sv", action, "Who else?")
    assert tells(table, "p-cm")
    comment(table, "cm", action, "I will come along.")
    assert not tells(table, "p-cm")
    assert "I will come along." in row(mine(table, "p-survivor"), action)


def test_who_does_something_of_their_own_accord_is_not_offered_to_ask_about_it(table: Stage) -> None:
    """Nobody would be told: what they write there, whoever reads the task finds on its page."""
    own, asked, hers = (given(table, *who) for who in (("cm", "cm"), ("sup", "cm"), ("sv", "sv")))
    assert ">Write a comment<" in row(mine(table, "p-cm"), own)
    assert ">Ask<" in row(mine(table, "p-cm"), asked)
    assert ">Ask<" in row(mine(table, "p-sup"), asked)
    assert ">Ask<" in row(mine(table, "p-survivor"), hers)


def test_of_what_she_asks_nobody_is_told_who_does_not_read_it_or_see_that_it_is_hers(table: Stage) -> None:
    action = given(table, "sv", "sv", title="her own")
    asked = comment(table, "sv", action, "Can somebody come along?", audience=0)
    assert not tells(table, "p-cm")
    Mark.objects.filter(pk=asked.mark_id).update(audience=EVERY_ROLE)
    assert tells(table, "p-cm")
    hide_seats(table, "sv")
    assert not tells(table, "p-cm")


def tells(stage: Stage, person: str) -> bool:
    """Whether they are told on Today that somebody wrote about what she offered."""
    return "her own" in words(reminders(stage, person))


def test_whoever_comes_for_their_tasks_is_told_once(table: Stage) -> None:
    action = given(table, "det", "cm")
    comment(table, "cm", action, "Is it done by noon?")
    whole = page(table, "p-det", path="/")
    assert whole.count("Is it done by noon?") == 1
    assert "Somebody wrote" not in whole


def test_of_what_does_not_stand_open_on_the_start_page_they_are_told_there(table: Stage) -> None:
    """Of a long list thirty stand there, and what ended is folded away."""
    action = [given(table, "det", "cm") for _ in range(31)][-1]
    comment(table, "cm", action, "Is it done by noon?")
    over = given(table, "det", "cm", status="done", ended_at=table.at - timedelta(days=1))
    comment(table, "cm", over, "Which paper did they want?")
    told = reminders(table, "p-det")
    assert told.count("Somebody wrote") == 2
    assert action.title in told
    assert over.title in told


def test_nobody_is_reminded_who_did_not_ask_for_it(table: Stage) -> None:
    """Neither a guardian, who has to ask, nor whoever said that they want none."""
    for owner, author in (("cm", "guard"), ("cm", "sup")):
        comment(table, "cm" if author == "guard" else "sup", given(table, owner, author), "hello?")
    given(table, "det2", "cm", status="declined", ended_at=table.at)
    assert "Somebody wrote" in reminders(table, "p-cm")
    assert "Nobody does this" in reminders(table, "p-cm")
    Reminding.objects.create(person=table.seat("alder", "cm").person, how=How.NOTHING)
    for person in ("p-cm", "p-guardian"):
        assert "hello?" in mine(table, person), "it stands in their list"
        told = reminders(table, person)
        assert "Somebody wrote" not in told
        assert "Nobody does this" not in told


def test_a_question_about_what_has_ended_can_be_answered_from_the_list(table: Stage) -> None:
    action = given(table, "det", "cm", status="done", ended_at=table.at - timedelta(days=1))
    assert "/comments/" not in row(mine(table, "p-det"), action)
    comment(table, "cm", action, "Which paper did they want?")
    its = row(mine(table, "p-det"), action)
    assert "Which paper did they want?" in its
    assert "/comments/" in its


# Helping


def test_whoever_helps_finds_it_in_the_list_and_on_today_and_nobody_else_does(table: Stage) -> None:
    wide(table, EXTEND)
    action = action_of(table, EXTEND)
    helpers = [number_of(table, "adv"), number_of(table, "sup")]
    assert say(table, "p-cm", EXTEND, "helpers/", helpers=helpers).status_code == 303
    for person in table.people:
        eyes, html = Eyes(table, person), mine(table, person)
        if not (eyes.sits(CASE) and eyes.sees(place(EXTEND))):
            assert not row(html, action), person
            continue
        part = html.partition(HELP)[2].partition("<h2>")[0]
        assert bool(row(part, action)) == (person in ("p-adv", "p-sup")), person
    for person in ("p-adv", "p-sup"):
        narrowed = page(table, person, "?part=helping")
        assert "I help" in narrowed
        its = row(panels_of(narrowed)["mine"], action)
        assert table.seat("alder", "shelter").person.name in its or "the team" in its
        assert re.findall(rf'href="{url(table, EXTEND)}(\w+)/\?', its) == ["comments"]
        assert action.title in panels_of(page(table, person, path="/"))["tasks"]


@pytest.mark.parametrize("how", ["taken out", "narrowed", "removed"])
def test_what_somebody_does_not_help_with_any_more_leaves_their_open_list(
    table: Stage, origin: None, how: str
) -> None:
    action = given(table, "shelter", "cm", title="carry the boxes")
    seat = table.seat("alder", "adv")
    Helper.objects.create(action=action, seat=seat)
    Named.objects.get_or_create(mark=action.mark, seat=seat)
    passes, socket = Passes(), connect("mine", table.browser("p-adv").cookies["s"].value).socket
    assert socket is not None
    ((_, frame, _size),) = passes.run([socket]).frames
    assert "carry the boxes" in frame
    if how == "taken out":
        Helper.objects.all().delete()
    elif how == "narrowed":
        Mark.objects.filter(pk=action.pk).update(audience=1)
        Named.objects.filter(mark=action.pk).delete()
    else:
        Mark.objects.filter(pk=action.pk).update(removed_at=table.at)
    case_changed(seat.case_id)
    ((_, frame, _size),) = passes.run([socket]).frames
    assert "carry the boxes" not in frame


def test_what_somebody_asked_for_and_helps_with_stands_once_as_what_they_asked_for(table: Stage) -> None:
    action = given(table, "shelter", "cm", title="carry the boxes")
    Helper.objects.create(action=action, seat=table.seat("alder", "cm"))
    html = mine(table, "p-cm")
    assert html.count("carry the boxes</a>") == 1
    assert HELP not in html


@pytest.mark.parametrize(
    "status", ["offered", "accepted", "declined", "done", "no_longer_possible", "not_done"]
)
@pytest.mark.parametrize("days", [-4, 4])
def test_of_an_owner_whom_a_helper_does_not_see_nothing_tells_whether_it_is_she(
    table: Stage, status: str, days: int
) -> None:
    """In the list, with its counts, and on Today."""
    for key in ("sv", "det2"):
        Mark.objects.filter(pk=table.seat("alder", key).pk).update(audience=1)
    Named.objects.filter(mark__in=[table.seat("alder", key).pk for key in ("sv", "det2")]).delete()
    action = given(table, "sv", "cm", title="the same")
    helper = table.seat("alder", "ther")
    Helper.objects.create(action=action, seat=helper)
    ended = table.at if status not in ("offered", "accepted") else None
    told = []
    for owner in ("sv", "det2"):
        seat = table.seat("alder", owner)
        Named.objects.filter(mark=action.pk).delete()
        Named.objects.create(mark=action.mark, seat=seat)
        type(action).unsealed.filter(pk=action.pk).update(
            owner=seat, status=status, due=(table.at + timedelta(days=days)).date(), ended_at=ended
        )
        ways = ("/tasks/", "/tasks/?until=today", "/tasks/?until=week", "/")
        told.append([plain(said(table.browser("p-ther").get(way))) for way in ways])
    assert "the same" in unescape(told[0][0])
    assert told[0] == told[1]


def test_what_a_case_file_has_her_help_with_is_not_told_as_what_she_offered(table: Stage) -> None:
    action = given(table, "cm", "cm", title="carry the boxes")
    Helper.objects.create(action=action, seat=table.seat("alder", "sv"))
    assert "carry the boxes" not in panels_of(page(table, "p-survivor", path="/"))["tasks"]
    assert row(mine(table, "p-survivor").partition(HELP)[2], action)


@pytest.mark.parametrize(
    ("status", "label"), [("accepted", "offered"), ("no_longer_possible", "not any more")]
)
def test_whoever_helps_her_reads_that_she_offered_it(table: Stage, status: str, label: str) -> None:
    ended = None if status == "accepted" else table.at
    action = given(table, "sv", "sv", status=status, ended_at=ended)
    Helper.objects.create(action=action, seat=table.seat("alder", "adv"))
    assert f">{label}<" in row(mine(table, "p-adv"), action)
