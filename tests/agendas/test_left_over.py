"""What earlier conferences left comes back by itself to those who see it, and is taken up for the same readers."""

import re
from dataclasses import replace
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from agendas.items.models import AgendaItem, ItemStatus
from conferences.meetings.models import Conference, Status
from tests.agendas.test_states import set_stage
from tests.cast import Stage
from tests.live_pass import connect
from tests.oracle import allowed
from workspace.disclosure.models import Case, Mark, Named
from workspace.disclosure.policy import EVERY_ROLE
from workspace.live.announce import case_changed
from workspace.live.passes import Passes
from workspace.people.models import public_id
from workspace.record.models import Event

ROW = re.compile(r'<li id="left-([^"]+)"')


class Left:
    """The item that the closed conference of the first case left, and the conferences after it."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.place = stage.place("alder", "agenda", "p-parked")
        self.number = stage.ids[self.place]
        self.url = f"/items/{self.number}/"
        self.people = {seat.person: seat for seat in stage.oracle.case("alder").seats.values()}

    def room(self, key: str = "now") -> str:
        return self.stage.url("alder", "conferences", key)

    def page(self, person: str, key: str = "now") -> str:
        answer = self.stage.client(person).get(self.room(key))
        return str(answer.content.decode()) if answer.status_code == 200 else ""

    def shown(self, person: str, key: str = "now") -> set[str]:
        return set(ROW.findall(self.page(person, key)))

    def sees(self, person: str, place: str) -> bool:
        return any(
            self.stage.oracle.sees("alder", seat, place, self.stage.at)
            for case, seat in self.stage.oracle.seats_of(person, self.stage.at)
            if case == "alder"
        )

    def take_up(self, person: str, key: str = "now", number: str = "") -> Any:
        where = {"conference": self.stage.ids[self.stage.place("alder", "conferences", key)]}
        return self.stage.client(person).post(f"/items/{number or self.number}/continuation/", where)


@pytest.fixture
def left(stage: Stage) -> Left:
    return Left(stage)


def everything() -> tuple[Any, ...]:
    return (
        sorted(AgendaItem.unsealed.values_list("pk", "status", "position", "continues")),
        sorted(Case.objects.values_list("pk", "version")),
        Mark.objects.count(),
        Event.objects.exclude(verb="signed_in").count(),
    )


def test_what_was_left_stands_below_the_next_agenda_of_those_who_see_both_and_of_nobody_else(
    stage: Stage, left: Left
) -> None:
    counts = {"both": 0, "one": 0}
    for key in ("now", "next", "quiet"):
        room = stage.place("alder", "conferences", key)
        for person in stage.people:
            both = left.sees(person, left.place) and left.sees(person, room)
            page = left.page(person, key)
            assert set(ROW.findall(page)) == ({left.number} if both else set()), (person, key)
            assert (stage.raw(left.place)["title"] in page) == both
            agenda = page.partition('<ol class="agenda">')[2].partition("</ol>")[0]
            assert left.number not in agenda, "it is not numbered there"
            counts["both"] += both
            counts["one"] += left.sees(person, left.place) != left.sees(person, room)
    assert counts["both"] > 7
    assert counts["one"] > 10


@pytest.mark.parametrize("state", Status)
@pytest.mark.parametrize(
    ("status", "declined"), [*((status, False) for status in ItemStatus), (ItemStatus.PROPOSED, True)]
)
def test_what_comes_back_is_what_was_not_done_and_not_declined(
    stage: Stage, left: Left, state: Status, status: ItemStatus, declined: bool
) -> None:
    AgendaItem.unsealed.filter(key="p-parked").update(status=status, declined=declined)
    Conference.unsealed.filter(key="past").update(
        status="open" if state == "paused" else state, paused=state == "paused"
    )
    comes = state == Status.CLOSED and status != ItemStatus.DONE and not declined
    assert left.shown("p-cm") == ({left.number} if comes else set())
    before = everything()
    answer = left.take_up("p-cm")
    assert answer.status_code == (303 if comes else 409)
    if not comes:
        assert "is not left over any more" in unescape(answer.content.decode())
        assert everything() == before


@pytest.mark.parametrize("state", Status)
def test_who_leads_takes_it_up_until_the_conference_is_closed(
    stage: Stage, left: Left, state: Status
) -> None:
    set_stage(stage, state)
    offered = 'formaction="' + left.url + 'continuation/"'
    for person in stage.people:
        before = everything()
        shown = left.page(person)
        assert (offered in shown) == (person == "p-cm" and state != Status.CLOSED)
        if person == "p-cm":
            continue
        answer = left.take_up(person)
        if not left.sees(person, left.place):
            absent = stage.client(person).post(f"/items/{public_id()}/continuation/")
            assert (answer.status_code, answer.content) == (404, absent.content)
        elif not left.sees(person, stage.place("alder", "conferences", "now")):
            assert answer.status_code == 409
            strange = stage.client(person).post(f"{left.url}continuation/", {"conference": public_id()})
            assert answer.content == strange.content, "a conference that is hidden is one that never was"
        else:
            assert answer.status_code == 403
        assert everything() == before
    before, answer = everything(), left.take_up("p-cm")
    if state == Status.CLOSED:
        assert answer.status_code == 409
        assert "is closed" in unescape(answer.content.decode())
        assert everything() == before
        return
    assert (answer.status_code, answer["Location"]) == (303, left.room())
    after = everything()
    assert left.take_up("p-cm").status_code == 303
    assert everything() == after, "pressed twice, it stands there once"


def test_what_is_taken_up_is_as_it_was_for_the_same_readers_and_comes_back_no_more(
    stage: Stage, left: Left
) -> None:
    old = stage.row(left.place)
    Named.objects.create(mark=old.mark, seat=stage.seat("alder", "det"))
    Mark.objects.filter(pk=old.pk).update(
        author=stage.seat("alder", "ther"), origin=stage.seat("alder", "ther").agency, left_out_because="why"
    )
    AgendaItem.unsealed.filter(pk=old.pk).update(minutes=12, presenter=stage.seat("alder", "old-cm"))
    last = AgendaItem.unsealed.filter(mark__case__key="alder").latest("position").position
    assert left.take_up("p-cm").status_code == 303
    new = AgendaItem.unsealed.select_related("mark").get(continues=old)
    old.mark.refresh_from_db()
    for column in ("author_id", "origin_id", "topic", "left_out_because", "permitted_at"):
        assert getattr(new.mark, column) == getattr(old.mark, column), column
    assert set(new.mark.named.values_list("seat")) >= set(old.mark.named.values_list("seat"))
    assert new.mark.parent_id == stage.row(stage.place("alder", "conferences", "now")).pk
    assert (new.title, new.kind, new.minutes, new.status) == (old.title, old.kind, 12, "planned")
    assert new.position > last
    assert new.presenter is None, "who is seated no more presents nothing"
    assert not left.shown("p-cm")
    agenda = left.page("p-cm").partition('<ol class="agenda">')[2].partition("</ol>")[0]
    assert agenda.count(f'id="row-{new.mark.public_id}"') == 1
    facts, room = stage.oracle.case("alder"), stage.oracle.row(stage.place("alder", "conferences", "now"))
    row = stage.oracle.row(left.place)
    taken_up = replace(row, parent=room, author="ther", origin="minds", named=row.named | {"det"})
    before = stage.oracle.row(left.place.partition("/agenda/")[0]).named | {"det"}
    reading = 0
    for person, seat in left.people.items():
        there = seat.key in before and allowed(facts, seat.key, taken_up, stage.at)
        assert (new.mark.public_id in left.page(person)) == there, person
        reading += there
    assert 4 < reading < len(left.people)


def test_the_two_are_linked_for_whoever_sees_both(stage: Stage, left: Left) -> None:
    # Named by its author, and not invited before: the detective comes to the second alone.
    old = stage.row(left.place).mark
    Mark.objects.filter(pk=old.pk).update(topic="coordination")
    Named.objects.create(mark=old, seat=stage.seat("alder", "det"))
    assert left.take_up("p-cm").status_code == 303
    new = f"/items/{AgendaItem.unsealed.get(continues__isnull=False).mark.public_id}/"
    counts = {"both": 0, "one": 0}
    for person in stage.people:
        browser = stage.client(person)
        now, before = browser.get(new), browser.get(left.url)
        both = (now.status_code, before.status_code) == (200, 200)
        assert (f'href="{left.url}"' in now.content.decode()) == both, person
        assert (f'href="{new}"' in before.content.decode()) == both, person
        counts["both"] += both
        counts["one"] += now.status_code != before.status_code
    assert counts["both"] > 2
    assert counts["one"]


def test_who_does_not_see_that_it_was_taken_up_notices_nothing_and_takes_it_up_as_well(
    stage: Stage, left: Left, settings: Settings
) -> None:
    """The supervisor takes it up in a meeting to which the case manager is not invited."""
    settings.ALLOWED_ORIGINS = ["http://testserver"]
    number = stage.ids[stage.place("alder", "conferences", "now")]
    people = ("p-cm", "p-interp", "p-survivor", "p-sup", "p-det")
    owners = {
        connect(page, stage.client(person).cookies["s"].value, id=number).socket: person
        for person in people
        for page in ("room", "preparation")
    }
    passes = Passes()
    assert not passes.run([socket for socket in owners if socket]).closed
    assert left.take_up("p-sup", "quiet").status_code == 303
    told = {owners[socket] for socket, *_ in passes.run([each for each in owners if each]).frames}
    assert told == {"p-survivor", "p-sup"}, "for them it is on an agenda by now"
    assert left.shown("p-cm") == left.shown("p-interp") == {left.number}
    assert left.shown("p-survivor") == left.shown("p-sup") == set()
    before = everything()
    refused = left.take_up("p-sup", "next")
    assert refused.status_code == 409
    assert everything() == before
    assert left.take_up("p-cm").status_code == 303
    assert AgendaItem.unsealed.filter(continues__key="p-parked").count() == 2


def test_what_the_agenda_has_by_itself_does_not_come_back_besides(stage: Stage, left: Left) -> None:
    old = stage.row(left.place)
    standing = stage.row(stage.place("alder", "agenda", "wide"))
    AgendaItem.unsealed.filter(pk=standing.pk).update(title=old.title, kind=old.kind)
    assert not left.shown("p-cm")
    AgendaItem.unsealed.filter(pk=standing.pk).update(kind="other")
    assert left.shown("p-cm") == {left.number}
    # What somebody does not see keeps nothing from them.
    AgendaItem.unsealed.filter(pk=standing.pk).update(kind=old.kind)
    Mark.objects.filter(pk=standing.pk).update(audience=0)
    assert left.shown("p-survivor") == {left.number}


def test_an_item_comes_back_until_it_is_done_over_several_conferences(stage: Stage, left: Left) -> None:
    assert left.take_up("p-cm").status_code == 303
    again = AgendaItem.unsealed.get(continues__isnull=False).mark.public_id
    assert not left.shown("p-sup", "next")
    Conference.unsealed.filter(key="now").update(status="closed")
    assert again in left.shown("p-sup", "next")
    assert left.number not in left.shown("p-sup", "next")
    assert left.take_up("p-sup", "next", again).status_code == 303
    assert again not in left.shown("p-sup", "next")


@pytest.mark.parametrize("conference", ["", "\x00", "a" * 20, "9" * 5000, "past-of-birch"])
def test_a_conference_that_is_none_changes_nothing(stage: Stage, left: Left, conference: str) -> None:
    if conference == "past-of-birch":
        conference = next(
            number for place, number in stage.ids.items() if place.startswith("/cases/1/conferences/")
        )
    before = everything()
    answer = stage.client("p-cm").post(f"{left.url}continuation/", {"conference": conference})
    assert answer.status_code == 409
    assert everything() == before


def test_a_pass_of_the_room_takes_ten_queries_with_what_was_left(
    stage: Stage, left: Left, settings: Settings
) -> None:
    settings.ALLOWED_ORIGINS = ["http://testserver"]
    passes, number = Passes(), stage.ids[stage.place("alder", "conferences", "now")]
    sockets = [
        connect(page, stage.client(person).cookies["s"].value, id=number).socket
        for page in ("room",)
        for person in ("p-cm", "p-survivor", "p-det")
    ]
    passes.run([socket for socket in sockets if socket])
    case_changed(Case.objects.get(key="alder").pk)
    with CaptureQueriesContext(connection) as asked:
        passes.run([socket for socket in sockets if socket])
    assert len(asked) == 10


def test_who_was_not_invited_before_does_not_read_what_another_takes_up(stage: Stage, left: Left) -> None:
    old = stage.row(left.place)
    Mark.objects.filter(pk=old.pk).update(audience=EVERY_ROLE, topic="safety")
    assert stage.client("p-det").get(left.url).status_code == 404
    before = {person for person in stage.people if stage.client(person).get(left.url).status_code == 200}
    assert left.take_up("p-cm").status_code == 303
    new = f"/items/{AgendaItem.unsealed.get(continues=old).mark.public_id}/"
    after = {person for person in stage.people if stage.client(person).get(new).status_code == 200}
    assert {"p-cm", "p-survivor"} < after <= before


def test_who_is_invited_after_it_was_taken_up_does_not_read_it_by_their_role(
    stage: Stage, left: Left
) -> None:
    """Nobody new is invited when it is taken up: then somebody is."""
    old, now = stage.row(left.place), stage.row(stage.place("alder", "conferences", "now"))
    Mark.objects.filter(pk=old.pk).update(audience=EVERY_ROLE, topic="safety")
    before = Named.objects.filter(mark=old.mark.parent).values("seat")
    Named.objects.filter(mark=now.mark).exclude(seat__in=before).delete()
    assert left.take_up("p-cm").status_code == 303
    new = f"/items/{AgendaItem.unsealed.get(continues=old).mark.public_id}/"
    detective = {"seat": stage.seat("alder", "det").mark.public_id}
    assert stage.client("p-cm").post(f"{left.room()}invitations/", detective).status_code == 303
    for url, status in ((left.room(), 200), (left.url, 404), (new, 404)):
        assert stage.client("p-det").get(url).status_code == status, url
    assert stage.client("p-survivor").get(new).status_code == 200


def test_nobody_presents_what_they_do_not_read_any_more(stage: Stage, left: Left) -> None:
    """The detective was to present it, and was not invited any more when that meeting closed."""
    old, det = stage.row(left.place), stage.seat("alder", "det")
    Mark.objects.filter(pk=old.pk).update(audience=EVERY_ROLE, topic="safety")
    AgendaItem.unsealed.filter(pk=old.pk).update(presenter=det)
    assert left.take_up("p-cm").status_code == 303
    assert AgendaItem.unsealed.get(continues=old).presenter is None
