"""Closing a conference: with what it came to and what came out of it, or at once; and afterwards nothing changes."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from pytest_django import Settings

from agendas.actions.models import ActionItem
from agendas.items.models import AgendaItem
from agendas.notes.models import Decision
from conferences.meetings.models import Conference, Invitation, Status, next_start
from tests.agendas.test_states import set_stage
from tests.cast import Stage, undone
from tests.live_pass import connect, passed
from tests.test_surfaces import WITH_AN_IDENTIFIER, kind_of
from workspace.disclosure.models import Case, Mark, Named, Release, Seat
from workspace.disclosure.policy import EVERY_ROLE, ROLE_BIT, Role, topics_of
from workspace.live.models import Presence
from workspace.people.models import Person
from workspace.record.models import Event

SAID = {"closing-roles_waived": "There was no time", "closing-safety_waived": "She asked for another day"}
LISTED = re.compile(r'name="closing-listed" value="(\w*)"')


class Desk:
    """Whoever leads the first case's conference, before its end."""

    def __init__(self, stage: Stage, person: str = "p-cm") -> None:
        self.stage, self.browser = stage, stage.client(person)
        self.room = stage.url("alder", "conferences", "now")
        self.url = f"{self.room}closing/"

    def page(self) -> str:
        return unescape(self.browser.get(self.url).content.decode())

    def post(self, **said: str) -> Any:
        return self.browser.post(self.url, SAID | {f"closing-{name}": value for name, value in said.items()})

    @property
    def row(self) -> Any:
        return Conference.unsealed.get(key="now", mark__case__key="alder")


@pytest.fixture
def desk(stage: Stage) -> Desk:
    set_stage(stage, "open")
    # No item of these kinds has had its turn.
    AgendaItem.unsealed.filter(kind__in=["roles", "safety"]).update(turn=None, status="planned")
    return Desk(stage)


def test_it_is_closed_with_what_was_said_and_everybody_reads_it(stage: Stage, desk: Desk) -> None:
    listed = LISTED.search(desk.page())
    assert listed
    assert listed[1]
    answer = desk.post(read_out="on", listed=listed[1])
    assert (answer.status_code, answer["Location"]) == (303, desk.room)
    assert desk.row.status == "closed"
    assert desk.row.closed_at == desk.row.read_out_at == stage.at
    for person in ("p-cm", "p-survivor", "p-det"):
        page = stage.client(person).get(desk.room).content.decode()
        assert "There was no time" in page
        assert "She asked for another day" in page
        assert "is read aloud" not in page
        assert page.count("not read aloud") == page.count("no se leyó") == 0
    assert Event.objects.filter(verb="conference_closed").count() == 1
    version = Case.objects.get(key="alder").version
    again = desk.post(read_out="on", listed=listed[1])
    assert again.status_code == 303, "a press that is sent again changes nothing"
    assert Case.objects.get(key="alder").version == version


NOT_READ = "What everybody may hear was not read aloud"


def test_what_was_not_read_aloud_is_said_to_be_but_to_whoever_had_gone(stage: Stage, desk: Desk) -> None:
    gone = {"conference": desk.row, "seat": stage.seat("alder", "sup"), "attendance": "left"}
    Invitation.objects.create(**gone)
    assert desk.post().status_code == 303
    assert desk.row.read_out_at is None
    for url in (desk.room, f"{desk.room}record/"):
        assert NOT_READ in stage.client("p-cm").get(url).content.decode()
        assert "aloud" not in stage.client("p-sup").get(url).content.decode().replace("read aloud?", "")


