"""Parts of a meeting: whoever leads begins and ends them, everybody who is invited is told which one is on."""

from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from pytest_django import Settings

from conferences.meetings.models import ComesToPart, Conference, Part, Status
from tests.cast import Stage
from tests.live_client import elements, panels_of
from tests.live_pass import connect
from workspace.disclosure.models import Case
from workspace.live.passes import Passes
from workspace.people.models import public_id
from workspace.record.models import Event

YES, SAME = "changed", "as it was"
NOT_BEGUN, PAUSED, CLOSED = "has not begun", "is paused", "is closed"
TABLE = {
    #           planned    open  paused  closed
    "opening": (NOT_BEGUN, YES, PAUSED, CLOSED),
    "end": (NOT_BEGUN, YES, PAUSED, CLOSED),
    "parts": (YES, YES, YES, CLOSED),
}
CELLS = [(verb, *cell) for verb, cells in TABLE.items() for cell in zip(Status, cells, strict=True)]
NAMES = ("everyone here", "professionals only", "everyone again")


class Meeting:
    """The conference of the first case in a state, with three parts, the second of them without her and on."""

    def __init__(self, stage: Stage, state: str = "open") -> None:
        self.stage, self.url = stage, stage.url("alder", "conferences", "now")
        number = stage.row(stage.place("alder", "conferences", "now")).pk
        self.parts = [
            Part.objects.create(
                conference_id=number, position=place, name=name, minutes=20 + place, without_her=place == 1
            )
            for place, name in enumerate(NAMES)
        ]
        Part.objects.filter(pk=self.parts[1].pk).update(opened_at=stage.at)
        self.stands(state)

    def stands(self, state: str) -> None:
        stands = {"status": "open" if state == "paused" else state, "paused": state == "paused"}
        Conference.unsealed.filter(key="now").update(**stands)

    def address(self, verb: str) -> str:
        number = self.parts[0 if verb == "opening" else 1].public_id
        return f"{self.url}parts/" if verb == "parts" else f"/parts/{number}/{verb}/"

    def press(self, person: str, verb: str) -> Any:
        return self.stage.client(person).post(self.address(verb), typed() if verb == "parts" else {})

    def panel(self, person: str) -> str:
        """What the panel of this person says, in plain words."""
        page = self.stage.client(person).get(self.url).content.decode()
        found = panels_of(page)["parts"]
        return " ".join(unescape(found).split())

    def seen_by(self) -> dict[str, bool]:
        place, oracle = self.stage.place("alder", "conferences", "now"), self.stage.oracle
        seen: dict[str, bool] = {}
        for seat in oracle.case("alder").seats.values():
            sees = oracle.sees("alder", seat.key, place, self.stage.at)
            seen[seat.person] = seen.get(seat.person, False) or sees
        return seen


def typed(**more: str) -> dict[str, str]:
    return {"name": "clinical only", "minutes": "15", "key": public_id()} | more


def everything() -> tuple[Any, ...]:
    return (
        sorted(Part.objects.values_list("pk", "name", "opened_at", "ended_at"), key=str),
        sorted(Case.objects.values_list("pk", "version")),
        Event.objects.exclude(verb="signed_in").count(),
    )


@pytest.mark.parametrize(("verb", "state", "cell"), CELLS)
def test_what_whoever_leads_may_do_with_parts(stage: Stage, verb: str, state: str, cell: str) -> None:
    meeting = Meeting(stage, state)
    before = everything()
    answer = meeting.press("p-cm", verb)
    if cell == YES:
        assert (answer.status_code, answer["Location"]) == (303, meeting.url)
        changed = everything()
        assert changed != before
        if verb != "parts":
            assert meeting.press("p-cm", verb).status_code == 303
            assert everything() == changed, "a press that is sent again changes nothing"
    else:
        assert answer.status_code == 409
        assert cell in unescape(answer.content.decode())
        assert everything() == before
        assert verb != "parts" or 'value="clinical only"' in answer.content.decode(), "what was typed stays"
    if verb == "parts":
        assert stage.client("p-cm").get(meeting.address(verb)).status_code == (200 if cell == YES else 409)


@pytest.mark.parametrize("state", Status)
def test_nobody_else_may_do_anything_with_parts(stage: Stage, state: str) -> None:
    meeting = Meeting(stage, state)
    before, refused = everything(), 0
    for person, sees in meeting.seen_by().items():
        if person == "p-cm":
            continue
        for verb in TABLE:
            answer = meeting.press(person, verb)
            assert answer.status_code == (403 if sees else 404), (person, verb)
            said = answer.content.decode()
            assert ("Only the facilitator" in said or "Solo quien dirige" in said) == sees
            refused += sees
        absent = stage.client(person).get(f"/conferences/{public_id()}/parts/")
        asked = stage.client(person).get(meeting.address("parts"))
        assert asked.status_code == (403 if sees else 404)
        assert sees or asked.content == absent.content
    assert everything() == before
    assert refused > 3 * 15


