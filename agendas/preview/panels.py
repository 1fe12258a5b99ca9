"""A conference as somebody who is invited sees it, as far as whoever leads it sees it too."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from agendas.room import panels as room
from conferences.meetings.models import Conference
from conferences.roles.panels import Team
from workspace.disclosure.labels import ROLES
from workspace.disclosure.lens import open_rows, read_sights
from workspace.disclosure.models import Seat
from workspace.disclosure.policy import Lens, Role
from workspace.live.panels import Asked, Page, Shown, Still, Viewer, one_moment, value

HEAD, SIDE = ("meeting", "parts"), ("agenda", "you", "here")


@dataclass(frozen=True)
class Person:
    """Somebody invited. `url`: where the preview is."""

    name: str
    role: Any
    url: str


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
    """Whose eyes a viewer borrows. `conference`: where. `eyes`: the room's viewer who sees what both may see, or None
    when the conference is not open to that seat now."""

    conference: Any
    name: str
    eyes: Viewer | None


@dataclass(frozen=True)
class Loaded:
    """Whose eyes everybody borrows, and what there is to see through them."""

    looks: Mapping[Viewer, Look]
    room: room.Loaded


def invited(person: int, conference: str) -> tuple[Person, ...] | None:
    """All others who are invited and whom this person sees; None: there is nothing here."""
    with one_moment() as at:
        sight = read_sights([person], at).of[person]
        found = open_rows(sight, Conference.objects.sealed(mark__public_id=conference))
        if not found:
            return None
        row, lens = found[0], sight[found[0].case_id]
        team = Team.of(open_rows(sight, Seat.objects.sealed(case=lens.case)))
    named = row.row.named - {lens.seat}
    return tuple(
        Person(seat.name, ROLES[Role(seat.role)], f"/conferences/{conference}/preview/{seat.public_id}/")
        for number, seat in team.seats.items()
        if number in named
    )


def load(asked: Asked) -> Loaded:
    """What these seats see of these conferences, in two queries more than the room takes."""
    rooms = asked.rows(Conference, "mark__public_id", mark__public_id__in=asked.scopes)
    seats = asked.rows(Seat, "case_id", case__in=asked.cases)
    looks = {}
    for viewer in asked.viewers:
        for row in open_rows(viewer.sight, rooms[viewer.scope]):
            own, sitting = viewer.sight[row.case_id], asked.seated[row.case_id]
            team = Team.of(open_rows(viewer.sight, seats[row.case_id]))
            if (look := _look(viewer, own, row, team, sitting)) is not None:
                looks[viewer] = look
    eyes = [look.eyes for look in looks.values() if look.eyes is not None]
    return Loaded(looks, room.load(replace(asked, viewers=eyes)))


def _look(viewer: Viewer, own: Lens, conference: Any, team: Team, sitting: Mapping[int, Lens]) -> Look | None:
    seat = next((each for each in team.seats.values() if each.public_id == viewer.look), None)
    leads = conference.facilitator_id == own.seat
    if seat is None or not leads or seat.mark_id not in conference.row.named - {own.seat}:
        return None
    theirs = sitting.get(seat.mark_id)
    eyes = Viewer({own.case: replace(theirs, along=(own,))}, viewer.scope, "") if theirs else None
    return Look(conference, seat.name, eyes)


def view(loaded: Loaded, viewer: Viewer) -> Shown | None:
    """What the seat that is looked at sees. To look is not to be here; and who leads no more looks no more."""
    look = loaded.looks.get(viewer)
    if look is None:
        return None
    panel, shown = PreviewPanel(look.name), room.view(loaded.room, look.eyes) if look.eyes else None
    if shown is not None:
        by_id = {each.id: each for each in shown.panels}
        head, side = (Still(by_id.pop(name) for name in names) for names in (HEAD, SIDE))
        panel = PreviewPanel(look.name, head, side, Still(by_id.values()))
    return Shown((panel,), case=look.conference.case_id, conference=look.conference.mark_id)


PAGE = Page("preview", load, view)
