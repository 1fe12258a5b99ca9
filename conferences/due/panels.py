"""What is due on the board: cards to go through, people for her to meet, what is not clear to her."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from conferences.cards.panels import ASKED
from conferences.meetings.models import RUNNING, Status
from conferences.roles.panels import Team
from workspace.disclosure.labels import ROLES
from workspace.disclosure.lens import NO_ROWS, OpenedRows
from workspace.disclosure.policy import Lens, Role, may_follow_handover, may_introduce, may_take_the_lead
from workspace.disclosure.sealed import TiedRows
from workspace.live.panels import value

FAR = datetime.max.replace(tzinfo=UTC)


@value
class Stamp:
    """That somebody said something of a card, and in which meeting, where the viewer sees that meeting."""

    at: datetime
    title: str


@lru_cache(maxsize=4096)
def turns_of(text: str | None) -> Mapping[int, int]:
    """In which conferences a card was looked at, each with its turn there."""
    return dict(TiedRows.read(text))


@lru_cache(maxsize=4096)
def still_so(text: str | None) -> tuple[tuple[datetime, int | None], ...]:
    """When its holder said that a card is right, the last time last, and in which conference."""
    said: list[Any] = [(TiedRows.instant_of(at), number, where) for number, where, at in TiedRows.read(text)]
    return tuple((at, where) for at, _number, where in sorted(said))


def in_order(sitting: OpenedRows) -> list[Any]:
    """The seats held now as they are gone through, the same for everybody: whom she is likely to ask first, and she
    herself last."""
    return sorted(sitting, key=lambda seat: (not seat.primary, ASKED.index(Role(seat.role)), seat.mark_id))


# What there is to go through, in the order in which it is said.
WHY = {
    "new": _("Not gone through together yet"),
    "changed": _("Changed since"),
    "draft": _("A draft, not confirmed yet"),
    "leaving": _("Hands over to somebody else"),
}


@value
class DueRow:
    """A card that should be gone through, and why."""

    id: str
    name: str
    why: str

    @property
    def why_label(self) -> Any:
        """Why, in words."""
        return WHY[self.why]


@value
class ToMeet:
    """Somebody new whom she has not met. `starts`: when they begin, where that is still to come."""

    id: str
    name: str
    role: str
    starts: datetime | None

    @property
    def role_label(self) -> Any:
        """The role in words."""
        return ROLES[Role(self.role)]


@value
class Unclear:
    """A card that is not clear to her yet, for those whom she told so."""

    id: str
    name: str
    when: Stamp


@value
class DuePanel:
    """What is due on the board, for those who lead or carry the case: cards to go through, people for her to meet,
    those of whom it was noted that she has, and what is not clear to her. `conference`: the one that is prepared, or
    none on the board itself."""

    id: ClassVar[str] = "due"
    template: ClassVar[str] = "conferences/due/_due.html"
    case: str
    conference: str
    rows: tuple[DueRow, ...] = ()
    to_meet: tuple[ToMeet, ...] = ()
    met: tuple[ToMeet, ...] = ()
    unclear: tuple[Unclear, ...] = ()


def due(
    team: Team,
    lens: Lens,
    at: datetime,
    conferences: OpenedRows,
    marks: OpenedRows = NO_ROWS,
    *,
    case: str,
    conference: str = "",
) -> DuePanel:
    """What is due, as far as this viewer sees it. The seats come with `HISTORY`. `conferences`: of the case, opened;
    `case`, `conference`: public ids; `marks`: what she said of the cards, opened."""
    leads = any(row.facilitator_id == lens.seat and row.state != Status.CLOSED for row in conferences)
    told = NO_ROWS if lens.role is Role.SURVIVOR else marks
    may = leads or may_take_the_lead(lens), may_introduce(lens), may_follow_handover(lens)
    return team.once(_due, *on_the_team(team, at), conferences, told, *may, case, conference)


def on_the_team(team: Team, at: datetime) -> tuple[OpenedRows, tuple[Any, ...]]:
    """The seats that are held now, and those that begin later."""
    sitting, others = team.sitting(at)
    return sitting, tuple(seat for seat in others if seat.starts > at)


def _due(
    team: Team,
    sitting: OpenedRows,
    to_come: tuple[Any, ...],
    conferences: OpenedRows,
    marks: OpenedRows,
    goes_through: bool,
    introduces: bool,
    follows: bool,
    case: str,
    conference: str,
) -> DuePanel:
    here, said = in_order(sitting), {mark.seat_id: mark for mark in marks}
    # A last day is part of a seat; that it is for a handover is read by those alone who follow handovers.
    handed_to = frozenset(team.seats) if follows else frozenset()
    rows = [_due_row(seat, conferences, handed_to) for seat in here] if goes_through else []
    new = new_to_her(sitting, to_come, conferences) if introduces else []
    people = {
        seat: ToMeet(seat.public_id, seat.name, seat.role, seat.starts if seat in to_come else None)
        for seat in new
    }
    return DuePanel(
        case,
        conference,
        tuple(sorted((row for row in rows if row), key=lambda row: list(WHY).index(row.why))),
        tuple(person for seat, person in people.items() if seat.introduced_at is None),
        tuple(person for seat, person in people.items() if seat.introduced_at is not None),
        tuple(
            Unclear(seat.public_id, seat.name, stamped(mark.conference_id, mark.created_at, conferences))
            for seat in (*here, *to_come)
            if (mark := said.get(seat.mark_id)) and not mark.clear
        ),
    )


def _due_row(seat: Any, conferences: OpenedRows, handed_to: frozenset[int]) -> DueRow | None:
    """Why the card of a seat should be gone through, if it should. Hers is hers to show. `handed_to`: the seats of
    which it is told that a case is handed over to them."""
    if seat.role == Role.SURVIVOR:
        return None
    last = _gone_through(seat, conferences)
    changed = seat.worded_at
    if seat.drafted_by_id is not None:
        return DueRow(seat.public_id, seat.name, "draft")
    if seat.primary and seat.hands_over_to_id in handed_to:
        return DueRow(seat.public_id, seat.name, "leaving")
    if last is None:
        return DueRow(seat.public_id, seat.name, "new")
    return DueRow(seat.public_id, seat.name, "changed") if changed and changed > last else None


def _gone_through(seat: Any, conferences: OpenedRows) -> datetime | None:
    """When the card of a seat was last gone through, in a conference that the viewer sees: at its end, and while it
    lasts it is being gone through."""
    there = {*turns_of(seat.turns), *(where for _at, where in still_so(seat.still))}
    ends = [
        FAR if row.state in RUNNING else row.closed_at or row.starts
        for row in conferences
        if row.mark_id in there and row.state in (*RUNNING, Status.CLOSED)
    ]
    return max(ends, default=None)


def last_held(conferences: OpenedRows) -> datetime | None:
    """When the last conference that was held began."""
    held = [row.starts for row in conferences if row.state == Status.CLOSED and not row.cancelled_at]
    return max(held, default=None)


def new_to_her(sitting: OpenedRows, to_come: tuple[Any, ...], conferences: OpenedRows) -> list[Any]:
    """The seats, held now or to come, that began after the last conference that was held had begun; before there was
    one, all but her primary case manager's."""
    last = last_held(conferences)
    return [
        seat
        for seat in (*in_order(sitting), *to_come)
        if seat.role != Role.SURVIVOR and (seat.starts > last if last else not seat.primary)
    ]


def stamped(conference: int | None, at: datetime, conferences: Iterable[Any]) -> Stamp:
    """What was said then, in the conference of this number, if the viewer sees that."""
    return Stamp(at, next((row.title for row in conferences if row.mark_id == conference), ""))