def test_who_had_no_way_in_at_the_end_is_never_told_that_there_was_something_to_read_aloud(
    stage: Stage, desk: Desk
) -> None:
    """The nurse is invited; her release has run out, and a new one begins in a week."""
    Person.objects.update(language="en")
    room, stay = stage.place("alder", "conferences", "now"), ("sv", "cm", "sup", "nurse")
    for key in stage.raw(room)["participants"]:
        if key not in stay:
            gone = {"conference": desk.row, "seat": stage.seat("alder", key)}
            Invitation.objects.update_or_create(**gone, defaults={"attendance": "left"})
    came = [pk for table in (Decision, ActionItem) for pk in table.unsealed.values_list("pk", flat=True)]
    few = ROLE_BIT[Role.SURVIVOR] | ROLE_BIT[Role.CASE_MANAGER] | ROLE_BIT[Role.CLINICAL_SUPERVISOR]
    Mark.objects.filter(pk__in=came).update(audience=few)
    listed = LISTED.search(desk.page())
    assert listed
    assert listed[1]
    assert desk.post(read_out="on", listed=listed[1]).status_code == 303
    stage.clock.at += timedelta(days=8)
    for person, told in (("p-sup", True), ("p-nurse", False)):
        for url in (desk.room, f"{desk.room}record/"):
            answer = stage.client(person).get(url)
            assert answer.status_code == 200
            assert ("was read aloud at the end" in answer.content.decode()) == told, (person, url)


@pytest.mark.parametrize("how", ["ended at once", "nothing that everybody may hear"])
def test_where_nothing_was_to_be_read_aloud_nothing_is_said_of_it(stage: Stage, desk: Desk, how: str) -> None:
    if how == "ended at once":
        assert desk.browser.post(f"{desk.room}end/").status_code == 303
    else:
        came = [*Decision.unsealed.values_list("pk"), *ActionItem.unsealed.values_list("pk")]
        Mark.objects.filter(pk__in=[pk for (pk,) in came]).update(audience=1 << 2)
        assert "There is nothing that everybody may hear." in desk.page()
        assert 'name="closing-read_out"' not in desk.page()
        assert desk.post(read_out="on").status_code == 303
    assert (desk.row.status, desk.row.read_out_at) == ("closed", None)
    for person in ("p-cm", "p-survivor"):
        for url in (desk.room, f"{desk.room}record/"):
            page = stage.client(person).get(url).content.decode()
            assert "aloud at the end" not in page
            assert "voz alta" not in page


@pytest.mark.parametrize("missing", ["roles", "safety"])
def test_without_a_reason_it_stays_open_and_nothing_typed_is_lost(desk: Desk, missing: str) -> None:
    for empty in ("", "  \n", "\u200b"):
        answer = desk.post(**{f"{missing}_waived": empty})
        page = unescape(answer.content.decode())
        assert answer.status_code == 422
        assert f"Say why {missing}" in page
        kept = {"roles": "She asked for another day", "safety": "There was no time"}[missing]
        assert kept in page
        assert desk.row.status == "open"
    assert desk.post(**{f"{missing}_waived": "x" * 501}).status_code == 422
    assert desk.row.status == "open"


@pytest.mark.parametrize("how", [{"turn": 90}, {"status": "done"}])
def test_what_was_taken_up_needs_no_reason(stage: Stage, desk: Desk, how: dict[str, Any]) -> None:
    for number, (kind, key) in enumerate({"roles": "wide", "safety": "gap"}.items()):
        assert f'name="closing-{kind}_waived"' in desk.page()
        taken = how | ({"turn": 90 + number} if "turn" in how else {})
        item = stage.row(stage.place("alder", "agenda", key))
        AgendaItem.unsealed.filter(pk=item.pk).update(kind=kind, **taken)
        assert f'name="closing-{kind}_waived"' not in desk.page()
    answer = desk.browser.post(desk.url)
    assert answer.status_code == 303
    assert (desk.row.roles_waived, desk.row.safety_waived) == ("", "")


def test_an_item_that_whoever_leads_does_not_see_tells_them_nothing(stage: Stage, desk: Desk) -> None:
    before = desk.page()
    hidden = stage.row(stage.place("alder", "agenda", "secret"))
    assert not stage.oracle.sees("alder", "cm", stage.place("alder", "agenda", "secret"), stage.at)
    AgendaItem.unsealed.filter(pk=hidden.pk).update(kind="safety", status="done")
    token = re.compile(r'(?<=csrfmiddlewaretoken" value=")\w+|closing-listed" value="\w+')
    assert token.sub("", desk.page()) == token.sub("", before)
    assert desk.post(safety_waived="").status_code == 422


