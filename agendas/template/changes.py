"""What the conferences of a task force begin with: the items, the parts and the statement; it is changed, and a new
conference is furnished with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from secrets import token_hex
from typing import Any, NamedTuple

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from agendas.items.models import AgendaItem, ItemKind, ItemStatus, StandingItem
from conferences.meetings.models import Conference, Part, UsualPart
from conferences.usual.changes import door
from workspace.disclosure.changes import OVERTAKEN, StaleError, fingerprint, mark_row
from workspace.disclosure.lens import Sight, again
from workspace.disclosure.policy import EVERY_ROLE, Lens, Topic
from workspace.live.announce import unchanged
from workspace.people.models import TaskForce, offered
from workspace.record import changes as record
from workspace.text import cleaned

STANDING = (
    (ItemKind.LIMITS_OF_SHARING, _("What we share here, and what we do not"), 5),
    (ItemKind.ROLES, _("Who does what on the team"), 5),
    (ItemKind.SAFETY, _("Safety since we last met"), 10),
    (ItemKind.PROGRESS, _("What has gone well"), 5),
    (ItemKind.NEEDS, _("What is needed"), 10),
    (ItemKind.IMPEDIMENTS, _("What is in the way"), 10),
    (ItemKind.PLAN, _("The plan"), 10),
    (ItemKind.ACTIONS, _("Who does what by when"), 5),
)


class Standing(NamedTuple):
    """An item that every conference begins with."""

    kind: str
    title: str
    minutes: int | None


class Usual(NamedTuple):
    """A part that conferences usually have."""

    name: str
    minutes: int
    without_her: bool


@dataclass(frozen=True)
class Template:
    """What the conferences of a task force begin with."""

    items: tuple[Standing, ...]
    parts: tuple[Usual, ...]
    statement: str

    @property
    def edition(self) -> str:
        """A fingerprint of it, which comes back with the form."""
        return fingerprint(self.items, self.parts, self.statement)


def template_of(task_force: TaskForce) -> Template:
    """What its conferences begin with: its own items where it has any, else the usual ones, in its language."""
    found = StandingItem.objects.filter(task_force=task_force).order_by("position", "pk")
    items = tuple(Standing(*row) for row in found.values_list("kind", "title", "minutes"))
    parts = UsualPart.objects.filter(task_force=task_force).order_by("position", "pk")
    return Template(
        items or _usual_items(task_force),
        tuple(Usual(*row) for row in parts.values_list("name", "minutes", "without_her")),
        task_force.statement,
    )


def keep_template(
    sight: Sight,
    *,
    items: Sequence[dict[str, Any]],
    parts: Sequence[dict[str, Any]],
    statement: str,
    seen: str,
    key: str,
) -> None:
    """Change what the task force's conferences begin with from now on; without items, with the usual ones. `seen`: the
    edition when the form was read.

    Raises LookupError (not theirs) and StaleError (somebody changed it in the meantime).
    """
    with transaction.atomic():
        task_force, lens = door(sight)
        locked = TaskForce.objects.select_for_update().get(pk=task_force.pk)
        door(again(lens))
        once = record.Once.of(key, items, parts, statement)
        if record.taken(lens, once):
            unchanged()
            return
        old = template_of(locked)
        if old.edition != seen:
            raise StaleError(OVERTAKEN)
        new = Template(
            tuple(Standing(**row | {"title": cleaned(row["title"])}) for row in items)
            or _usual_items(locked),
            tuple(Usual(**row | {"name": cleaned(row["name"])}) for row in parts),
            cleaned(statement),
        )
        if new == old:
            unchanged()
            return
        # What is usual is not kept: so it follows the task force's language.
        own = () if new.items == _usual_items(locked) else new.items
        tables: tuple[tuple[Any, Sequence[Any]], ...] = ((StandingItem, own), (UsualPart, new.parts))
        for table, rows in tables:
            table.objects.filter(task_force=locked).delete()
            table.objects.bulk_create(
                table(task_force=locked, position=position, **row._asdict())
                for position, row in enumerate(rows, 1)
            )
        TaskForce.objects.filter(pk=locked.pk).update(statement=new.statement)
        record.done(lens, "template_changed", once=once)


def furnish(lens: Lens, task_force: TaskForce, conference: Conference) -> None:
    """The items and the parts that every conference of the task force begins with."""
    template = template_of(task_force)
    for position, item in enumerate(template.items, 1):
        mark = mark_row(lens, topic=Topic.COORDINATION, audience=EVERY_ROLE, parent=conference.pk)
        # Unsealed: a row that is new.
        AgendaItem.unsealed.create(
            mark=mark,
            conference=conference,
            key=f"i-{token_hex(8)}",
            status=ItemStatus.PLANNED,
            position=position,
            **item._asdict(),
        )
    # What somebody accepts stays as it was when they did, whatever the template says later.
    # Unsealed: a row that is new.
    Conference.unsealed.filter(pk=conference.pk).update(statement=template.statement)
    Part.objects.bulk_create(
        Part(conference=conference, position=position, **part._asdict())
        for position, part in enumerate(template.parts, 1)
    )


def _usual_items(task_force: TaskForce) -> tuple[Standing, ...]:
    with translation.override(offered(task_force.language)):
        return tuple(Standing(kind.value, str(title), minutes) for kind, title, minutes in STANDING)
