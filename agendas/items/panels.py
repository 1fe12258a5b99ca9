"""The agenda as one viewer sees it: numbered 1, 2, 3 over what is visible to them."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar

from django.utils.translation import gettext as _

from agendas.items.models import LEFT, AgendaItem, ItemKind, ItemStatus
from conferences.meetings.models import RUNNING, Status
from conferences.meetings.panels import said_by
from conferences.questions.models import UNSURE, in_one_press
from conferences.roles.panels import Readers, Team, Who
from workspace.disclosure.labels import TOPICS
from workspace.disclosure.lens import NO_ROWS, OpenedRows, Sight, open_rows, seats_that_see, sight_of
from workspace.disclosure.policy import (
    Lens,
    Row,
    Topic,
    leaves_her_out,
    may_edit,
    may_say_what_it_is_about,
    may_speak,
    may_write_notes,
    sees_but_for_parents,
)
from workspace.disclosure.sealed import Keeps, SeatSet, TiedRows
from workspace.live.panels import Lines, one_moment, value

NOW, BEGUN, NOT_REACHED = "now", "begun", "not_reached"


@value
class Unsure:
    """The title of an item that was made of a question asked in one press: it names, in the reader's language, whose
    card that is about, or which line, as far as the viewer sees it. `team`: it is somebody whom they do not see."""

    about: str
    team: bool

    def __str__(self) -> str:
        if not self.about and not self.team:
            return str(UNSURE)
        return _("I am not sure about this: %(about)s") % {"about": self.about or _("the team")}


Title = str | Unsure


@value
class ItemRow:
    """An item in the agenda. `come_for`: who comes for this and not for the whole conference.

    `status`: `now` for the viewer's current item, `begun` for one that was, `not_reached`
    for one that never was when the conference closed, else as in `ItemStatus`.

    For who leads, while the conference is open `may_lead`, until it is closed `may_arrange`: then `up` and `down` are
    what the item goes before when it is moved by one place (an item, or nothing for the end), None where there is
    no such place.
    """

    template: ClassVar[str] = "agendas/items/_item_row.html"
    id: str
    number: int
    title: Title
    minutes: int | None
    presenter: Who
    status: str
    without_her: bool
    come_for: Who = Who()
    may_lead: bool = False
    may_arrange: bool = False
    up: str | None = None
    down: str | None = None

    @property
    def url(self) -> str:
        """The room, looking at this item."""
        return f"/items/{self.id}/"

    @property
    def status_label(self) -> Any:
        """Where it stands, in words; nothing for the current one, which is marked in its own way."""
        words = {NOW: "", BEGUN: _("begun"), NOT_REACHED: _("not reached")}
        return words[self.status] if self.status in words else ItemStatus(self.status).label


@value
class LeftRow:
    """An item that an earlier conference left. `since`: when that one was. `room`: for who leads, the conference whose
    agenda they can put it on."""

    template: ClassVar[str] = "agendas/items/_left_row.html"
    id: str
    title: Title
    minutes: int | None
    presenter: Who
    since: datetime
    without_her: bool
    room: str

    @property
    def url(self) -> str:
        """The room of that conference, looking at this item."""
        return f"/items/{self.id}/"


@value
class DeclinedRow:
    """A proposal that was not taken up, with the word that was said about it."""

    template: ClassVar[str] = "agendas/items/_declined_row.html"
    id: str
    title: Title
    author: Who
    reply: str
    yours: bool
    without_her: bool
    may_arrange: bool

    @property
    def url(self) -> str:
        """The room, looking at this item."""
        return f"/items/{self.id}/"


@value
class AgendaPanel:
    """The agenda, and below it what was left from before and what was not taken up this time.

    `url`: the conference's, where one can propose an item or prepare, if one may. `answered`: whether something of the
    viewer's own is among what was not taken up.
    """

    id: ClassVar[str] = "agenda"
    template: ClassVar[str] = "agendas/items/_agenda.html"
    rows: Lines
    left: Lines
    declined: Lines
    url: str
    leads: bool
    may_propose: bool
    may_prepare: bool
    answered: bool


@value
class GoalLink:
    """The goal that something is about, where the viewer sees it. `name_url`: where who may do so says what it is
    about."""

    words: str = ""
    url: str = ""
    name_url: str = ""


@value
class ItemHead:
    """The item that is looked at, with everything but its notes and decisions. `since`: when it was begun, if the
    conference is at it now. `number`: 0 for a proposal that was not taken up; then `reply` is what was said about it.
    `before`, `later`: the addresses of the item that it takes up again and of those that take it up, if they are seen.
    `was_otherwise`: whether its title was another one before, which the viewer could read. For roles: `cards_url`,
    where everybody's card is gone through, and `questions_url`, where the questions about them stand. For the plan:
    `plan_url`, where it is read aloud.
    """

    id: str
    number: int
    title: Title
    kind: str
    topic: str
    minutes: int | None
    presenter: Who
    author: Who
    status: str
    since: datetime | None
    readers: Readers
    reply: str
    before: str
    later: tuple[str, ...]
    may_edit: bool
    was_otherwise: bool
    cards_url: str
    questions_url: str
    plan_url: str = ""
    goal: GoalLink = GoalLink()

    @property
    def kind_label(self) -> Any:
        """The kind in words."""
        return ItemKind(self.kind).label

    @property
    def topic_label(self) -> Any:
        """The topic in words."""
        return TOPICS[Topic(self.topic)]


def as_read(items: OpenedRows, sight: Sight) -> OpenedRows:
    """These items as somebody reads them who opened them: those that were made of a question asked in one press say
    what that is about."""
    asked = items.once(_asked_in_one_press)
    if not asked:
        return items
    return items.once(_titled, tuple((item.mark_id, _unsure(item, sight[item.row.case])) for item in asked))


def item_as_read(item: Any, lens: Lens) -> Any:
    """The same of one item."""
    return item._replace(title=_unsure(item, lens)) if _asked_in_one_press([item]) else item


def _asked_in_one_press(items: Iterable[Any]) -> OpenedRows:
    return _some(item for item in items if item.question_id and item.title in in_one_press())


def _titled(items: OpenedRows, titles: tuple[tuple[int, Unsure], ...]) -> OpenedRows:
    by_number = dict(titles)
    return OpenedRows(
        item._replace(title=by_number[item.mark_id]) if item.mark_id in by_number else item for item in items
    )


def _unsure(item: Any, lens: Lens) -> Unsure:
    """A link shows to whoever sees both ends; somebody whom the viewer does not see is the team."""
    seats, lines = _named_for(item, item.about_seat, lens), _named_for(item, item.about_line, lens)
    return Unsure("".join(seats or lines), team=bool(item.about_seat) and not seats)


def _named_for(item: Any, text: str | None, lens: Lens) -> list[str]:
    return [
        str(name)
        for _, name, author, origin, topic, audience, named in TiedRows.read(text)
        if seats_that_see(
            Row(item.row.case, author, origin, Topic(topic), audience, SeatSet.read(named)), [lens]
        )
    ]


class Agenda(Keeps):
    """The agenda of one conference as one viewer sees it: its items, the proposals that were not taken up, what earlier
    conferences of the case left, and `every` row that was opened for it."""

    def __init__(self, every: OpenedRows, conference: int) -> None:
        self.every = every
        own = [row for row in every if row.conference_id == conference]
        self.items = _some(row for row in own if not row.declined)
        self.declined = _some(row for row in own if row.declined)
        continued = {row.continues_id for row in every}
        # What every conference begins with need not come back besides; a question may say the same of something else.
        there = {(row.kind, row.title, row.question_id) for row in self.items}
        left = [
            row
            for row in every
            if row.conference_id != conference
            and row.conference_state == Status.CLOSED
            and row.status in LEFT
            and not row.declined
            and row.mark_id not in continued
            and (row.kind, row.title, row.question_id) not in there
        ]
        self.left = _some(sorted(left, key=lambda row: row.conference_starts))

    @classmethod
    def of(cls, every: OpenedRows, conference: int) -> "Agenda":
        """The agenda of this conference, out of what was looked up for it and opened."""
        return every.once(cls, conference)


def _some(rows: Iterable[Any]) -> OpenedRows:
    found = OpenedRows(rows)
    return found if found else NO_ROWS


def current(items: OpenedRows) -> Any | None:
    """The viewer's current item: the last one visible to them that became current, or the first of all."""
    return items.once(_current)