def test_what_came_after_the_page_was_opened_is_read_aloud_too(stage: Stage, desk: Desk) -> None:
    answer = desk.post(read_out="on", listed="0" * 12)
    assert answer.status_code == 422
    page = unescape(answer.content.decode())
    assert "The list has changed" in page
    assert "checked" in page
    listed = LISTED.search(page)
    assert listed
    assert desk.post(read_out="on", listed=listed[1]).status_code == 303
    assert desk.row.read_out_at is not None


def test_whoever_was_offered_nothing_to_read_aloud_is_asked_once_there_is_something(
    stage: Stage, desk: Desk
) -> None:
    came = [pk for table in (Decision, ActionItem) for pk in table.unsealed.values_list("pk", flat=True)]
    marks = Mark.objects.filter(pk__in=came)
    with undone(desk.browser):
        marks.update(audience=1 << 2)
        page = desk.page()
        assert 'name="closing-read_out"' not in page
        assert 'name="closing-listed" value=""' in page
    answer = desk.post(listed="")
    page = unescape(answer.content.decode())
    assert (answer.status_code, desk.row.status) == (422, "open")
    assert "The list has changed" in page
    assert 'name="closing-read_out"' in page
    listed = LISTED.search(page)
    assert listed
    assert desk.post(listed=listed[1]).status_code == 303
    assert (desk.row.reading_due, desk.row.read_out_at) == (True, None)


def parts_of(page: str) -> tuple[str, str]:
    """What is to be read aloud, and what is not."""
    aloud, _, silent = page.partition('id="closing"')[2].partition("Not for reading aloud")
    return aloud, silent.partition("What was not reached")[0]


def test_what_everybody_may_hear_is_read_aloud_and_nothing_else_of_what_whoever_leads_sees(
    stage: Stage, desk: Desk
) -> None:
    room, sees = stage.place("alder", "conferences", "now"), stage.oracle.sees
    invited = [
        key for key in stage.raw(room)["participants"] if stage.oracle.admitted("alder", key, stage.at)
    ]
    places = [
        place for place in stage.oracle.rows("alder") if "/decisions/" in place and place.startswith(room)
    ]
    heard = []
    for gone in ((), [key for key in invited if key not in ("cm", "sv", "sup")]):
        for key in gone:
            left = {"conference": desk.row, "seat": stage.seat("alder", key), "attendance": "left"}
            Invitation.objects.create(**left)
        ears = [key for key in invited if key not in gone]
        aloud, silent = parts_of(desk.page())
        counts = [0, 0]
        for place in places:
            mine = sees("alder", "cm", place, stage.at)
            everybodys = all(sees("alder", key, place, stage.at) for key in ears)
            row = f'id="aloud-{stage.ids[place]}"'
            assert (row in aloud, row in silent) == (everybodys, mine and not everybodys), place
            counts = [counts[0] + everybodys, counts[1] + (mine and not everybodys)]
        assert min(counts) > 0, counts
        heard.append(counts[0])
    assert heard[0] < heard[1]


def test_who_does_it_is_told_by_the_name_that_all_who_hear_it_may_hear(stage: Stage, desk: Desk) -> None:
    row = ActionItem.unsealed.select_related("mark", "owner__person").get(
        key="extend", mark__case__key="alder"
    )
    Mark.objects.filter(pk=row.pk).update(topic="coordination", audience=EVERY_ROLE)

    def line() -> str:
        aloud = parts_of(desk.page())[0]
        return aloud.partition(f'id="aloud-{row.mark.public_id}"')[2].partition("</li>")[0]

    assert row.owner.person.name not in line()
    assert "the team" in line()
    Mark.objects.filter(pk=row.owner_id).update(topic="coordination", audience=EVERY_ROLE)
    assert row.owner.person.name in line()


