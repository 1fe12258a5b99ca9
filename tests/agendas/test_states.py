"""Who may do what in each state of a conference: every cell of the table, and every refusal as a sentence."""

from html import unescape
from typing import Any

import pytest

from agendas.items.models import AgendaItem
from agendas.notes.models import Note
from conferences.meetings.models import Conference, Status
from tests.cast import Stage
from workspace.disclosure.models import Case
from workspace.people.models import public_id
from workspace.record.models import Event

YES, SAME = "changed", "as it was"
NOT_BEGUN, PAUSED, CLOSED = "has not begun", "is paused", "is closed"
TABLE = {
    #            planned    open  paused  closed
    "opening": (YES, SAME, YES, CLOSED),
    "pause": (NOT_BEGUN, YES, SAME, CLOSED),
    "end": (NOT_BEGUN, YES, YES, SAME),
    "current": (NOT_BEGUN, YES, PAUSED, CLOSED),
    "done": (NOT_BEGUN, YES, PAUSED, CLOSED),
    "parked": (YES, YES, YES, CLOSED),
    "planned": (YES, YES, YES, CLOSED),
    "place": (YES, YES, YES, CLOSED),
    "notes": (YES, YES, YES, "was closed while you were writing"),
}
OF_THE_CONFERENCE = ("opening", "pause", "end")
PRESSES = [verb for verb in TABLE if verb != "notes"]


def set_stage(stage: Stage, state: str) -> str:
    """The first case's conference in this state; the address of an item for everybody that is parked."""
    stands = {"status": "open" if state == "paused" else state, "paused": state == "paused"}
    Conference.unsealed.filter(key="now").update(**stands)
    AgendaItem.unsealed.filter(key="gap").update(status="parked")
    return stage.url("alder", "agenda", "gap")


def everything() -> tuple[Any, ...]:
    return (
        sorted(Conference.unsealed.values_list("pk", "status", "paused")),
        sorted(AgendaItem.unsealed.values_list("pk", "status", "position", "turn", "turned_at")),
        sorted(Note.unsealed.values_list("pk")),
        sorted(Case.objects.values_list("pk", "version")),
        Event.objects.exclude(verb="signed_in").count(),
    )


@pytest.mark.parametrize("state", Status)
def test_what_the_facilitator_may_do(stage: Stage, state: Status) -> None:
    lead, room = stage.browser("p-cm"), stage.url("alder", "conferences", "now")
    for verb in PRESSES:
        cell = TABLE[verb][list(Status).index(state)]
        with stage.undone():
            item = set_stage(stage, state)
            if verb == "parked":
                AgendaItem.unsealed.filter(key="gap").update(status="planned")
            before = everything()
            answer = lead.post(f"{room if verb in OF_THE_CONFERENCE else item}{verb}/")
            if cell in (YES, SAME):
                assert (answer.status_code, answer["Location"]) == (303, room), verb
                assert (everything() != before) == (cell == YES), verb
                changed = everything()
                assert lead.post(answer.request["PATH_INFO"]).status_code == 303
                assert everything() == changed, "a press that is sent again changes nothing"
            else:
                assert answer.status_code == 409, verb
                assert cell in unescape(answer.content.decode())
                assert everything() == before


@pytest.mark.parametrize("state", Status)
def test_nobody_else_may_whatever_the_state(stage: Stage, state: Status) -> None:
    room, item = stage.url("alder", "conferences", "now"), set_stage(stage, state)
    places = {room: stage.place("alder", "conferences", "now"), item: stage.place("alder", "agenda", "gap")}
    before, asked = everything(), 0
    seats = {seat.person: seat.key for seat in stage.oracle.case("alder").seats.values()}
    for person in seats.keys() - {"p-cm"}:
        sees = {
            url: stage.oracle.sees("alder", seats[person], place, stage.at) for url, place in places.items()
        }
        for verb in PRESSES:
            if verb == "pause":
                continue
            url = room if verb in OF_THE_CONFERENCE else item
            answer = stage.browser(person).post(f"{url}{verb}/")
            assert answer.status_code == (403 if sees[url] else 404), (person, verb)
            said = answer.content.decode()
            assert ("Only the facilitator" in said or "Solo quien dirige" in said) == sees[url]
            assert everything() == before
            asked += sees[url]
    assert asked > 3 * len(Status)