def _current(items: OpenedRows) -> Any | None:
    had_a_turn = [item for item in items if item.turn is not None]
    return max(had_a_turn, key=lambda item: item.turn) if had_a_turn else (items[0] if items else None)


def agenda(found: Agenda, team: Team, lens: Lens, conference: Any) -> AgendaPanel:
    """The agenda of one viewer, who leads the conference or not, in its state. Items that the survivor does not see say
    so, lest one be read out before her."""
    leads = conference.facilitator_id == lens.seat
    mine = frozenset(row.mark_id for row in found.declined if row.row.author == lens.seat)
    where = conference.public_id, conference.state
    writes = may_write_notes(lens) and may_speak(observes=said_by(conference, lens.seat).observes)
    return found.once(_agenda, team, lens.survivor, leads, where, mine, writes)


def _agenda(
    found: Agenda,
    team: Team,
    survivor: int,
    leads: bool,
    where: tuple[str, str],
    mine: frozenset[int],
    writes: bool,
) -> AgendaPanel:
    items, (room, state) = found.items, where
    still = state != Status.CLOSED
    arranges = leads and still
    return AgendaPanel(
        rows=Lines(
            team.once(
                _item_row,
                item,
                number,
                shown_status(item, items, state),
                survivor,
                leads and state == Status.OPEN,
                _moves(items, number) if arranges else None,
            )
            for number, item in enumerate(items, 1)
        ),
        left=Lines(
            team.once(_left_row, item, survivor, room if leads else "")
            for item in (found.left if still else ())
        ),
        declined=Lines(
            team.once(_declined_row, item, survivor, item.mark_id in mine, arranges)
            for item in found.declined
        ),
        url=f"/conferences/{room}/",
        leads=leads,
        may_propose=writes and still,
        may_prepare=state == Status.PLANNED,
        answered=bool(mine),
    )