def test_why_something_is_not_for_reading_aloud_is_told_by_no_byte(stage: Stage, desk: Desk) -> None:
    """An agency from outside leads, and is not to know of the release to another one."""
    Person.objects.filter(key="p-law").update(language="en")
    outside = Desk(stage, "p-law")
    Conference.unsealed.filter(pk=desk.row.pk).update(facilitator=stage.seat("alder", "law"))
    detective, police = stage.seat("alder", "det"), Release.objects.filter(agency__key="police")
    Presence.objects.create(hub="h" * 20, conference_id=desk.row.pk, seat=detective, seen_at=stage.at)
    first = re.search(r'id="aloud-([\w-]+)', parts_of(outside.page())[0])
    assert first
    row = Mark.objects.filter(public_id=first[1])
    lens = stage.sight("p-law")[detective.case_id]
    every = {topic for each in police for topic in topics_of(each.topics)}
    other = next(topic for topic in topics_of(lens.topics) if topic not in every)

    def page_if(end: Callable[[], Any]) -> str:
        with undone(outside.browser):
            assert end()
            return re.sub(r'value="[\w-]+"', "", outside.page())

    of_the_row = {
        page_if(lambda: row.update(audience=EVERY_ROLE & ~ROLE_BIT[Role.INVESTIGATOR])),
        page_if(lambda: row.update(topic=other)),
    }
    of_the_detective = {
        page_if(lambda: police.update(withdrawn_at=stage.at)),
        page_if(lambda: Seat.unsealed.filter(pk=detective.pk).update(until=stage.at, primary=False)),
    }
    assert len(of_the_row) == len(of_the_detective) == 1
    [page], [dark] = of_the_row, of_the_detective
    assert first[0] in parts_of(page)[1]
    assert "aloud-" not in parts_of(dark)[0]
    assert "aloud-" in parts_of(dark)[1]


WHO = {
    #        planned      open   paused  closed
    "get": (409, 200, 200, 409),
    "post": (409, 303, 303, 409),
}


@pytest.mark.parametrize("method", WHO)
@pytest.mark.parametrize("state", Status)
def test_who_closes_it_in_each_state(stage: Stage, desk: Desk, method: str, state: Status) -> None:
    set_stage(stage, state)
    place, asked = stage.place("alder", "conferences", "now"), 0
    seen: dict[str, bool] = {}
    for seat in stage.oracle.case("alder").seats.values():
        sees = stage.oracle.sees("alder", seat.key, place, stage.at)
        seen[seat.person] = seen.get(seat.person, False) or sees
    for person in sorted(seen, key=lambda person: person == "p-cm"):
        answer = getattr(stage.client(person), method)(desk.url, SAID)
        leads = WHO[method][list(Status).index(state)]
        assert answer.status_code == (leads if person == "p-cm" else 403 if seen[person] else 404), person
        if answer.status_code == 409:
            words = "has not begun" if state == Status.PLANNED else "closed"
            assert words in unescape(answer.content.decode())
        if person != "p-cm":
            assert desk.row.status == ("open" if state == "paused" else state)
        asked += seen[person]
    assert asked > 10


def everything() -> dict[str, Any]:
    """Every row of every table that holds anything of a case, but sign-ins."""
    tables: list[Any] = [
        table for table in apps.get_models() if table._meta.app_label in ("conferences", "agendas")
    ]
    found = {
        table.__name__: sorted(map(repr, table._base_manager.values_list()))
        for table in [*tables, Mark, Case]
    }
    return found | {"events": [str(Event.objects.exclude(verb="signed_in").count())]}


def test_nothing_changes_a_conference_that_is_closed(stage: Stage, desk: Desk) -> None:
    assert desk.browser.post(f"{desk.room}end/").status_code == 303
    room = stage.place("alder", "conferences", "now")
    before, asked = everything(), 0
    for person in ("p-cm", "p-survivor", "p-sup", "p-det", "p-interp"):
        browser = stage.client(person)
        for pattern, surface in WITH_AN_IDENTIFIER.items():
            if surface.post is None or surface.kind not in ("conferences", "agenda", "notes", "decisions"):
                continue
            for place in stage.ids:
                if place.startswith(room) and kind_of(place) == surface.kind:
                    url = re.sub(r"<.*>", stage.ids[place], f"/{pattern}")
                    answer = browser.post(url, SAID | surface.body)
                    assert answer.status_code < 500
                    asked += 1
        assert everything() == before, person
    assert asked > 200


