"""The table view for a screen on the wall: only what everybody who is here may see; nothing while that is not known."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from agendas.items.models import AgendaItem
from agendas.notes.models import Decision, Note, Unconfirmed
from conferences.meetings.models import Conference, Invitation, Part, Status
from tests.cast import TICK, Clock, Stage
from tests.casting import conference_of
from tests.live_client import panels_of
from tests.live_pass import connect
from tests.oracle import instant
from workspace.disclosure.models import Mark, Named, Release, Seat
from workspace.live.announce import case_changed
from workspace.live.models import PRESENCE_FRESH, Presence, ask_here
from workspace.live.passes import Passes

LEADER = "p-cm"
DARK = "Nothing is shown now."


class Wall:
    """The conference of the first case, and who has come to it."""

    def __init__(self, stage: Stage, *here: str) -> None:
        self.stage, self.oracle = stage, stage.oracle
        self.place = stage.place("alder", "conferences", "now")
        self.room = stage.url("alder", "conferences", "now")
        self.url = f"{self.room}table/"
        self.number = stage.row(self.place).pk
        for key in here:
            self.opens(key)

    def seat(self, key: str) -> int:
        return int(self.stage.seat("alder", key).pk)

    def opens(self, key: str, at: Any = None) -> None:
        """This seat has a page of the conference open."""
        Presence.objects.update_or_create(
            hub="h" * 20,
            conference_id=self.number,
            seat_id=self.seat(key),
            defaults={"seen_at": at or self.stage.at},
        )

    def notes(self, key: str, attendance: str, at: datetime | None = None) -> None:
        """It is noted of this seat."""
        Invitation.objects.update_or_create(
            conference_id=self.number,
            seat_id=self.seat(key),
            defaults={"attendance": attendance, "noted_at": at},
        )

    def shows(self, person: str = LEADER) -> str:
        answer = self.stage.client(person).get(self.url)
        assert answer.status_code == 200
        return panels_of(answer.content.decode())["table"]

    def seen_by_all(self, *keys: str) -> list[str]:
        rows = self.oracle.rows("alder")
        return [
            place
            for place in rows
            if all(self.oracle.sees("alder", key, place, self.stage.at) for key in ("cm", *keys))
        ]

    def texts(self, *keys: str) -> tuple[set[str], set[str]]:
        """What has to be shown when these are here with whoever leads, and what may be: names on seats stand beside
        rows."""
        raw, seats = self.stage.raw, self.oracle.case("alder").seats
        people = {person["key"]: person["name"] for person in self.stage.casefile["people"]}
        places = self.seen_by_all(*keys)
        may = {people[seats[raw(place)["key"]].person] for place in places if "/seats/" in place}
        must: set[str] = set()
        wide = self.stage.place("alder", "agenda", "wide")
        for place in places:
            if (place.startswith(f"{self.place}/agenda/") and place.count("/") == 6) or place == self.place:
                must.add(raw(place)["title"])
            elif place.startswith(f"{wide}/"):
                must.add(raw(place)["text"])
            elif "/actions/" in place and raw(place)["status"] in ("offered", "accepted"):
                must.add(raw(place)["title"])
        return must, must | may


TOGETHER = [
    ("sup",),
    ("sv",),
    ("sv", "interp"),
    ("det",),
    ("law",),
    ("ther", "holder-nurse"),
    ("sv", "law", "interp"),
    ("adv", "shelter", "det"),
    ("sv", "guard", "adv", "sup", "ther", "law", "det", "interp", "prov", "mentor"),
]


@pytest.mark.parametrize("keys", TOGETHER, ids=" ".join)
def test_the_wall_shows_exactly_what_all_who_are_here_may_see(stage: Stage, keys: tuple[str, ...]) -> None:
    must, may = Wall(stage).texts(*keys)
    found = stage.found(Wall(stage, *keys).shows())
    assert must <= found, must - found
    assert found <= may, found - may
    assert len(must) > 2


def test_somebody_who_comes_makes_it_narrow_whether_whoever_leads_sees_them_or_not(stage: Stage) -> None:
    wall = Wall(stage, "sup")
    before = stage.found(wall.shows())
    Mark.objects.filter(pk=wall.seat("det")).update(audience=0)
    wall.opens("det")
    page = wall.shows()
    after = stage.found(page)
    assert after < before
    name = next(person["name"] for person in stage.casefile["people"] if person["key"] == "p-det")
    assert name not in page
    assert "the team" in page


@pytest.mark.parametrize("keys", [(), ("cm",)])
def test_nothing_is_shown_before_anybody_else_is_here(stage: Stage, keys: tuple[str, ...]) -> None:
    page = Wall(stage, *keys).shows()
    assert DARK in page
    assert not stage.found(page)


def test_nothing_is_shown_while_somebody_is_here_who_may_see_nothing(stage: Stage) -> None:
    wall = Wall(stage, "sup", "cps")
    assert not wall.oracle.admitted("alder", "cps", stage.at)
    page = wall.shows()
    assert DARK in page
    assert not stage.found(page)
    wall.notes("cps", "left")
    wall.opens("cps", stage.at - PRESENCE_FRESH)
    assert stage.found(wall.shows())


def test_whose_seat_ended_in_the_meeting_can_be_noted_as_gone(stage: Stage) -> None:
    """They may sit in the room still; without this the wall would stay dark for the rest of the meeting."""
    Conference.unsealed.filter(key="now").update(opened_at=stage.at - timedelta(minutes=18))
    wall, lead = Wall(stage, "sup", "det"), stage.client(LEADER)
    seat = stage.seat("alder", "det").mark.public_id
    assert lead.post(f"/seats/{seat}/end/").status_code == 303
    assert DARK in wall.shows()
    page = lead.get(wall.room).content.decode()
    assert f'value="{seat}"' in page.partition('id="here"')[2]
    assert lead.post(f"{wall.room}departure/", {"seat": seat}).status_code == 303
    stage.clock.at += timedelta(minutes=1)
    assert stage.found(wall.shows())


def test_who_is_not_invited_any_more_does_not_count(stage: Stage) -> None:
    wall = Wall(stage, "sup", "det")
    with_them = stage.found(wall.shows())
    Named.objects.filter(mark=wall.number, seat=wall.seat("det")).delete()
    assert with_them < stage.found(wall.shows())


@pytest.mark.parametrize(
    ("noted", "seen", "counts"),
    [
        ("", None, False),
        ("arrived", None, True),
        ("left", None, False),
        ("apologies", None, False),
        ("", timedelta(0), True),
        ("left", timedelta(0), True),
        ("apologies", timedelta(0), True),
        ("", PRESENCE_FRESH, True),
        ("", timedelta(hours=1), True),
        ("left", timedelta(hours=1), False),
        ("apologies", timedelta(hours=1), False),
        ("arrived", timedelta(hours=1), True),
        ("", timedelta(hours=11), True),
        ("", timedelta(hours=12), False),
    ],
)
def test_who_counts_as_here(stage: Stage, noted: str, seen: timedelta | None, counts: bool) -> None:
    """The conference began eighteen minutes ago. A page that is open counts, whatever was noted; one that was open
    lately counts until it is noted that its reader has left, however long before the beginning it was."""
    wall = Wall(stage, "sup")
    before = stage.found(wall.shows())
    if seen is not None:
        wall.opens("det", stage.at - seen)
    if noted:
        wall.notes("det", noted)
    assert (stage.found(wall.shows()) < before) == counts
    here = ask_here([wall.number], stage.at)()[wall.number]
    assert (wall.seat("det") in here) == (seen == timedelta(0))


def test_who_left_and_came_back_is_here_again_whose_telephone_sleeps_too(stage: Stage) -> None:
    wall = Wall(stage, "sup")
    without = stage.found(wall.shows())
    wall.notes("det", "left", stage.at - timedelta(minutes=40))
    wall.opens("det", stage.at - timedelta(minutes=39))
    assert stage.found(wall.shows()) == without, "the page was closed a minute after"
    wall.opens("det", stage.at - timedelta(minutes=20))
    assert stage.found(wall.shows()) < without


@pytest.mark.parametrize("state", Status)
def test_only_whoever_leads_or_writes_down_puts_it_up(stage: Stage, state: str) -> None:
    wall, refused = Wall(stage, "sup", "law", "det"), 0
    stands = {"status": "open" if state == "paused" else state, "paused": state == "paused"}
    Conference.unsealed.filter(pk=wall.number).update(recorder=wall.seat("law"), **stands)
    seats = wall.oracle.case("alder").seats.values()
    for person in {seat.person for seat in seats}:
        sees = any(
            wall.oracle.sees("alder", seat.key, wall.place, stage.at)
            for seat in seats
            if seat.person == person
        )
        may = person in (LEADER, "p-law")
        browser = stage.client(person)
        answer = browser.get(wall.url)
        assert answer.status_code == (200 if may else 403 if sees else 404), person
        assert may or not stage.found(answer.content) - stage.words(person)
        if sees:
            assert (f'href="{wall.url}"' in browser.get(wall.room).content.decode()) == may
        else:
            assert answer.content == browser.get(f"/conferences/{'x' * 20}/table/").content
        assert browser.post(wall.url).status_code == 405
        refused += answer.status_code == 403
    assert refused > 10
    # The attorney's wall is what the attorney and all others may see.
    assert stage.found(wall.shows("p-law")) <= wall.texts("law", "sup", "det")[1] | wall.texts("law")[1]


def test_it_has_no_button_but_full_screen_and_names_the_part_that_is_on(stage: Stage) -> None:
    wall = Wall(stage, "sup")
    Part.objects.create(
        conference_id=wall.number, position=1, name="all together", minutes=5, opened_at=stage.at
    )
    page = stage.client(LEADER).get(wall.url).content.decode()
    main = page.partition("<main")[2].partition("</main>")[0]
    assert main.count("<button") == 1
    assert 'id="full-screen" hidden' in main
    assert main.count("href") == 1
    assert f'href="{wall.room}"' in main
    table = panels_of(page)["table"]
    assert "all together" in table
    assert "href" not in table
    assert stage.client(LEADER).get(wall.room).content.decode().count("full-screen") == 0


class Live:
    """Sockets of the wall and of rooms, and passes over them."""

    def __init__(self, stage: Stage, wall: Wall, *others: str) -> None:
        self.passes, scope = Passes(), stage.ids[wall.place]
        self.wall: Any = self.open(stage, "table", LEADER, scope)
        self.rooms = {person: self.open(stage, "room", person, scope) for person in others}

    def open(self, stage: Stage, page: str, person: str, scope: str) -> Any:
        return connect(page, stage.client(person).cookies["s"].value, id=scope).socket

    def frames(self) -> dict[Any, str]:
        return {
            socket: frame for socket, frame, _ in self.passes.run([self.wall, *self.rooms.values()]).frames
        }


@pytest.fixture
def origin(settings: Settings) -> None:
    settings.ALLOWED_ORIGINS = ["http://testserver"]


def test_it_follows_who_comes_and_is_no_arrival_itself(stage: Stage, origin: None) -> None:
    wall = Wall(stage)
    alone = Live(stage, wall)
    assert DARK in alone.frames()[alone.wall]
    alone.passes.say_who_is_here([alone.wall])
    assert not Presence.objects.exists()
    live = Live(stage, wall, "p-sup")
    first = live.frames()
    assert DARK in first[live.wall]
    live.passes.say_who_is_here([live.wall, *live.rooms.values()])
    with_sup = live.frames()[live.wall]
    must, may = wall.texts("sup")
    assert must <= stage.found(with_sup) <= may
    live.rooms["p-det"] = live.open(stage, "room", "p-det", stage.ids[wall.place])
    live.frames()
    live.passes.say_who_is_here([live.wall, *live.rooms.values()])
    narrow = live.frames()[live.wall]
    assert stage.found(narrow) < stage.found(with_sup)
    # The telephone sleeps: its owner has not gone.
    del live.rooms["p-det"]
    stage.clock.at += timedelta(seconds=1)
    live.passes.say_who_is_here([live.wall, *live.rooms.values()])
    stage.clock.at += TICK
    assert wall.seat("det") not in ask_here([wall.number], stage.at)()[wall.number]
    assert live.wall not in live.frames()
    wall.notes("det", "left")
    case_changed(stage.row(wall.place).mark.case_id)
    assert live.frames()[live.wall] == with_sup


def test_it_narrows_at_the_instant_at_which_a_release_runs_out(stage: Stage, origin: None) -> None:
    wall = Wall(stage, "sup", "det")
    live = Live(stage, wall)
    assert stage.found(live.frames()[live.wall])
    expires = instant(stage.raw("/cases/0/releases/3")["expires"])
    Release.objects.filter(case__key="alder", agency__key="police").update(
        withdrawn_at=stage.at + timedelta(minutes=1)
    )
    case_changed(stage.row(wall.place).mark.case_id)
    assert live.wall not in live.frames()
    assert expires > stage.at
    stage.clock.at += timedelta(minutes=1)
    for key in ("sup", "det"):
        wall.opens(key)
    assert DARK in live.frames()[live.wall]


def test_a_row_that_not_all_may_see_sends_the_wall_nothing(stage: Stage, origin: None) -> None:
    wall = Wall(stage, "sup", "det")
    live = Live(stage, wall)
    live.frames()
    item = stage.row(stage.place("alder", "agenda", "wide"))
    case = item.mark.case_id

    def write(table: Any, audience: int, **more: Any) -> None:
        mark = Mark.objects.create(case_id=case, topic="coordination", audience=audience, parent=item.mark)
        table.unsealed.create(mark=mark, item=item, text="said aloud", **more)
        case_changed(case)

    clinicians, everyone = 1 << 2 | 1 << 4 | 1 << 5, 2**16 - 1
    write(Note, clinicians, kind="discussion")
    write(Decision, clinicians)
    assert live.frames() == {}
    write(Note, everyone, kind="discussion")
    assert "said aloud" in live.frames()[live.wall]


def test_whoever_leads_no_more_has_nothing_on_the_wall(stage: Stage, origin: None) -> None:
    wall = Wall(stage, "sup", "det")
    live = Live(stage, wall)
    assert stage.found(live.frames()[live.wall])
    assert (
        stage.client(LEADER)
        .post(f"{wall.room}facilitator/", {"seat": stage.ids[stage.place("alder", "seats", "sup")]})
        .status_code
        == 303
    )
    frame = live.frames()[live.wall]
    assert DARK in frame
    assert not stage.found(frame)


@pytest.mark.parametrize("size", [(2, 1, 1), (100, 60, 600)])
def test_a_pass_takes_ten_queries_whatever_the_number_of_people_who_are_here(
    db: None, clock: Clock, settings: Settings, size: tuple[int, int, int]
) -> None:
    settings.ALLOWED_ORIGINS = ["http://testserver"]
    stage = Stage(conference_of(*size), clock)
    number = Conference.unsealed.get().pk
    for seat in Seat.unsealed.all():
        Presence.objects.create(hub="h" * 20, conference_id=number, seat=seat, seen_at=stage.at)
    scope, passes = stage.ids["/cases/0/conferences/0"], Passes()
    cookie = stage.client("p001").cookies["s"].value
    socket: Any = connect("table", cookie, id=scope).socket
    with CaptureQueriesContext(connection) as first:
        [(_, frame, _)] = passes.run([socket]).frames
    assert DARK not in frame
    case_changed(stage.row("/cases/0/conferences/0").mark.case_id)
    with CaptureQueriesContext(connection) as hinted:
        assert not passes.run([socket]).frames
    with CaptureQueriesContext(connection) as idle:
        passes.run([socket])
    assert (len(first), len(hinted), len(idle)) == (10, 10, 4)


def test_before_it_is_opened_everybody_counts_who_is_invited_and_may_come(stage: Stage) -> None:
    wall = Wall(stage)
    Conference.unsealed.filter(pk=wall.number).update(status="planned", opened_at=None)
    invited = [
        key
        for key in stage.raw(wall.place)["participants"]
        if key != "cm" and wall.oracle.admitted("alder", key, stage.at)
    ]
    must, may = wall.texts(*invited)
    assert must <= stage.found(wall.shows()) <= may
    for key in invited[1:]:
        wall.notes(key, "apologies")
    wider, at_most = wall.texts(invited[0])
    found = stage.found(wall.shows())
    assert wider <= found <= at_most
    assert must < wider
    # Somebody who came while they might, and may see nothing now, is perhaps still there.
    wall.opens("cps", stage.at - timedelta(hours=11))
    assert DARK in wall.shows()


@pytest.mark.parametrize("denied", [False, True])
def test_the_wall_says_whose_words_they_are_and_that_they_are_not_confirmed(
    stage: Stage, denied: bool
) -> None:
    wall = Wall(stage, "sup")
    names = {person["key"]: person["name"] for person in stage.casefile["people"]}
    item = stage.row(stage.place("alder", "agenda", "wide"))
    mark = Mark.objects.create(
        case_id=item.mark.case_id,
        topic="coordination",
        audience=2**16 - 1,
        parent=item.mark,
        author_id=wall.seat("sup"),
    )
    note = Note.unsealed.create(
        mark=mark, item=item, text="said aloud", kind="discussion", said_by_id=wall.seat("sv")
    )
    wall.opens("sup")

    def line() -> str:
        return next(part for part in wall.shows().split("</article>") if "said aloud" in part).rpartition(
            "<article"
        )[2]

    assert f"<bdi>{names['p-survivor']}</bdi>" in line()
    assert "Said by" in line()
    assert "Not confirmed" not in line()
    Unconfirmed.objects.create(
        note=note, audience=2**16 - 1, named="[]", denied_at=stage.at if denied else None
    )
    assert ("did not confirm it" if denied else "Not confirmed yet") in line()


def test_a_proposal_that_was_not_taken_up_is_not_the_current_item(stage: Stage) -> None:
    wall = Wall(stage, "sup")
    page = wall.shows()
    number = re.compile(r'<h2><span class="number">\d+</span> <bdi>(\w+)</bdi>')
    heading = number.search(page)
    assert heading
    item = stage.row(stage.place("alder", "agenda", "wide"))
    assert heading[1] == item.title
    AgendaItem.unsealed.filter(pk=item.pk).update(declined=True, reply="not now")
    page = wall.shows()
    assert number.search(page)
    assert not set(Note.unsealed.filter(item=item).values_list("text", flat=True)) & stage.found(page)