def test_a_part_that_never_was_and_one_of_a_hidden_meeting_are_one_answer(stage: Stage) -> None:
    meeting = Meeting(stage)
    for verb in ("opening", "end"):
        hidden = stage.client("p-later").post(meeting.address(verb))
        absent = stage.client("p-later").post(f"/parts/{public_id()}/{verb}/")
        assert (hidden.status_code, hidden.content) == (404, absent.content)


def test_to_begin_a_part_ends_the_one_before_and_with_the_meeting_every_part_ends(stage: Stage) -> None:
    meeting = Meeting(stage)
    assert meeting.press("p-cm", "opening").status_code == 303
    first, second, third = Part.objects.order_by("position")
    assert (first.opened_at, first.ended_at) == (stage.at, None)
    assert second.ended_at == stage.at
    assert third.opened_at is None
    stage.clock.at += timedelta(minutes=3)
    assert stage.client("p-cm").post(f"/parts/{second.public_id}/opening/").status_code == 303
    second = Part.objects.get(position=1)
    assert (second.opened_at, second.ended_at) == (stage.at, None), "a part can be begun once more"
    assert meeting.panel("p-cm").count(">now<") == 1
    assert stage.client("p-cm").post(f"{meeting.url}end/").status_code == 303
    for person in ("p-cm", "p-survivor", "p-prov"):
        told = meeting.panel(person)
        assert ">now<" not in told
        assert "expected back" not in told
        assert "<button" not in told
        assert "href" not in told
    assert list(Event.objects.filter(verb__startswith="part").values_list("verb", flat=True)) == [
        "part_opened",
        "part_opened",
    ]


def test_she_is_told_which_part_is_without_her_and_when_she_is_expected_back(stage: Stage) -> None:
    meeting = Meeting(stage)
    stage.client("p-survivor").post("/language/", {"language": "en"})
    told = meeting.panel("p-survivor")
    # 9:20 on the wall where the task force is, and twenty-one minutes.
    assert 'This part of the meeting is without you: <b dir="auto">professionals only</b>' in told
    assert "You are expected back at about" in told
    assert ">9:41 a.m.<" in told
    assert "without the survivor" not in told
    assert "<button" not in told
    for person in ("p-guardian", "p-prov", "p-det"):
        told = meeting.panel(person)
        assert (
            'This part of the meeting is without the survivor: <b dir="auto">professionals only</b>' in told
        )
        assert "She is expected back at about" in told
        assert ">9:41 a.m.<" in told
        assert "without you" not in told
    stage.client("p-cm").post(meeting.address("end"))
    assert "You can come back now." in meeting.panel("p-survivor")
    assert "come back" not in meeting.panel("p-prov")
    stage.client("p-cm").post(meeting.address("opening"))
    told = meeting.panel("p-survivor")
    assert 'The part that is on: <b dir="auto">everyone here</b>' in told
    assert "come back" not in told


def test_she_reads_of_a_part_without_her_before_it_begins_and_others_only_in_the_list(stage: Stage) -> None:
    meeting = Meeting(stage)
    stage.client("p-survivor").post("/language/", {"language": "en"})
    Part.objects.update(opened_at=None, ended_at=None)
    told, ahead = meeting.panel("p-survivor"), "A part of this meeting is planned without you:"
    assert f'{ahead} <b dir="auto">professionals only</b> · 21 minutes' in told
    assert "when you are expected back" in told
    for person in ("p-guardian", "p-prov", "p-cm"):
        assert "planned without" not in meeting.panel(person), person
    hers = Part.objects.get(name="professionals only")
    assert stage.client("p-cm").post(f"/parts/{hers.public_id}/opening/").status_code == 303
    assert ahead not in meeting.panel("p-survivor")
    stage.client("p-cm").post(f"{meeting.url}end/")
    assert ahead not in meeting.panel("p-survivor")


def test_all_who_are_invited_read_all_parts_and_nobody_else_does(stage: Stage) -> None:
    meeting, told = Meeting(stage), 0
    for person, sees in meeting.seen_by().items():
        answer = stage.client(person).get(meeting.url)
        page = answer.content.decode()
        assert answer.status_code == (200 if sees else 404)
        assert [name in page for name in NAMES] == [sees] * 3, person
        assert ("<button" in page and "/opening/" in page) == (person == "p-cm")
        told += sees
    assert told > 15


def test_a_meeting_without_parts_says_nothing_of_them(stage: Stage) -> None:
    room = stage.url("alder", "conferences", "now")
    for person in ("p-survivor", "p-prov"):
        page = stage.client(person).get(room).content.decode()
        assert '<section id="parts" data-panel hidden></section>' in page
    assert "Add a part" in stage.client("p-cm").get(room).content.decode()


def test_what_goes_on_in_a_part_without_her_changes_nothing_on_her_page(stage: Stage) -> None:
    meeting, her = Meeting(stage), stage.client("p-survivor")
    hidden = stage.url("alder", "agenda", "clinical")
    assert her.get(hidden).status_code == 404
    before = (
        meeting.panel("p-survivor"),
        panels_of(her.get(meeting.url).content.decode())["item"],
    )
    assert stage.client("p-cm").post(f"{hidden}current/").status_code == 303
    after = (
        meeting.panel("p-survivor"),
        panels_of(her.get(meeting.url).content.decode())["item"],
    )
    assert before == after
    assert stage.raw(stage.place("alder", "agenda", "wide"))["title"] in after[1]


