"""A conference as somebody who is invited sees it, as far as whoever leads it sees it too."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from agendas.room.panels import PAGE
from conferences.meetings.models import Conference
from conferences.roles.panels import Team
from workspace.disclosure.labels import ROLES
from workspace.disclosure.lens import open_rows, read_sights
from workspace.disclosure.models import Seat
from workspace.disclosure.policy import Lens, Role
from workspace.live.panels import Asked, Viewer, Written, one_moment, written_here


@dataclass(frozen=True)
class Person:
    """Somebody invited. `url`: where the preview is."""

    name: str
    role: Any
    url: str


@dataclass(frozen=True)
class Preview:
    """What somebody sees: whole panels by their ids, or none when the conference is not open to them now."""

    person: Person
    panels: Mapping[str, Written]


def invited(person: int, conference: str) -> tuple[Person, ...] | None:
    """All others who are invited and whom this person sees; None: there is nothing here."""
    with one_moment() as at:
        sight = read_sights([person], at).of[person]
        found = open_rows(sight, Conference.objects.sealed(mark__public_id=conference))
        if not found:
            return None
        row, lens = found[0], sight[found[0].case_id]
        team = _team(sight, lens)
    named = row.row.named - {lens.seat}
    return tuple(_person(seat, conference) for number, seat in team.seats.items() if number in named)


def preview(person: int, conference: str, seat: str) -> Preview | None:
    """What the holder of this seat sees of the conference, as far as this person sees it too; None: there is nothing
    here."""
    with one_moment() as at:
        sights = read_sights([person], at)
        sight = sights.of[person]
        found = open_rows(sight, Conference.objects.sealed(mark__public_id=conference))
        if not found:
            return None
        own = sight[found[0].case_id]
        looked = next((each for each in _team(sight, own).seats.values() if each.public_id == seat), None)
        if looked is None or looked.mark_id not in found[0].row.named - {own.seat}:
            return None
        theirs = sights.seated[own.case].get(looked.mark_id)
        eyes = {own.case: replace(theirs, along=(own,))} if theirs else {}
        viewer = Viewer(eyes, conference, "")
        shown = PAGE.view(PAGE.load(Asked(at, [viewer], sights.seated)), viewer)
    return Preview(_person(looked, conference), written_here(shown) if shown else {})


def _team(sight: Mapping[int, Lens], lens: Lens) -> Team:
    return Team.of(open_rows(sight, Seat.objects.sealed(case=lens.case)))


def _person(seat: Any, conference: str) -> Person:
    return Person(seat.name, ROLES[Role(seat.role)], f"/conferences/{conference}/preview/{seat.public_id}/")
