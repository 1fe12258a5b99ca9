"""Who may write down what others say: named by whoever leads, among those who are here, and taken back."""

from typing import Any

import pytest

from conferences.meetings.models import Conference, Status
from tests.agendas.test_notes import Paper
from tests.agendas.test_states import set_stage
from tests.cast import Stage
from tests.conferences.test_facilitator import Table
from workspace.disclosure.models import Case, Mark
from workspace.people.models import public_id
from workspace.record.models import Event

FIELD = 'name="note-said_by"'


class Scribes(Table):
    """The open conference, with the press that names its recorder."""

    def __init__(self, stage: Stage, *here: str) -> None:
        super().__init__(stage, *here)
        self.url = f"{stage.url('alder', 'conferences', 'now')}recorder/"

    @property
    def recorder(self) -> str:
        found = Conference.unsealed.get(pk=self.conference).recorder
        return str(found.key) if found else ""

    def everything(self) -> tuple[Any, ...]:
        return (
            self.recorder,
            sorted(Case.objects.values_list("pk", "version")),
            Event.objects.exclude(verb="signed_in").count(),
        )


@pytest.mark.parametrize("state", Status)
def test_whoever_leads_names_the_recorder_until_the_conference_is_closed(stage: Stage, state: str) -> None:
    set_stage(stage, state)
    table = Scribes(stage, "cm", "ther", "mentor")
    before = table.everything()
    answer = table.press("p-cm", "ther")
    if state == Status.CLOSED:
        assert answer.status_code == 409
        assert "is closed" in answer.content.decode()
        assert table.everything() == before
        return
    assert (answer.status_code, table.recorder) == (303, "ther")
    named = table.everything()
    assert table.press("p-cm", "ther").status_code == 303
    assert table.everything() == named, "a press that is sent again changes nothing"
    assert (table.press("p-cm", "mentor").status_code, table.recorder) == (303, "mentor")
    assert (table.press("p-cm", "cm").status_code, table.recorder) == (303, "cm")
    assert (table.press("p-cm").status_code, table.recorder) == (303, "")
    verbs = Event.objects.exclude(verb="signed_in").order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == [*["recorder_named"] * 3, "recorder_taken_back"]


def test_nobody_else_names_one_and_to_who_is_not_invited_there_is_nothing(stage: Stage) -> None:
    table, room = Scribes(stage, "cm", "ther"), stage.place("alder", "conferences", "now")
    asked, seen = 0, dict.fromkeys(stage.people, False)
    for seat in stage.oracle.case("alder").seats.values():
        seen[seat.person] |= stage.oracle.sees("alder", seat.key, room, stage.at)
    del seen["p-cm"]
    for state in Status:
        set_stage(stage, state)
        for person, sees in seen.items():
            before = table.everything()
            assert table.press(person, "ther").status_code == (403 if sees else 404), (person, state)
            assert table.everything() == before
            asked += sees
    assert asked > 40


def test_who_cannot_be_named_is_answered_alike(stage: Stage) -> None:
    table = Scribes(stage, "cm", "ther", "interp", "mentor", "sv")
    Mark.objects.filter(pk=table.seat("ther").pk).update(audience=0)
    Conference.unsealed.filter(pk=table.conference).update(facilitator=table.seat("mentor"))
    cannot = [table.seat(key).mark.public_id for key in ("sup", "interp", "sv", "ther")]
    before, absent = table.everything(), stage.client("p-mentor").post(table.url, {"seat": public_id()})
    assert absent.status_code == 409
    assert "This person is not here now." in absent.content.decode()
    for number in (*cannot, "a\0b", "1"):
        answer = stage.client("p-mentor").post(table.url, {"seat": number})
        assert (answer.status_code, answer.content) == (409, absent.content)
    assert table.everything() == before


def test_only_the_recorder_is_asked_who_said_it_and_sees_no_more_than_before(stage: Stage) -> None:
    table, item = Scribes(stage, "cm", "det"), stage.url("alder", "agenda", "wide")
    before = stage.words("p-det")
    assert table.press("p-cm", "det").status_code == 303
    for person in ("p-cm", "p-det", "p-survivor", "p-sup"):
        assert (FIELD in stage.client(person).get(item).content.decode()) == (person == "p-det")
    paper = Paper(stage, "p-det", item)
    assert stage.found(paper.page) <= before
    offered = set(paper.page.partition(FIELD)[2].partition("</select>")[0].split('value="')[1:])
    numbers = {option.partition('"')[0] for option in offered} - {""}
    facts, room = stage.oracle.case("alder"), stage.place("alder", "conferences", "now")
    allowed = {
        stage.ids[stage.place("alder", "seats", key)]
        for key, seat in facts.seats.items()
        if stage.oracle.sees("alder", "det", stage.place("alder", "seats", key), stage.at)
        and key in stage.raw(room)["participants"]
        and ("alder", key) in stage.oracle.seats_of(seat.person, stage.at)
        and seat.role not in ("interpreter", "counsel")
        and key != "det"
    }
    assert numbers == allowed
    assert len(allowed) > 3
    told = {person: stage.client(person).get(table.url.removesuffix("recorder/")) for person in ("p-sup",)}
    assert "may be written down by" in told["p-sup"].content.decode()


@pytest.mark.parametrize("state", Status)
def test_the_buttons_are_those_that_work(stage: Stage, state: str) -> None:
    set_stage(stage, state)
    table = Scribes(stage, "cm", "ther", "interp", "sv")
    room = table.url.removesuffix("recorder/")
    for person in ("p-cm", "p-sup"):
        page = stage.client(person).get(room).content.decode()
        for key in ("cm", "ther", "interp", "sv", "sup"):
            button = f'id="scribe-{table.seat(key).mark.public_id}"'
            may = person == "p-cm" and key in ("cm", "ther") and state != Status.CLOSED
            assert (button in page) == may, (person, key)
        assert "no-scribe" not in page
    Conference.unsealed.filter(pk=table.conference).update(recorder=table.seat("ther"))
    page = stage.client("p-cm").get(room).content.decode()
    assert ("no-scribe" in page) == (state != Status.CLOSED)
    assert f'id="scribe-{table.seat("ther").mark.public_id}"' not in page
