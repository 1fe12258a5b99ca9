"""A conference as somebody who is invited sees it, as far as whoever leads it sees it too."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.db.models import QuerySet

from agendas.room import panels as room
from conferences.meetings.models import Conference
from conferences.roles.panels import Team
from workspace.disclosure import lean
from workspace.disclosure.labels import ROLES
from workspace.disclosure.lens import open_rows
from workspace.disclosure.models import Seat
from workspace.disclosure.policy import Lens, Role
from workspace.live.panels import Asked, Page, Shown, Still, Viewer, value
from workspace.record.models import Event

HEAD, SIDE = ("meeting", "parts"), ("agenda", "you", "here")
# What was recorded follows the meeting for as long as somebody stays signed in; then it is another reading.
ONE_READING = timedelta(hours=12)


@value
class Person:
    """Somebody invited. `url`: where the preview is."""

    name: str
    role: str
    url: str

    @property
    def role_label(self) -> Any:
        """The role in words."""
        return ROLES[Role(self.role)]


@value
class PreviewsPanel:
    """Everybody else who is invited and whom the viewer sees; nobody, where somebody else leads."""

    id: ClassVar[str] = "previews"
    template: ClassVar[str] = "agendas/preview/_previews.html"
    people: tuple[Person, ...]


@value
class PreviewPanel:
    """What somebody sees: the panels of their room, or none when the conference is not open to them now."""

    id: ClassVar[str] = "preview"
    template: ClassVar[str] = "agendas/preview/_preview.html"
    name: str
    head: Still = Still()
    side: Still = Still()
    middle: Still = Still()


@dataclass(frozen=True, eq=False)
class Look:
    """Where a viewer is, and whose eyes they borrow. `people`: whose they can. `name`: whose they do, if anybody's.
    `eyes`: the room's viewer who sees what both may see, or None when the conference is not open to that seat now."""

    conference: Any
    people: tuple[Person, ...]
    name: str = ""
    eyes: Viewer | None = None


@dataclass(frozen=True)
class Loaded:
    """Whose eyes everybody borrows, and what there is to see through them."""

    looks: Mapping[Viewer, Look]
    room: room.Loaded


def load(asked: Asked) -> Loaded:
    """What these seats see of these conferences, in three queries more than the room takes."""
    own = {lens.seat for viewer in asked.viewers if viewer.look for lens in viewer.sight.values()}
    recorded = lean.ask(_recorded, seats=own, since=asked.at - ONE_READING)
    rooms = asked.rows(Conference, "mark__public_id", mark__public_id__in=asked.scopes)
    seats = asked.rows(Seat, "case_id", case__in=asked.cases)
    looks, known = {}, frozenset(recorded())
    for viewer in asked.viewers:
        for row in open_rows(viewer.sight, rooms[viewer.scope]):
            team = Team.of(open_rows(viewer.sight, seats[row.case_id]))
            look = _look(viewer, row, team, asked.seated[row.case_id], known)
            if look is not None:
                looks[viewer] = look
    eyes = [look.eyes for look in looks.values() if look.eyes is not None]
    return Loaded(looks, room.load(replace(asked, viewers=eyes)))


def _recorded(seats: Collection[int], since: datetime) -> QuerySet[Any]:
    found = Event.objects.filter(verb="previewed", seat__in=seats, at__gt=since)
    return found.values_list("seat_id", "mark_id")


def _look(
    viewer: Viewer,
    conference: Any,
    team: Team,
    sitting: Mapping[int, Lens],
    recorded: Collection[tuple[Any, ...]],
) -> Look | None:
    own = viewer.sight[conference.case_id]
    leads = conference.facilitator_id == own.seat
    named = conference.row.named - {own.seat} if leads else frozenset()
    others = {seat.public_id: seat for number, seat in team.seats.items() if number in named}
    url = f"/conferences/{conference.public_id}/preview/"
    people = tuple(Person(seat.name, seat.role, f"{url}{key}/") for key, seat in others.items())
    if not viewer.look:
        return Look(conference, people)
    if viewer.look not in others:
        return None
    seat = others[viewer.look]
    # The page wrote down that it was read; a line that was opened without it would be a way to read unseen.
    if (own.seat, seat.mark_id) not in recorded:
        return None
    theirs = sitting.get(seat.mark_id)
    eyes = Viewer({own.case: replace(theirs, along=(own,))}, viewer.scope, "") if theirs else None
    return Look(conference, people, seat.name, eyes)


def view(loaded: Loaded, viewer: Viewer) -> Shown | None:
    """What the seat that is looked at sees, or whose eyes can be borrowed. To look is not to be here; and who leads no
    more looks no more."""
    look = loaded.looks.get(viewer)
    if look is None:
        return None
    return Shown(
        (_preview(loaded, look) if look.name else PreviewsPanel(look.people),),
        case=look.conference.case_id,
        conference=look.conference.mark_id,
    )


def _preview(loaded: Loaded, look: Look) -> PreviewPanel:
    shown = room.view(loaded.room, look.eyes) if look.eyes else None
    if shown is None:
        return PreviewPanel(look.name)
    by_id = {each.id: each for each in shown.panels}
    head, side = (Still(by_id.pop(name) for name in names) for names in (HEAD, SIDE))
    return PreviewPanel(look.name, head, side, Still(by_id.values()))


PAGE = Page("preview", load, view)