@pytest.mark.parametrize(("state", "cell"), [*zip(Status, TABLE["notes"], strict=True)])
@pytest.mark.parametrize("writer", ["p-cm", "p-sup"])
def test_who_writes_a_note_in_each_state(stage: Stage, writer: str, state: str, cell: str) -> None:
    item = set_stage(stage, state)
    browser, before = stage.browser(writer), Note.unsealed.count()
    typed = {
        "note-text": "what I typed",
        "note-kind": "discussion",
        "note-topic": "coordination",
        "note-audience": "everyone",
        "note-key": public_id(),
    }
    shown = browser.post(f"{item}readers/", typed).content.decode().partition('shown_readers" value="')[2]
    answer = browser.post(f"{item}notes/", typed | {"note-shown_readers": shown.partition('"')[0]})
    assert answer.status_code == (303 if cell == YES else 409)
    assert Note.unsealed.count() == before + (cell == YES)
    if cell == YES:
        return
    page = unescape(answer.content.decode())
    assert cell in page
    assert "what I typed" in page
    key, shown_now = (page.partition(f'name="note-{name}" value="')[2] for name in ("key", "shown_readers"))
    offered = {
        "note-key": key.partition('"')[0],
        "note-shown_readers": shown_now.partition('"')[0],
        "note-afterwards": page.partition('name="note-afterwards" value="')[2].partition('"')[0],
    }
    assert browser.post(f"{item}notes/", typed | offered).status_code == 303
    assert Note.unsealed.count() == before + 1


@pytest.mark.parametrize("state", Status)
def test_buttons_are_those_that_work(stage: Stage, state: Status) -> None:
    item = set_stage(stage, state)
    room, column = stage.url("alder", "conferences", "now"), list(Status).index(state)
    page = stage.browser("p-cm").get(room).content.decode()
    others = stage.browser("p-sup").get(room).content.decode()
    for verb, cells in TABLE.items():
        address = f"{room if verb in OF_THE_CONFERENCE else item}{verb}/"
        offered = f'formaction="{address}"' in page
        asks = verb == "pause" and state == Status.OPEN
        assert (f'formaction="{address}"' in others) == asks, "anybody may ask for a break"
        if verb == "notes":
            form = stage.browser("p-cm").get(item).content.decode()
            assert f'action="{address}"' in form
            assert ("data-afterwards" in form) == (cells[column] != YES)
        # What is parked can be talked about at once, so it is not done, and not parked again.
        elif verb in ("done", "parked"):
            assert not offered
        else:
            assert offered == (cells[column] == YES), verb


def test_where_it_stands_is_said_to_everybody(stage: Stage) -> None:
    lead, other, room = (
        stage.browser("p-cm"),
        stage.browser("p-sup"),
        stage.url("alder", "conferences", "now"),
    )
    set_stage(stage, "planned")
    told = {}
    for verb in ("opening", "pause", "opening", "end"):
        assert lead.post(f"{room}{verb}/").status_code == 303
        told[verb] = other.get(room).content.decode()
        assert ("There is a break." in told[verb]) == (verb == "pause")
        assert "End it now" not in told[verb]
    assert ">open now<" in told["opening"]
    assert ">paused<" in told["pause"]
    assert ">closed<" in told["end"]
    assert "What is written now stands as added after it" in told["end"]
    assert "not reached" in told["end"]
    assert "not reached" not in told["opening"]
    assert "to come" not in told["end"]
    verbs = Event.objects.exclude(verb="signed_in").order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == [
        "conference_opened",
        "conference_paused",
        "conference_resumed",
        "conference_ended",
    ]


def test_what_a_conference_that_is_over_did_not_come_to_says_so(stage: Stage) -> None:
    room, lead = stage.url("alder", "conferences", "now"), stage.browser("p-cm")
    AgendaItem.unsealed.filter(key="gap").update(status="planned", turn=None)
    AgendaItem.unsealed.filter(key="aside").update(status="parked", turn=None)
    assert "not reached" not in lead.get(room).content.decode()
    assert lead.post(f"{room}end/").status_code == 303
    page = lead.get(room).content.decode()
    said = {}
    for key in ("gap", "aside", "wide", "done"):
        row = page.partition(f'id="row-{stage.ids[stage.place("alder", "agenda", key)]}"')[2]
        said[key] = row.partition(">")[0].partition('data-status="')[2].partition('"')[0]
    assert said == {"gap": "not_reached", "aside": "parked", "wide": "begun", "done": "done"}


@pytest.mark.parametrize(("state", "cell"), [*zip(Status, TABLE["pause"], strict=True)])
def test_anybody_at_the_table_may_ask_for_a_break_and_is_not_named(
    stage: Stage, state: str, cell: str
) -> None:
    room, place = stage.url("alder", "conferences", "now"), stage.place("alder", "conferences", "now")
    asked = 0
    seen: dict[str, bool] = {}
    for seat in stage.oracle.case("alder").seats.values():
        sees = stage.oracle.sees("alder", seat.key, place, stage.at)
        seen[seat.person] = seen.get(seat.person, False) or sees
    for person, sees in seen.items():
        set_stage(stage, state)
        before, browser = everything(), stage.browser(person)
        answer = browser.post(f"{room}pause/")
        if not sees:
            assert answer.status_code == 404
        elif cell in (YES, SAME):
            assert answer.status_code == 303
            page = stage.browser("p-cm").get(room).content.decode()
            head = page.partition('id="meeting"')[2].partition("</section>")[0]
            assert "There is a break." in head
        else:
            assert answer.status_code == 409
        assert (everything() != before) == (sees and cell == YES), person
        asked += sees
    assert asked > 15
