"""Whoever leads looks at the meeting as somebody else sees it: what both may see, and nobody notices."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from pytest_django import Settings

from agendas.items.models import ComesFor
from agendas.notes.models import Note, Unconfirmed
from conferences.meetings.models import Answer, Conference, Invitation, Part, Status
from tests.cast import Stage, said, undone
from tests.live_client import panels_of
from tests.live_pass import connect
from workspace.disclosure.models import Case, Mark, Named, Release, Seat
from workspace.live.announce import case_changed
from workspace.live.models import Presence
from workspace.live.passes import Passes
from workspace.people.models import public_id
from workspace.record.models import Event

LEADER = "p-cm"


class Looking:
    """The conference of the first case, and who is invited."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.oracle = stage, stage.oracle
        self.place = stage.place("alder", "conferences", "now")
        self.room = stage.url("alder", "conferences", "now")
        self.url = f"{self.room}preview/"
        self.invited = [key for key in stage.raw(self.place)["participants"] if key != "cm"]

    def address(self, key: str) -> str:
        return f"{self.url}{self.stage.ids[self.stage.place('alder', 'seats', key)]}/"

    def sees(self, key: str, place: str) -> bool:
        return self.oracle.sees("alder", key, place, self.stage.at)

    def preview(self, key: str) -> str:
        answer = self.stage.client(LEADER).get(self.address(key))
        assert answer.status_code == 200, key
        return unescape(answer.content.decode())

    def socket(self, key: str, person: str = LEADER, *, recorded: bool = True) -> Any:
        """What keeps the preview of this seat as it is, as this person's page asks for it. `recorded`: the page came
        first, which writes down that it was read."""
        browser = self.stage.client(person)
        if key and recorded:
            browser.get(self.address(key))
        session = browser.cookies["s"].value
        look = self.stage.ids[self.stage.place("alder", "seats", key)] if key else ""
        return connect("preview", session, id=self.stage.ids[self.place], look=look).socket

    def both(self, key: str) -> list[str]:
        """The rows that this seat and whoever leads see."""
        rows = self.oracle.rows("alder")
        return [place for place in rows if self.sees(key, place) and self.sees("cm", place)]

    def texts(self, places: list[str]) -> set[str]:
        """Everything that stands in these rows, with the names on seats."""
        seats = self.oracle.case("alder").seats
        people = {person["key"]: person["name"] for person in self.stage.casefile["people"]}
        agencies = {agency["key"]: agency["name"] for agency in self.stage.casefile["agencies"]}
        found: set[str] = set()
        for place in places:
            found |= self.oracle.texts(place)
            if "/seats/" in place:
                seat = seats[self.stage.raw(place)["key"]]
                found |= {people[seat.person], agencies.get(seat.agency or "", "")}
        return found - {""}


def in_the_room(stage: Stage, place: str, at_item: str) -> bool:
    """Whether a row stands in the room, for who sees it: the wide item is the current one of all."""
    if "/seats/" in place:
        until = stage.raw(place)["until"]
        return until is None and stage.raw(place)["key"] != "later"
    here = stage.place("alder", "conferences", "now")
    if place == here or "/actions/" in place:
        return True
    return place.startswith(f"{here}/") and (place.count("/") == 6 or place.startswith(f"{at_item}/"))


def test_a_preview_shows_exactly_what_both_may_see(stage: Stage) -> None:
    looking, wide, less = Looking(stage), stage.place("alder", "agenda", "wide"), 0
    for key in looking.invited:
        seat = looking.oracle.case("alder").seats[key]
        if not looking.sees("cm", stage.place("alder", "seats", key)):
            continue
        found, both = stage.found(looking.preview(key)), looking.both(key)
        assert found - looking.texts(both) <= {
            person["name"] for person in stage.casefile["people"] if person["key"] == seat.person
        }, key
        shown = [place for place in both if in_the_room(stage, place, wide)]
        # Why an item is not for her stands where the item is looked at, and a whole card on the board.
        elsewhere = {stage.raw(place).get("left_out_because", "") for place in shown if "/agenda/" in place}
        cards = [stage.raw(place)["card"] for place in shown if "/seats/" in place]
        elsewhere |= {text for card in cards for part, text in card.items() if part != "does"}
        assert looking.texts(shown) - elsewhere <= found, key
        less += found < stage.found(stage.client(LEADER).get(looking.room).content)
    assert less > 5


