"""Marking a row: the one way in which something that can be disclosed comes to be."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from workspace.disclosure.models import Mark, Named, Seat
from workspace.disclosure.policy import Lens, Refusal, Role, Topic, row_refusals

OVERTAKEN = _(
    "Somebody changed this in the meantime. How it stands now is shown on this page, and what you typed is "
    "still here. Press the button again to keep yours."
)


class RefusedError(Exception):
    """The policy refuses what was to be written. `refusals`: why."""

    def __init__(self, *refusals: Refusal) -> None:
        super().__init__(*refusals)
        self.refusals = refusals


class NotAllowedError(Exception):
    """This seat may not do that; it sees the row, so it is told so. `sentence`: why, in the user's words."""

    def __init__(self, sentence: object = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence


class StaleError(Exception):
    """What this was about has changed in the meantime. `sentence`: what, in the user's words."""

    def __init__(self, sentence: object) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def fingerprint(*said: object) -> str:
    """A fingerprint of what somebody read, which comes back with what they change of it."""
    return salted_hmac("edition", repr(said), algorithm="sha256").hexdigest()[:32]


def mark_again(row: Any, *, parent: int) -> Mark:
    """The mark of a row that takes up another, an opened one, or keeps it as it is now, under this parent. Its author,
    origin and readers are those of that one, so that nobody reads more than its author allowed."""
    # What its author said of it came along with the row: why she is left out, and that their own client permits it.
    old = Mark.objects.get(pk=row.mark_id)
    mark = Mark.objects.create(
        case_id=old.case_id,
        author_id=old.author_id,
        origin_id=old.origin_id,
        topic=old.topic,
        audience=old.audience,
        parent_id=parent,
        left_out_because=old.left_out_because,
        permitted_at=old.permitted_at,
    )
    Named.objects.bulk_create([Named(mark=mark, seat_id=seat) for seat in row.row.named])
    return mark


def refuse_row(
    lens: Lens, *, author: int | None, topic: Topic, audience: int, named: Collection[int]
) -> None:
    """Raises RefusedError for what the policy refuses of any row by this author, a seat of the lens's case."""
    # Unsealed: the rule about attorneys asks which seats are counsel's, and what its author's role is, whoever may see
    # those seats.
    asked = Q(role=Role.COUNSEL) | Q(pk=author)
    roles = dict(Seat.unsealed.filter(asked, case=lens.case).values_list("mark_id", "role"))
    refusals = tuple(
        row_refusals(
            author=author,
            author_role=Role(roles[author]) if author is not None else None,
            topic=topic,
            audience=audience,
            named=named,
            counsels=[seat for seat, role in roles.items() if role == Role.COUNSEL],
            survivor=lens.survivor,
        )
    )
    if refusals:
        raise RefusedError(*refusals)


def mark_row(
    lens: Lens,
    *,
    topic: Topic,
    audience: int,
    named: Collection[int] = (),
    parent: int | None = None,
    left_out_because: str = "",
    invited_only: bool = False,
    permitted_at: datetime | None = None,
) -> Mark:
    """The mark of a new row by the holder of this lens's seat.

    Raises RefusedError for what the policy refuses of any row.
    """
    refuse_row(lens, author=lens.seat, topic=topic, audience=audience, named=named)
    mark = Mark.objects.create(
        case_id=lens.case,
        author_id=lens.seat,
        origin_id=lens.agency,
        topic=topic,
        audience=audience,
        parent_id=parent,
        invited_only=invited_only,
        left_out_because=left_out_because,
        permitted_at=permitted_at,
    )
    Named.objects.bulk_create([Named(mark=mark, seat_id=seat) for seat in named])
    return mark


def let_read(
    lens: Lens, mark: int, *, topic: Topic, audience: int, named: Collection[int], left_out_because: str
) -> None:
    """Let others read a row from now on than before.

    Raises RefusedError as `mark_row` does. Who may do so is for the verb to ask.
    """
    marked = Mark.objects.filter(pk=mark)
    author = marked.values_list("author", flat=True)[0]
    refuse_row(lens, author=author, topic=topic, audience=audience, named=named)
    marked.update(topic=topic, audience=audience, left_out_because=left_out_because)
    Named.objects.filter(mark=mark).exclude(seat__in=named).delete()
    Named.objects.bulk_create([Named(mark_id=mark, seat_id=seat) for seat in named], ignore_conflicts=True)