def _left_row(team: Team, item: Any, survivor: int, room: str) -> LeftRow:
    return LeftRow(
        id=item.public_id,
        title=item.title,
        minutes=item.minutes,
        presenter=team.who(item.presenter_id),
        since=item.conference_starts,
        without_her=_without_her(item, survivor),
        room=room,
    )


def _declined_row(team: Team, item: Any, survivor: int, yours: bool, may_arrange: bool) -> DeclinedRow:
    return DeclinedRow(
        id=item.public_id,
        title=item.title,
        author=team.author(item),
        reply=item.reply,
        yours=yours,
        without_her=_without_her(item, survivor),
        may_arrange=may_arrange,
    )


def _without_her(item: Any, survivor: int) -> bool:
    row = item.row
    return leaves_her_out(survivor, audience=row.audience, named=row.named, author=row.author)


def _moves(items: OpenedRows, number: int) -> tuple[str | None, str | None]:
    """What the item of this number goes before to be one place further up, and one further down."""
    before = items[number - 2].public_id if number > 1 else None
    after = [item.public_id for item in items[number : number + 2]]
    return before, (*after, "")[1] if after else None


def _item_row(
    team: Team,
    item: Any,
    number: int,
    status: str,
    survivor: int,
    may_lead: bool,
    moves: tuple[str | None, str | None] | None,
) -> ItemRow:
    up, down = moves or (None, None)
    return ItemRow(
        id=item.public_id,
        number=number,
        title=item.title,
        minutes=item.minutes,
        presenter=team.who(item.presenter_id),
        status=status,
        without_her=_without_her(item, survivor),
        come_for=team.who(*sorted(come_for(item) & team.seats.keys())),
        may_lead=may_lead,
        may_arrange=moves is not None,
        up=up,
        down=down,
    )