def test_to_begin_a_part_sends_each_invited_page_one_frame_and_no_other_any(
    stage: Stage, settings: Settings
) -> None:
    settings.ALLOWED_ORIGINS = ["http://testserver"]
    meeting, passes = Meeting(stage), Passes()
    room, case = meeting.url.split("/")[2], stage.ids["/cases/0"]
    pages = (("room", room), ("today", ""), ("plan", case))
    sockets: dict[Any, tuple[str, str]] = {
        connect(page, stage.client(person).cookies["s"].value, id=scope).socket: (person, page)
        for person in stage.people
        for page, scope in pages
    }
    closed = set(passes.run(list(sockets)).closed)
    left = [socket for socket in sockets if socket not in closed]
    seeing = {person for person, sees in meeting.seen_by().items() if sees}
    assert {sockets[socket][0] for socket in left if sockets[socket][1] == "room"} == seeing
    assert meeting.press("p-cm", "opening").status_code == 303
    frames = passes.run(left).frames
    assert sorted(sockets[socket] for socket, *_ in frames) == sorted((person, "room") for person in seeing)
    assert {tuple(elements(frame, lambda _: True)) for _, frame, _ in frames} == {("parts",)}
    assert meeting.press("p-cm", "opening").status_code == 303
    assert not passes.run(left).frames


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"name": ""}, "Give it a name."),
        ({"name": " \u200b"}, "Give it a name."),
        ({"name": "x" * 81}, "Find a shorter name."),
        ({"minutes": ""}, "Say how many minutes."),
        ({"minutes": "0"}, "from 1 to 240"),
        ({"minutes": "9" * 5000}, "from 1 to 240"),
        ({"minutes": "soon"}, "from 1 to 240"),
        ({"key": "short"}, ""),
    ],
)
def test_a_form_that_cannot_be_taken_says_why_and_loses_nothing(
    stage: Stage, wrong: dict[str, str], told: str
) -> None:
    meeting = Meeting(stage)
    before = everything()
    answer = stage.client("p-cm").post(meeting.address("parts"), typed(without_her="on") | wrong)
    assert answer.status_code == 422
    page = unescape(answer.content.decode())
    assert told in page
    assert "checked" in page
    assert "name" in wrong or "clinical only" in page
    assert everything() == before


def test_a_form_that_is_sent_twice_adds_one_part(stage: Stage) -> None:
    meeting, form = Meeting(stage), typed(without_her="on")
    for _ in range(2):
        assert stage.client("p-cm").post(meeting.address("parts"), form).status_code == 303
    added = Part.objects.get(name="clinical only")
    assert (added.position, added.minutes, added.without_her) == (3, 15, True)
    again = stage.client("p-cm").post(meeting.address("parts"), form | {"name": "another"})
    assert again.status_code == 409
    assert "another" in again.content.decode()
    assert Part.objects.count() == 4


def test_there_is_an_end_of_parts(stage: Stage) -> None:
    meeting = Meeting(stage)
    for _ in range(17):
        assert meeting.press("p-cm", "parts").status_code == 303
    answer = meeting.press("p-cm", "parts")
    assert answer.status_code == 409
    assert "as many parts as it can have" in answer.content.decode()
    assert Part.objects.count() == 20


def test_who_comes_to_a_part_is_read_by_whoever_sees_their_seat_and_by_nobody_else(stage: Stage) -> None:
    meeting, comes = Meeting(stage), ("sv", "ther", "law")
    before = {person: meeting.panel(person) for person, sees in meeting.seen_by().items() if sees}
    for key in comes:
        ComesToPart.objects.create(part=meeting.parts[2], seat=stage.seat("alder", key))
    names = {each["key"]: each["name"] for each in stage.casefile["people"]}
    facts, counts = stage.oracle.case("alder"), {"read": 0, "hidden": 0}
    for person, was in before.items():
        me = next(seat for case, seat in stage.oracle.seats_of(person, stage.at) if case == "alder")
        row = meeting.panel(person).partition("everyone again")[2]
        own = "You come to this part." in row or "Usted viene a esta parte." in row
        assert own == (me in comes), person
        for key in comes:
            seen = stage.oracle.sees("alder", me, stage.place("alder", "seats", key), stage.at)
            assert (names[facts.seats[key].person] in row) == (seen and key != me), (person, key)
            counts["read" if seen else "hidden"] += 1
        assert "the team" not in row.removeprefix(was.partition("everyone again")[2])
    assert counts["read"] > 12
    assert counts["hidden"] > 3
    ComesToPart.objects.exclude(seat__key="ther").delete()
    for person, was in before.items():
        me = next(seat for case, seat in stage.oracle.seats_of(person, stage.at) if case == "alder")
        seen = stage.oracle.sees("alder", me, stage.place("alder", "seats", "ther"), stage.at)
        assert (meeting.panel(person) != was) == seen, "who does not see the seat reads the same to the byte"
