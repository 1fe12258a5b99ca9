"""The preparation of a conference: the agenda with what one has written for it so far, and what is open before it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from agendas.actions.models import ActionItem
from agendas.actions.panels import action_row, next_over, not_ended, times_carried, today_of
from agendas.items.models import AgendaItem
from agendas.items.panels import Agenda, Title, as_read
from agendas.notes.models import Note
from agendas.notes.panels import rows as note_rows
from conferences.due.panels import due
from conferences.meetings.models import Conference, Status
from conferences.meetings.panels import CalledOff, called_off, said_by
from conferences.questions.models import RoleQuestion
from conferences.questions.panels import questions
from conferences.releases.panels import Given, load_releases
from conferences.review.models import HISTORY
from conferences.review.panels import place_of
from conferences.roles.panels import Team, Who
from workspace.disclosure import policy
from workspace.disclosure.labels import ROLES, TOPICS
from workspace.disclosure.lens import OpenedRows, open_rows
from workspace.disclosure.models import Seat
from workspace.disclosure.policy import Lens, Role, may_speak, may_write_notes
from workspace.disclosure.sealed import Groups
from workspace.live.panels import Asked, Lines, Page, Shown, Viewer, value

# What ends so long after a conference is still spoken about in it.
SOON = timedelta(days=30)


@value
class PreparationPanel:
    """The head of the page. `hers`: the survivor reads it. `may_write`: something can be written still, by the
    viewer."""

    id: ClassVar[str] = "preparation"
    template: ClassVar[str] = "agendas/preparation/_preparation.html"
    title: str
    starts: datetime
    url: str
    hers: bool
    may_write: bool
    closed: bool
    off: CalledOff | None


@value
class UpdateRow:
    """An item of the agenda; what the viewer has written for it follows. `written`: how much that is. `yours`: the
    viewer presents it."""

    template: ClassVar[str] = "agendas/preparation/_update.html"
    id: str
    number: int
    title: Title
    minutes: int | None
    presenter: Who
    yours: bool
    written: int
    may_write: bool

    @property
    def url(self) -> str:
        """The room, looking at this item, with the form for a note."""
        return f"/items/{self.id}/"


@value
class UpdatesPanel:
    """The agenda, and under each item what the viewer has written for it so far."""

    id: ClassVar[str] = "updates"
    template: ClassVar[str] = "agendas/preparation/_updates.html"
    rows: Lines


@value
class OpenActionsPanel:
    """Action items that have not ended, the oldest first: the viewer's own, and those of others. `hers`: the survivor
    reads it."""

    id: ClassVar[str] = "undone"
    template: ClassVar[str] = "agendas/preparation/_open_actions.html"
    mine: Lines
    others: Lines
    hers: bool


@value
class EndingRow:
    """Something that ends soon: a release to an agency, with its topics, or somebody's seat, with its role."""

    template: ClassVar[str] = "agendas/preparation/_ending_row.html"
    id: str
    name: str
    topics: int
    role: str
    at: datetime

    @property
    def topics_label(self) -> str:
        """What may be shared, in words."""
        return ", ".join(str(TOPICS[topic]) for topic in policy.topics_of(self.topics))

    @property
    def role_label(self) -> Any:
        """The role in words."""
        return ROLES[Role(self.role)]


@value
class EndingPanel:
    """Releases and seats that end before the conference or soon after it."""

    id: ClassVar[str] = "soon"
    template: ClassVar[str] = "agendas/preparation/_ending.html"
    rows: Lines


@dataclass(frozen=True)
class Loaded:
    """Rows by case, but for notes, which are by conference."""

    at: datetime
    rooms: Groups
    items: Groups
    seats: Groups
    actions: Groups
    questions: Groups
    notes: Groups
    releases: Mapping[int, tuple[Given, ...]]
    seated: Mapping[int, Mapping[int, Lens]]


def load(asked: Asked) -> Loaded:
    """What is on these agendas, what these people wrote for it, and what is open in their cases, in seven
    queries."""
    ids = asked.scopes
    rooms = asked.rows(Conference, "mark__case_id", in_cases_of=ids)
    items = asked.rows(AgendaItem, "mark__case_id", on_agendas_of=ids)
    own = {lens.seat for viewer in asked.viewers for lens in viewer.sight.values()}
    notes = asked.rows(
        Note, "item__conference_id", mark__author__in=own, item__conference__mark__public_id__in=ids
    )
    places = [place for viewer in asked.viewers if (place := place_of(rooms, viewer))]
    cases = {room.case_id for room, _conferences in places}
    return Loaded(
        at=asked.at,
        rooms=rooms,
        items=items,
        seats=asked.rows(Seat, "case_id", HISTORY, case__in=cases),
        actions=asked.rows(ActionItem, "mark__case_id", mark__case__in=cases),
        questions=asked.rows(RoleQuestion, "mark__case_id", mark__case__in=cases),
        notes=notes,
        releases=load_releases(cases),
        seated=asked.seated,
    )