@pytest.mark.parametrize("how", ["closing", "end"])
def test_the_next_of_a_series_comes_to_everybodys_page_by_itself(
    stage: Stage, desk: Desk, settings: Settings, how: str
) -> None:
    settings.ALLOWED_ORIGINS = ["http://testserver"]
    Conference.unsealed.filter(pk=desk.row.pk).update(every_weeks=2, zone="America/New_York")
    place = stage.place("alder", "conferences", "now")
    seats = stage.oracle.case("alder").seats.values()
    seeing = {s.person for s in seats if stage.oracle.sees("alder", s.key, place, stage.at)}
    opened = {
        person: connect("today", stage.client(person).cookies["s"].value)
        for person in {seat.person for seat in seats}
    }
    passed(list(opened.values()))
    assert desk.browser.post(f"{desk.room}{how}/", SAID).status_code == 303
    made = Conference.unsealed.get(follows=desk.row)
    assert (made.status, made.title, made.every_weeks) == ("planned", desk.row.title, 2)
    frames, _ = passed(list(opened.values()))
    told = {
        person for person, connection in opened.items() if made.mark.public_id in frames.get(connection, "")
    }
    assert {"p-cm", "p-survivor"} <= told <= seeing
    assert desk.browser.post(f"{desk.room}end/").status_code == 303
    assert Conference.unsealed.filter(follows=desk.row).count() == 1


def test_the_next_meeting_is_named_where_it_is_planned_already_and_else_one_can_be_planned(
    stage: Stage, desk: Desk
) -> None:
    none, plan = "No later meeting is planned yet.", f'href="/cases/{stage.ids["/cases/0"]}/conferences/"'
    later = Conference.unsealed.filter(status="planned", mark__case=desk.row.mark.case)
    later.update(starts=desk.row.starts - timedelta(days=3))
    assert (none in desk.page(), plan in desk.page()) == (True, True)
    seen = {
        place
        for place in stage.oracle.rows("alder")
        if place.split("/")[-2] == "conferences" and stage.oracle.sees("alder", "cm", place, stage.at)
    }
    rows = {place: Conference.unsealed.get(mark__public_id=stage.ids[place]) for place in seen}
    [first, *_] = [row for row in rows.values() if row.pk != desk.row.pk]
    change = Conference.unsealed.filter(pk=first.pk)
    change.update(
        status="planned", paused=False, cancelled_at=None, starts=desk.row.starts + timedelta(days=30)
    )
    assert (none in desk.page(), f'href="/conferences/{first.mark.public_id}/"' in desk.page()) == (
        False,
        True,
    )
    Named.objects.filter(mark=first.pk, seat=stage.seat("alder", "cm")).delete()
    assert none in desk.page(), "of a meeting that she is not invited to there is nothing"


def test_a_series_keeps_its_hour_when_the_clocks_change_and_does_not_lie_in_the_past() -> None:
    starts = datetime(2026, 10, 20, 13, 0, tzinfo=UTC)  # nine in the morning
    series = SimpleNamespace(starts=starts, zone="America/New_York", every_weeks=2)
    assert next_start(series, starts) == datetime(2026, 11, 3, 14, 0, tzinfo=UTC)
    later = starts + timedelta(weeks=5)
    assert next_start(series, later) == datetime(2026, 12, 1, 14, 0, tzinfo=UTC)


def test_a_draft_says_that_this_list_was_read_aloud_and_no_other(stage: Stage, desk: Desk) -> None:
    """What is kept on a device fills a box by its value: for another list it has another."""
    ticked = re.compile(r'<input type="checkbox" name="closing-read_out" value="(\w+)"')
    before, listed = ticked.search(desk.page()), LISTED.search(desk.page())
    assert before
    assert listed
    assert before[1] == listed[1]
    row = Decision.unsealed.filter(item__conference=desk.row).first()
    assert row
    Decision.unsealed.filter(pk=row.pk).update(text="something else")
    after = ticked.search(desk.page())
    assert after
    assert after[1] != before[1]
    answer = desk.post(read_out=before[1], listed=before[1])
    assert answer.status_code == 422
    assert (
        " checked"
        in unescape(answer.content.decode()).partition('name="closing-read_out"')[2].partition(">")[0]
    )
    assert desk.post(read_out=after[1], listed=after[1]).status_code == 303
    assert desk.row.read_out_at is not None