def test_it_is_never_a_way_to_her_own_private_rows(stage: Stage) -> None:
    looking = Looking(stage)
    rows = looking.oracle.rows("alder")
    leaders = looking.texts([p for p in rows if looking.sees("cm", p)])
    private = looking.texts([p for p in rows if looking.sees("sv", p)]) - leaders
    her_own = looking.texts([p for p in rows if "/seats/" not in p and looking.oracle.row(p).author == "sv"])
    hers = stage.found(stage.client("p-survivor").get(looking.room).content)
    assert len(private & her_own & hers) > 1
    for key in looking.invited:
        if looking.sees("cm", stage.place("alder", "seats", key)):
            assert not private & stage.found(looking.preview(key)), key


@pytest.mark.parametrize("state", Status)
def test_only_whoever_leads_looks_in_whatever_state(stage: Stage, state: str) -> None:
    looking = Looking(stage)
    stands = {"status": "open" if state == "paused" else state, "paused": state == "paused"}
    Conference.unsealed.filter(key="now").update(**stands)
    seats, refused = looking.oracle.case("alder").seats.values(), 0
    for person in {seat.person for seat in seats}:
        sees = any(looking.sees(seat.key, looking.place) for seat in seats if seat.person == person)
        before = Event.objects.filter(verb="previewed").count()
        browser = stage.client(person)
        key = "sup" if person != "p-sup" else "law"
        for url in (looking.url, looking.address(key)):
            answer = browser.get(url)
            assert answer.status_code == (200 if person == LEADER else 403 if sees else 404), person
            refused += answer.status_code == 403
            if not sees:
                absent = browser.get(f"/conferences/{public_id()}/preview/{public_id()}/")
                assert answer.content == absent.content
        assert Event.objects.filter(verb="previewed").count() == before + (person == LEADER)
    assert refused > 30


@pytest.mark.parametrize("why", ["hidden", "not invited", "another case", "oneself", "over", "never was"])
def test_whom_whoever_leads_does_not_see_is_as_one_that_never_was(stage: Stage, why: str) -> None:
    looking, browser = Looking(stage), stage.client(LEADER)
    key = {"hidden": "ther", "not invited": "interp2", "oneself": "cm", "over": "old-cm"}.get(why)
    url = looking.address(key) if key else f"{looking.url}{public_id()}/"
    if why == "another case":
        url = f"{looking.url}{stage.ids[stage.place('birch', 'seats', 'det')]}/"
    if why == "hidden":
        assert browser.get(url).status_code == 200
        mark = Mark.objects.get(pk=stage.seat("alder", "ther").pk)
        Mark.objects.filter(pk=mark.pk).update(audience=0)
        assert mark.public_id not in browser.get(looking.url).content.decode()
    before = Event.objects.filter(verb="previewed").count()
    answer, absent = browser.get(url), browser.get(f"{looking.url}{public_id()}/")
    assert answer.status_code == 404
    assert said(answer) == said(absent)
    assert Event.objects.filter(verb="previewed").count() == before


def test_the_list_names_all_others_who_are_invited_and_whom_whoever_leads_sees(stage: Stage) -> None:
    looking = Looking(stage)
    page = stage.client(LEADER).get(looking.url).content.decode()
    offered = {key for key in looking.oracle.case("alder").seats if f'href="{looking.address(key)}"' in page}
    assert offered == {
        key for key in looking.invited if looking.sees("cm", stage.place("alder", "seats", key))
    }
    assert len(offered) > 10
    assert f'href="{looking.url}"' in stage.client(LEADER).get(looking.room).content.decode()
    assert looking.url not in stage.client("p-sup").get(looking.room).content.decode()


