"""Who is new on the survivor's team, and whose part is not clear to her yet."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, ClassVar

from conferences.due.panels import in_order, last_held, new_to_her, on_the_team
from conferences.languages.panels import Side, in_reading, sides, usually
from conferences.review.panels import told
from conferences.roles.panels import Team, Who
from conferences.usual.panels import said_by_holder, usual_of
from workspace.disclosure.labels import ROLES
from workspace.disclosure.lens import OpenedRows
from workspace.disclosure.policy import Lens, Role
from workspace.live.panels import Lines, value


@value
class NewRow:
    """Somebody on her team who is new to her, or of whom she said whether their part is clear to her (`clear`), which
    she can say otherwise. `usual`: `every` is not what they say themselves. `told`: who reads what she says of that."""

    template: ClassVar[str] = "conferences/newcomers/_new.html"
    case: str
    id: str
    name: str
    role: str
    starts: datetime | None
    every: tuple[Side, ...]
    usual: bool
    clear: bool | None
    told: Who

    @property
    def role_label(self) -> Any:
        """The role in words."""
        return ROLES[Role(self.role)]

    @property
    def not_yet(self) -> bool:
        """Whether she said that it is not clear to her yet."""
        return self.clear is False

    @property
    def does(self) -> str:
        """What they do, in one line."""
        return in_reading(self.every).said.does.partition("\n")[0]

    @property
    def language(self) -> str:
        """The language of that line."""
        return in_reading(self.every).said.language


@value
class NewcomersPanel:
    """Who is new on her team, who is not clear to her yet, and of whom she pressed lately that it is; nothing for
    anybody else."""

    id: ClassVar[str] = "newcomers"
    template: ClassVar[str] = "conferences/newcomers/_newcomers.html"
    new: Lines = Lines()
    not_yet: Lines = Lines()
    clear: Lines = Lines()


def newcomers(rows: Iterable[NewRow]) -> NewcomersPanel:
    """The panel of what she has not heard of yet."""
    found = tuple(rows)
    return NewcomersPanel(*(Lines(row for row in found if row.clear is said) for said in (None, False, True)))


def new_rows(
    team: Team,
    lens: Lens,
    at: datetime,
    conferences: OpenedRows,
    marks: OpenedRows,
    seated: Mapping[int, Lens],
    *,
    case: Any,
) -> list[NewRow]:
    """Who is new to the survivor, if it is she who looks, until she said whether it is clear or met them; those of whom
    she said that it is not; and those of whom she said here that it is, since the last conference was held. The seats
    come with `TRANSLATIONS`, `case` with its task force and `USUAL`. The rest as in `due`."""
    if lens.role is not Role.SURVIVOR:
        return []
    sitting, to_come = on_the_team(team, at)
    said = {mark.seat_id: mark for mark in marks}
    last = last_held(conferences)
    new = [
        seat
        for seat in new_to_her(sitting, to_come, conferences)
        if seat.introduced_at is None and seat.mark_id not in said
    ]
    # What she says in a meeting she can say otherwise there.
    others = [
        seat
        for seat in (*in_order(sitting), *to_come)
        if (mark := said.get(seat.mark_id))
        and not (mark.clear and (mark.conference_id or (last and mark.created_at < last)))
    ]
    return [
        NewRow(
            case=case.public_id,
            id=seat.public_id,
            name=seat.name,
            role=seat.role,
            starts=seat.starts if seat in to_come else None,
            every=sides(team, seat, case.task_force.language)
            if said_by_holder(seat)
            else usually(seat, usual_of(case.usual)),
            usual=not said_by_holder(seat),
            clear=said[seat.mark_id].clear if seat.mark_id in said else None,
            told=told(team, lens, seat, seated),
        )
        for seat in (*new, *others)
    ]