def view(loaded: Loaded, viewer: Viewer) -> Shown | None:
    """The preparation as one viewer sees it."""
    sight = viewer.sight
    place = place_of(loaded.rooms, viewer)
    if place is None:
        return None
    room, conferences = place
    lens = sight[room.case_id]
    team = Team.of(open_rows(sight, loaded.seats[lens.case]))
    agenda = Agenda.of(as_read(open_rows(sight, loaded.items[lens.case]), sight), room.mark_id)
    notes = open_rows(sight, loaded.notes[room.mark_id])
    to_do = open_rows(sight, loaded.actions[lens.case])
    observes = said_by(room, lens.seat).observes
    closed = room.state == Status.CLOSED
    may_write = may_write_notes(lens) and may_speak(observes=observes) and not closed
    ends = room.starts + timedelta(minutes=room.minutes) + SOON
    return Shown(
        (
            PreparationPanel(
                title=room.title,
                starts=room.starts,
                url=f"/conferences/{room.public_id}/",
                hers=lens.role is Role.SURVIVOR,
                may_write=may_write,
                closed=closed,
                off=called_off(room, team),
            ),
            agenda.once(_updates, team, notes, lens, may_write, closed, observes),
            to_do.once(_open_actions, team, agenda.every, conferences, lens, today_of(to_do, loaded.at)),
            EndingPanel(
                Lines(
                    sorted(
                        [
                            *_releases(loaded.releases.get(lens.case, ()), lens, loaded.at, ends),
                            *_seats(team.sitting(loaded.at)[0], ends),
                        ],
                        key=lambda row: row.at,
                    )
                )
            ),
            questions(
                open_rows(sight, loaded.questions[lens.case]),
                team,
                lens,
                loaded.at,
                loaded.seated[lens.case],
                room.case_public_id,
                conferences,
                whole=False,
            ),
            due(
                team,
                lens,
                loaded.at,
                conferences,
                case=room.case_public_id,
                conference=room.public_id,
            ),
        ),
        case=lens.case,
        until=next_over(to_do, loaded.at),
    )


def _updates(
    agenda: Agenda,
    team: Team,
    notes: OpenedRows,
    lens: Lens,
    may_write: bool,
    closed: bool,
    observes: bool,
) -> UpdatesPanel:
    lines: list[Any] = []
    for number, item in enumerate(agenda.items, 1):
        own = OpenedRows(
            note for note in notes if note.item_id == item.mark_id and note.row.author == lens.seat
        )
        lines.append(
            UpdateRow(
                id=item.public_id,
                number=number,
                title=item.title,
                minutes=item.minutes,
                presenter=team.who(item.presenter_id),
                yours=item.presenter_id == lens.seat,
                written=len(own),
                may_write=may_write,
            )
        )
        lines += note_rows(own, team, lens, closed=closed, observes=observes)
    return UpdatesPanel(Lines(lines))


def _open_actions(
    rows: OpenedRows,
    team: Team,
    every: OpenedRows,
    conferences: OpenedRows,
    lens: Lens,
    today: date | None,
) -> OpenActionsPanel:
    items, held = ({row.mark_id: row for row in each} for each in (every, conferences))
    still = [
        action_row(
            row, team, lens, items=items, today=today, times=times_carried(row, team.seats, held, items)
        )
        for row in not_ended(rows, lens, team.seats)
    ]
    # What somebody said that they do not do waits for another, and not for them.
    return OpenActionsPanel(
        Lines(row for row in still if row.yours and row.open),
        Lines(row for row in still if not (row.yours and row.open)),
        lens.role is Role.SURVIVOR,
    )


def _releases(rows: Iterable[Any], lens: Lens, at: datetime, ends: datetime) -> list[EndingRow]:
    return [
        EndingRow(row.public_id, row.agency__name, row.topics, "", row.expires)
        for row in rows
        if policy.sees_release(lens, release := policy.Release(*row[:6]), at)
        and release.active(at)
        and row.expires <= ends
    ]


def _seats(sitting: Iterable[Any], ends: datetime) -> list[EndingRow]:
    return [
        EndingRow(seat.public_id, seat.name, 0, seat.role, seat.until)
        for seat in sitting
        if seat.until is not None and seat.until <= ends
    ]


PAGE = Page("preparation", load, view)