def test_nothing_can_be_done_from_it(stage: Stage) -> None:
    looking = Looking(stage)
    Part.objects.create(conference_id=stage.row(looking.place).pk, position=1, name="all", minutes=5)
    for key in ("sup", "sv", "law"):
        page = looking.preview(key)
        main = page.partition("<main")[2].partition("</main>")[0]
        still = re.search(r"<fieldset [^>]*disabled[^>]*>(.*)</fieldset>", main, re.DOTALL)
        assert still
        assert "<button" in still[1]
        assert "<button" not in main.replace(still[1], "")
        assert not re.search(r"<form|<input|<textarea|<select", main)
        assert "href" not in still[1].replace('<use href="#', "<use ")
        assert 'id="press"' not in page
        assert 'ws-connect="/live/preview/' in page
        assert "hx-disable" in main.partition(">")[2].partition(still[1])[0]
    for method in ("post", "put", "delete", "patch"):
        assert getattr(stage.client(LEADER), method)(looking.address("sup")).status_code == 405
        assert getattr(stage.client(LEADER), method)(looking.url).status_code == 405


def test_it_reads_as_the_other_reads_it(stage: Stage) -> None:
    looking = Looking(stage)
    number = stage.row(looking.place).pk
    Part.objects.create(
        conference_id=number, position=1, name="aside", minutes=5, without_her=True, opened_at=stage.at
    )
    hers, theirs = looking.preview("sv"), looking.preview("mentor")
    for page in (hers, theirs):
        assert "You lead this meeting" not in page
        assert "Led by" in page
        assert "End the meeting" not in page
        assert "I need a break" in page
        assert "They may see more." in page
    assert "This part of the meeting is without you" in hers
    assert "This part of the meeting is without the survivor" in theirs
    Conference.unsealed.filter(key="now").update(facilitator=stage.seat("alder", "ther"))
    names = {person["key"]: person["name"] for person in stage.casefile["people"]}
    # The mentor does not see the therapist's seat.
    answer = stage.client("p-ther").get(looking.address("mentor"))
    assert answer.status_code == 404
    page = stage.client("p-ther").get(looking.address("sup")).content.decode()
    assert names["p-ther"] in page
    Conference.unsealed.filter(key="now").update(facilitator=stage.seat("alder", "sup"))
    answer = stage.client("p-sup").get(looking.address("mentor"))
    assert names["p-ther"] not in answer.content.decode()
    assert "the team" in answer.content.decode()


def test_who_has_no_way_in_now_is_shown_to_see_nothing(stage: Stage) -> None:
    looking = Looking(stage)
    Mark.objects.filter(pk=stage.seat("alder", "cps").pk).update(audience=2**16 - 1)
    assert not looking.oracle.admitted("alder", "cps", stage.at)
    page = looking.preview("cps")
    assert "They see nothing of it." in page
    assert "<fieldset" not in page
    title = stage.raw(looking.place)["title"]
    assert title not in page


def test_it_is_recorded_and_leaves_no_trace_that_anybody_can_notice(stage: Stage, settings: Settings) -> None:
    settings.ALLOWED_ORIGINS = ["http://testserver"]
    looking, passes = Looking(stage), Passes()
    scope = stage.ids[looking.place]
    pages = (("room", scope), ("today", ""), ("plan", stage.ids["/cases/0"]))
    sockets: list[Any] = [
        connect(page, stage.client(person).cookies["s"].value, id=scope).socket
        for person in stage.people
        for page, scope in pages
    ]
    closed = passes.run(sockets).closed
    left = [socket for socket in sockets if socket not in closed]
    before = sorted(Case.objects.values_list("pk", "version"))
    hers = said(stage.client("p-sup").get(looking.room))
    live: Any = looking.socket("sup")
    assert passes.run([live]).frames
    passes.say_who_is_here([live])
    outcome = passes.run(left)
    assert (outcome.frames, outcome.closed) == ([], [])
    assert not Presence.objects.exists()
    assert sorted(Case.objects.values_list("pk", "version")) == before
    token = re.compile(r'(?<=" value=")[\w-]+(?=")|(?<=c=)\w+|expires=[^;]+')
    assert token.sub("", said(stage.client("p-sup").get(looking.room))) == token.sub("", hers)
    seat, leader = stage.seat("alder", "sup"), stage.seat("alder", "cm")
    [event] = Event.objects.filter(verb="previewed")
    assert (event.seat_id, event.mark_id, event.person_id) == (leader.pk, seat.pk, leader.person_id)