def head(item: Any, found: Agenda, team: Team, lens: Lens, state: str, *, observes: bool) -> ItemHead:
    """The item looked at, numbered among those the viewer sees. `observes`: whether the viewer only listens."""
    edits = may_edit(lens, item.row) and may_speak(observes=observes) and state != Status.CLOSED
    names = may_speak(observes=observes) and state != Status.CLOSED
    goal = goal_link(item, lens, f"/items/{item.public_id}/goal/" if names else "")
    return found.once(_head, item, team, state, edits, was_otherwise(item, lens), goal)


def goal_link(row: Any, lens: Lens, name_url: str) -> GoalLink:
    """The goal that this item or decision is about. `name_url`: where that can be said now."""
    may_name = may_say_what_it_is_about(lens, row.row, leads=row.facilitator_id == lens.seat)
    [seen] = [
        (words, f"/goals/{public}/")
        for _, public, words, author, origin, topic, audience, named in TiedRows.read(row.about_goal)
        if seats_that_see(
            Row(row.row.case, author, origin, Topic(topic), audience, SeatSet.read(named)), [lens]
        )
    ] or [("", "")]
    return GoalLink(*seen, name_url if may_name else "")


def _head(
    found: Agenda,
    item: Any,
    team: Team,
    state: str,
    edits: bool,
    was_otherwise: bool,
    goal: GoalLink,
) -> ItemHead:
    status = shown_status(item, found.items, state)
    before = (row for row in found.every if row.mark_id == item.continues_id)
    later = (row for row in found.every if row.continues_id == item.mark_id)
    return ItemHead(
        id=item.public_id,
        number=0 if item.declined else 1 + found.items.index(item),
        title=item.title,
        kind=item.kind,
        topic=item.row.topic,
        minutes=item.minutes,
        presenter=team.who(item.presenter_id),
        author=team.author(item),
        status=status,
        since=item.turned_at if status == NOW and state == Status.OPEN else None,
        readers=team.readers(item),
        reply=item.reply if item.declined else "",
        before=next((f"/items/{row.public_id}/" for row in before), ""),
        later=tuple(f"/items/{row.public_id}/" for row in later),
        may_edit=edits,
        was_otherwise=was_otherwise,
        cards_url=f"/conferences/{item.conference_public_id}/roles/" if item.kind == ItemKind.ROLES else "",
        questions_url=f"/cases/{item.case_public_id}/roles/" if item.kind == ItemKind.ROLES else "",
        plan_url=f"/conferences/{item.conference_public_id}/plan/" if item.kind == ItemKind.PLAN else "",
        goal=goal,
    )


def was_otherwise(row: Any, lens: Lens) -> bool:
    """Whether somebody who sees this row may also see what it said before."""
    return any(
        sees_but_for_parents(
            lens, replace(row.row, topic=Topic(topic), audience=audience, named=SeatSet.read(named))
        )
        for _, topic, audience, named in TiedRows.read(row.versions)
    )


def shown_status(item: Any, items: OpenedRows, state: str) -> str:
    """Where the item stands for this viewer. That another, hidden item is on changes nothing here."""
    if item.status != ItemStatus.PLANNED or state == Status.PLANNED:
        return str(item.status)
    if item.cancelled_at:
        return str(ItemStatus.PARKED)
    if item.turn is None:
        return NOT_REACHED if state == Status.CLOSED else str(item.status)
    return NOW if state in RUNNING and item is current(items) else BEGUN


def come_for(item: Any) -> frozenset[int]:
    """The invited seats whose holders come for this item and not for the whole conference."""
    invited: frozenset[int] = item.row.parent.named
    return SeatSet.read(item.comes_for) & invited


def come_for_some(items: OpenedRows) -> frozenset[int]:
    """Those who come for some of these items."""
    return items.once(_come_for_some)


def _come_for_some(items: OpenedRows) -> frozenset[int]:
    return frozenset().union(*map(come_for, items))


def conference_of(person: int, item: str) -> str | None:
    """The public id of the conference of this item, if this person may see the item."""
    with one_moment() as at:
        found = open_rows(sight_of(person, at), AgendaItem.objects.sealed(mark__public_id=item))
    return found[0].conference_public_id if found else None
