"""The agenda as one viewer sees it: numbered 1, 2, 3 over what is visible to them."""

from datetime import datetime
from typing import Any, ClassVar

from django.utils.translation import gettext as _

from agendas.items.models import AgendaItem, ItemKind, ItemStatus
from conferences.meetings.models import RUNNING, Status
from conferences.roles.panels import Readers, Team, Who
from workspace.disclosure.labels import TOPICS
from workspace.disclosure.lens import OpenedRows, open_rows, sight_of
from workspace.disclosure.policy import Lens, Topic, leaves_her_out
from workspace.disclosure.sealed import SeatSet
from workspace.live.panels import Lines, one_moment, value

NOW, BEGUN, NOT_REACHED = "now", "begun", "not_reached"


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
    title: str
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
class AgendaPanel:
    """The agenda."""

    id: ClassVar[str] = "agenda"
    template: ClassVar[str] = "agendas/items/_agenda.html"
    rows: Lines


@value
class ItemHead:
    """The item that is looked at, with everything but its notes and decisions. `since`: when it was begun, if the
    conference is at it now."""

    id: str
    number: int
    title: str
    kind: str
    topic: str
    minutes: int | None
    presenter: Who
    author: Who
    status: str
    since: datetime | None
    readers: Readers

    @property
    def kind_label(self) -> Any:
        """The kind in words."""
        return ItemKind(self.kind).label

    @property
    def topic_label(self) -> Any:
        """The topic in words."""
        return TOPICS[Topic(self.topic)]


def current(items: OpenedRows) -> Any | None:
    """The viewer's current item: the last one visible to them that became current, or the first of all."""
    return items.once(_current)


def _current(items: OpenedRows) -> Any | None:
    had_a_turn = [item for item in items if item.turn is not None]
    return max(had_a_turn, key=lambda item: item.turn) if had_a_turn else (items[0] if items else None)


def agenda(items: OpenedRows, team: Team, lens: Lens, *, leads: bool, state: str) -> AgendaPanel:
    """The agenda of one viewer, who leads the conference or not, in a state of it. Items that the survivor does not see
    say so, lest one be read out before her."""
    return items.once(_agenda, team, lens.survivor, leads, state)


def _agenda(items: OpenedRows, team: Team, survivor: int, leads: bool, state: str) -> AgendaPanel:
    arranges = leads and state != Status.CLOSED
    return AgendaPanel(
        Lines(
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
        )
    )


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
    row = item.row
    up, down = moves or (None, None)
    return ItemRow(
        id=item.public_id,
        number=number,
        title=item.title,
        minutes=item.minutes,
        presenter=team.who(item.presenter_id),
        status=status,
        without_her=leaves_her_out(survivor, audience=row.audience, named=row.named, author=row.author),
        come_for=team.who(*sorted(come_for(item) & team.seats.keys())),
        may_lead=may_lead,
        may_arrange=moves is not None,
        up=up,
        down=down,
    )


def head(item: Any, items: OpenedRows, team: Team, state: str) -> ItemHead:
    """The item looked at, numbered among those the viewer sees."""
    return items.once(_head, item, team, state)


def _head(items: OpenedRows, item: Any, team: Team, state: str) -> ItemHead:
    status = shown_status(item, items, state)
    return ItemHead(
        id=item.public_id,
        number=1 + items.index(item),
        title=item.title,
        kind=item.kind,
        topic=item.row.topic,
        minutes=item.minutes,
        presenter=team.who(item.presenter_id),
        author=team.author(item),
        status=status,
        since=item.turned_at if status == NOW and state == Status.OPEN else None,
        readers=team.readers(item),
    )


def shown_status(item: Any, items: OpenedRows, state: str) -> str:
    """Where the item stands for this viewer. That another, hidden item is on changes nothing here."""
    if item.status != ItemStatus.PLANNED or state == Status.PLANNED:
        return str(item.status)
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