def test_that_somebody_comes_for_something_hidden_is_not_told(stage: Stage) -> None:
    """Whoever leads reads of them that they come, and never that they come for a part: there would have to be one."""
    looking, told = Looking(stage), 0

    def shown(key: str) -> str:
        return looking.preview(key).partition("<main")[2].partition("</main>")[0]

    room, agenda = stage.row(looking.place), [p for p in looking.oracle.rows("alder") if "/agenda/" in p]
    items = [place for place in agenda if place.startswith(f"{looking.place}/") and place.count("/") == 6]
    for key in looking.invited:
        if not looking.sees("cm", stage.place("alder", "seats", key)):
            continue
        hidden = [place for place in items if looking.sees(key, place) and not looking.sees("cm", place)]
        open_to_both = [place for place in items if looking.sees(key, place) and looking.sees("cm", place)]
        if not hidden or not open_to_both:
            continue
        seat = stage.seat("alder", key)
        own, _ = Invitation.objects.update_or_create(
            conference_id=room.pk, seat_id=seat.pk, defaults={"answer": Answer.YES}
        )
        for state in ("planned", "open"):
            Conference.unsealed.filter(pk=room.pk).update(status=state)
            Invitation.objects.filter(pk=own.pk).update(answer=Answer.YES)
            ComesFor.objects.filter(seat=seat).delete()
            comes = shown(key)
            Invitation.objects.filter(pk=own.pk).update(answer=Answer.IN_PART)
            ComesFor.objects.create(item=stage.row(hidden[0]), seat=seat)
            assert shown(key) == comes, (key, state)
            ComesFor.objects.create(item=stage.row(open_to_both[0]), seat=seat)
            assert shown(key) != comes
        told += 1
    assert told


def test_who_will_read_words_that_wait_is_told_to_whoever_said_them_alone(stage: Stage) -> None:
    looking, item = Looking(stage), stage.row(stage.place("alder", "agenda", "wide"))
    mark = Mark.objects.create(
        case_id=item.mark.case_id,
        topic="coordination",
        audience=2**16 - 1,
        parent=item.mark,
        author=stage.seat("alder", "adv"),
    )
    said_by = stage.seat("alder", "sup")
    note = Note.unsealed.create(mark=mark, item=item, text="said so", kind="discussion", said_by=said_by)
    Unconfirmed.objects.create(note=note, audience=2**16 - 1, named="[]")
    page = looking.preview("sup")
    assert "said so" in page
    assert "these people can read it" in unescape(stage.client("p-sup").get(looking.room).content.decode())
    assert "these people can read it" not in page
    assert "Not confirmed yet" in page


@pytest.fixture
def origin(settings: Settings) -> None:
    settings.ALLOWED_ORIGINS = ["http://testserver"]


def test_it_follows_the_meeting_and_what_is_pushed_is_a_fresh_page(stage: Stage, origin: None) -> None:
    looking, passes = Looking(stage), Passes()
    live = looking.socket("det")
    [(_, first, _)] = passes.run([live]).frames
    fresh = panels_of(stage.client(LEADER).get(looking.address("det")).content.decode())["preview"]
    assert first.strip() == fresh
    assert "href" not in first.replace('<use href="#', "<use ")
    item = stage.row(stage.place("alder", "agenda", "wide"))
    for audience, told in ((1 << 2, False), (1 << 10, False), (2**16 - 1, True)):
        mark = Mark.objects.create(
            case_id=item.mark.case_id, topic="coordination", audience=audience, parent=item.mark
        )
        Note.unsealed.create(mark=mark, item=item, text=f"said to {audience}", kind="discussion")
        case_changed(item.mark.case_id)
        frames = passes.run([live]).frames
        assert [f"said to {audience}" in frame for _, frame, _ in frames] == ([True] if told else [])


