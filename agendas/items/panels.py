"""The agenda as one viewer sees it: numbered 1, 2, 3 over what is visible to them."""

from typing import Any, ClassVar

from django.utils.translation import gettext as _

from agendas.items.models import AgendaItem, ItemKind, ItemStatus
from conferences.roles.panels import Readers, Team, Who
from workspace.disclosure.labels import TOPICS
from workspace.disclosure.lens import OpenedRows, open_rows, sight_of
from workspace.disclosure.policy import Lens, Topic, leaves_her_out
from workspace.live.panels import Lines, one_moment, value

NOW, BEGUN = "now", "begun"


@value
class ItemRow:
    """An item in the agenda. `status`: `now` for the viewer's current item, `begun` for one that was, else as in
    `ItemStatus`."""

    template: ClassVar[str] = "agendas/items/_item_row.html"
    id: str
    number: int
    title: str
    minutes: int | None
    presenter: Who
    status: str
    without_her: bool
    may_lead: bool

    @property
    def url(self) -> str:
        """The room, looking at this item."""
        return f"/items/{self.id}/"

    @property
    def status_label(self) -> Any:
        """Where it stands, in words; nothing for the current one, which is marked in its own way."""
        if self.status == BEGUN:
            return _("begun")
        return "" if self.status == NOW else ItemStatus(self.status).label


@value
class AgendaPanel:
    """The agenda."""

    id: ClassVar[str] = "agenda"
    template: ClassVar[str] = "agendas/items/_agenda.html"
    rows: Lines


@value
class ItemHead:
    """The item that is looked at, with everything but its notes and decisions."""

    id: str
    number: int
    title: str
    kind: str
    topic: str
    minutes: int | None
    presenter: Who
    author: Who
    status: str
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


def agenda(items: OpenedRows, team: Team, lens: Lens, *, may_lead: bool, running: bool) -> AgendaPanel:
    """The agenda of one viewer. Items that the survivor does not see say so, lest one be read out before her."""
    return items.once(_agenda, team, lens.survivor, may_lead, running)


def _agenda(items: OpenedRows, team: Team, survivor: int, may_lead: bool, running: bool) -> AgendaPanel:
    return AgendaPanel(
        Lines(
            team.once(_item_row, item, number, shown_status(item, items, running=running), survivor, may_lead)
            for number, item in enumerate(items, 1)
        )
    )


def _item_row(team: Team, item: Any, number: int, status: str, survivor: int, may_lead: bool) -> ItemRow:
    row = item.row
    return ItemRow(
        id=item.public_id,
        number=number,
        title=item.title,
        minutes=item.minutes,
        presenter=team.who(item.presenter_id),
        status=status,
        without_her=leaves_her_out(survivor, audience=row.audience, named=row.named, author=row.author),
        may_lead=may_lead,
    )


def head(item: Any, items: OpenedRows, team: Team, *, running: bool) -> ItemHead:
    """The item looked at, numbered among those the viewer sees."""
    return items.once(_head, item, team, running)


def _head(items: OpenedRows, item: Any, team: Team, running: bool) -> ItemHead:
    return ItemHead(
        id=item.public_id,
        number=1 + items.index(item),
        title=item.title,
        kind=item.kind,
        topic=item.row.topic,
        minutes=item.minutes,
        presenter=team.who(item.presenter_id),
        author=team.author(item),
        status=shown_status(item, items, running=running),
        readers=team.readers(item),
    )


def shown_status(item: Any, items: OpenedRows, *, running: bool) -> str:
    """Where the item stands for this viewer. That another, hidden item is on changes nothing here."""
    if running and item.status == ItemStatus.PLANNED and item.turn is not None:
        return NOW if item is current(items) else BEGUN
    return str(item.status)


def conference_of(person: int, item: str) -> str | None:
    """The public id of the conference of this item, if this person may see the item."""
    with one_moment() as at:
        found = open_rows(sight_of(person, at), AgendaItem.objects.sealed(mark__public_id=item))
    return found[0].conference_public_id if found else None