@pytest.mark.parametrize("what", ["release", "seat"])
def test_it_shows_nothing_from_the_instant_at_which_the_other_has_no_right(
    stage: Stage, origin: None, what: str
) -> None:
    looking, passes = Looking(stage), Passes()
    live, events = looking.socket("det"), Event.objects.count()
    [(_, first, _)] = passes.run([live]).frames
    assert len(stage.found(first)) > 5
    ends = stage.at + timedelta(minutes=1)
    if what == "release":
        Release.objects.filter(case__key="alder", agency__key="police").update(withdrawn_at=ends)
    else:
        Seat.unsealed.filter(pk=stage.seat("alder", "det").pk).update(until=ends, primary=False)
    case_changed(stage.row(looking.place).mark.case_id)
    assert passes.run([live]).changes_at == ends
    stage.clock.at = ends
    outcome = passes.run([live])
    [(_, frame, _)] = outcome.frames
    name = next(person["name"] for person in stage.casefile["people"] if person["key"] == "p-det")
    assert "They see nothing of it." in frame
    assert stage.found(frame) == {name}
    assert Event.objects.count() == events


def test_it_goes_as_soon_as_whoever_looks_has_no_right_to(stage: Stage, origin: None) -> None:
    looking, browser = Looking(stage), stage.client(LEADER)
    live, detective = looking.socket("det"), stage.seat("alder", "det").pk
    room, passes = stage.row(looking.place), Passes()
    assert passes.run([live]).frames
    for end in (
        lambda: Conference.unsealed.filter(pk=room.pk).update(facilitator=stage.seat("alder", "sup")),
        lambda: Named.objects.filter(mark=room.pk, seat=detective).delete(),
        lambda: Mark.objects.filter(pk=detective).update(audience=0),
    ):
        with undone(browser):
            assert end()
            case_changed(room.mark.case_id)
            outcome = passes.run([live])
            assert (outcome.frames, outcome.closed) == ([], [live])
        assert not passes.run([live]).closed


def test_a_line_is_no_way_to_look_without_a_record(stage: Stage, origin: None) -> None:
    """Whoever leads could knock at the socket by hand, for a seat at which no page of theirs ever looked."""
    looking = Looking(stage)
    other, unseen = looking.socket("law"), looking.socket("det", recorded=False)
    outcome = Passes().run([other, unseen])
    assert [socket for socket, *_ in outcome.frames] == [other]
    assert outcome.closed == [unseen]
    looking.preview("det")
    assert Passes().run([unseen]).frames, "from then on it follows the meeting"
    stage.clock.at += timedelta(hours=13)
    assert Passes().run([looking.socket("det", recorded=False)]).closed, "another day is another reading"


def test_nobody_else_and_no_other_seat_is_looked_at_live(stage: Stage, origin: None) -> None:
    looking = Looking(stage)
    sockets = [looking.socket("sup", person) for person in stage.people if person != LEADER]
    sockets += [looking.socket(key) for key in ("cm", "interp2", "old-cm", "later")]
    outcome = Passes().run(sockets)
    assert not outcome.frames
    assert len(outcome.closed) == len(sockets) > 10


def test_the_list_is_live_and_has_nobody_for_whoever_does_not_lead(stage: Stage, origin: None) -> None:
    looking, passes = Looking(stage), Passes()
    live, others = looking.socket("", LEADER), looking.socket("", "p-sup")
    frames = {socket: frame for socket, frame, _ in passes.run([live, others]).frames}
    assert len(stage.found(frames[live])) > 10
    assert not stage.found(frames[others])
    detective = next(person["name"] for person in stage.casefile["people"] if person["key"] == "p-det")
    assert detective in frames[live]
    Mark.objects.filter(pk=stage.seat("alder", "det").pk).update(audience=0)
    case_changed(stage.row(looking.place).mark.case_id)
    [(_, frame, _)] = passes.run([live, others]).frames
    assert detective not in frame
