"""The item looked at, with what was said and decided under it."""

import json
from datetime import datetime
from typing import Any, ClassVar

from agendas.items.panels import GoalLink, ItemHead, goal_link, was_otherwise
from agendas.notes.models import NoteKind, decided
from conferences.roles.panels import Readers, Team, Who
from workspace.disclosure.labels import TOPICS
from workspace.disclosure.lens import OpenedRows
from workspace.disclosure.policy import (
    Lens,
    Topic,
    may_edit,
    may_narrow,
    may_speak,
    may_write_notes,
)
from workspace.disclosure.sealed import SeatSet, TiedRows
from workspace.live.panels import Lines, value


@value
class Ways:
    """What the viewer may do with something that was written: change its text, let others read it (`fewer` than now, or
    `others`, or none of both), and read what it said before."""

    text: bool
    readers: str
    history: bool


@value
class NoteRow:
    """A note. `afterwards`: it was added when the meeting was closed. `said_by`: whose words a recorder wrote down, if
    any, and `stands` whether they confirmed them: `waiting`, `denied`, or nothing once they did. `then`: for the
    speaker, who reads them once they say yes. `may_use`: whether the viewer may make an action item or a decision of
    it."""

    template: ClassVar[str] = "agendas/notes/_note.html"
    id: str
    kind: str
    topic: str
    text: str
    author: Who
    written_at: datetime
    readers: Readers
    ways: Ways
    afterwards: bool
    said_by: Who
    stands: str
    edition: int
    closed: bool
    then: Readers | None
    may_use: bool

    @property
    def url(self) -> str:
        """Where one says whether it is what one said."""
        return f"/notes/{self.id}/"

    @property
    def kind_label(self) -> Any:
        """The kind in words."""
        return NoteKind(self.kind).label

    @property
    def topic_label(self) -> Any:
        """The topic in words."""
        return TOPICS[Topic(self.topic)]

    @property
    def folded(self) -> bool:
        """Whether the text stands folded under a line that says what kind it is: sensitive detail does."""
        return self.kind in (NoteKind.CLINICAL, NoteKind.PRIVATE)


@value
class DecisionRow:
    """A decision, and who agrees with it or sees it differently. `mine`: which of the two the viewer does, if any;
    `may_say`: whether they can say so; `seen`: of which words. `from_note`: the public id of the note it was made of,
    where the viewer sees it."""

    template: ClassVar[str] = "agendas/notes/_decision.html"
    id: str
    topic: str
    text: str
    author: Who
    written_at: datetime
    readers: Readers
    ways: Ways
    agree: Who
    differ: Who
    mine: str
    may_say: bool
    seen: str
    from_note: str
    goal: GoalLink = GoalLink()

    @property
    def topic_label(self) -> Any:
        """The topic in words."""
        return TOPICS[Topic(self.topic)]

    @property
    def url(self) -> str:
        """Where one says what one thinks of it."""
        return f"/decisions/{self.id}/"


@value
class ItemPanel:
    """The current item, or another one that is looked at. `elsewhere`: the room's address when it is
    another one. `may_narrow`: whether the viewer may let fewer people see it. `carried`: where the
    item is who does what by when, what has not ended and was there before. `hers`: the survivor reads it."""

    id: ClassVar[str] = "item"
    template: ClassVar[str] = "agendas/notes/_item.html"
    head: ItemHead | None
    notes: Lines
    decisions: Lines
    elsewhere: str
    may_lead: bool
    may_write: bool
    may_narrow: bool = False
    carried: Lines = Lines()
    hers: bool = False


def ways(found: OpenedRows, lens: Lens, *, closed: bool, observes: bool) -> tuple[Ways, ...]:
    """What the viewer may do with each of these notes or decisions."""
    return found.once(_ways, lens, not closed and may_speak(observes=observes))


def _ways(found: OpenedRows, lens: Lens, may_change: bool) -> tuple[Ways, ...]:
    return tuple(_ways_of(row, lens, may_change) for row in found)


def _ways_of(row: Any, lens: Lens, may_change: bool) -> Ways:
    own = may_edit(lens, row.row) and may_change
    borrowed = getattr(row, "said_by_id", None) not in (None, row.row.author)
    return Ways(
        # Another's words stand as they were confirmed.
        text=own and not (borrowed and not row.unconfirmed),
        readers="others" if own and not borrowed else "fewer" if may_narrow(lens, row.row) else "",
        history=was_otherwise(row, lens),
    )


def rows(
    found: OpenedRows,
    team: Team,
    lens: Lens,
    *,
    closed: bool,
    closed_at: datetime | None = None,
    observes: bool = False,
) -> Lines:
    """Notes, oldest first, with the question to whoever said what a recorder wrote down. `closed_at`: when their
    conference was closed."""
    # Who looks along is not told what is asked of whoever said it, nor who reads it then.
    alone = not closed and not lens.along
    asked = found.once(_unconfirmed).get(lens.seat, frozenset()) if alone else frozenset()
    may_use = may_write_notes(lens) and may_speak(observes=observes) and not closed
    its_ways = ways(found, lens, closed=closed, observes=observes)
    return found.once(_rows, team, asked, closed, may_use, its_ways, closed_at)


def _unconfirmed(found: OpenedRows) -> dict[int, frozenset[int]]:
    """The marks of what waits to be confirmed, by whose words they are."""
    waiting = [row for row in found if row.unconfirmed]
    return {
        seat: frozenset(row.mark_id for row in waiting if row.said_by_id == seat)
        for seat in {row.said_by_id for row in waiting}
    }


def _rows(
    found: OpenedRows,
    team: Team,
    asked: frozenset[int],
    closed: bool,
    may_use: bool,
    ways: tuple[Ways, ...],
    closed_at: datetime | None,
) -> Lines:
    # Only what waits says that the conference is closed.
    return Lines(
        team.once(
            _row,
            row,
            row.mark_id in asked,
            closed and bool(row.unconfirmed),
            may_use and not row.unconfirmed,
            its,
            closed_at is not None and row.created_at > closed_at,
        )
        for row, its in zip(found, ways, strict=True)
    )


def _row(
    team: Team, row: Any, asked: bool, closed: bool, may_use: bool, ways: Ways, afterwards: bool
) -> NoteRow:
    [(audience, named, denied_at)] = TiedRows.read(row.unconfirmed) or [(0, "[]", None)]
    return NoteRow(
        id=row.public_id,
        kind=row.kind,
        topic=row.row.topic,
        text=row.text,
        author=team.author(row),
        written_at=row.created_at,
        readers=team.readers(row),
        ways=ways,
        afterwards=afterwards,
        said_by=team.who(row.said_by_id),
        stands="denied" if denied_at else "waiting" if row.unconfirmed else "",
        edition=row.edition,
        closed=closed,
        then=Readers(audience, team.reading(json.loads(named)), "") if asked else None,
        may_use=may_use,
    )


def decisions(
    found: OpenedRows,
    team: Team,
    lens: Lens,
    notes: OpenedRows,
    *,
    closed: bool,
    observes: bool = False,
) -> Lines:
    """Decisions, oldest first, with the buttons of somebody who may say what they think of them. `notes`: those of the
    same item that the viewer sees."""
    said = found.once(_said)
    mine = tuple(
        "agree" if lens.seat in agree else "differ" if lens.seat in differ else "" for agree, differ in said
    )
    sources = found.once(_sources, notes)
    may_say = may_write_notes(lens) and may_speak(observes=observes) and not closed
    its_ways = ways(found, lens, closed=closed, observes=observes)
    names = may_speak(observes=observes) and not closed
    goals = tuple(goal_link(row, lens, f"/decisions/{row.public_id}/goal/" if names else "") for row in found)
    return found.once(_decisions, team, mine, sources, may_say, its_ways, goals)


def _sources(found: OpenedRows, notes: OpenedRows) -> tuple[str, ...]:
    seen = {note.mark_id: note.public_id for note in notes}
    return tuple(seen.get(row.from_note_id, "") for row in found)


def _said(found: OpenedRows) -> tuple[tuple[frozenset[int], frozenset[int]], ...]:
    return tuple((SeatSet.read(row.agree), SeatSet.read(row.differ)) for row in found)


def _decisions(
    found: OpenedRows,
    team: Team,
    mine: tuple[str, ...],
    sources: tuple[str, ...],
    may_say: bool,
    ways: tuple[Ways, ...],
    goals: tuple[GoalLink, ...],
) -> Lines:
    each = zip(found, mine, sources, ways, goals, strict=True)
    return Lines(
        team.once(_decision, row, own, source, may_say, its, goal) for row, own, source, its, goal in each
    )


def _decision(
    team: Team, row: Any, mine: str, source: str, may_say: bool, ways: Ways, goal: GoalLink
) -> DecisionRow:
    agree, differ = SeatSet.read(row.agree), SeatSet.read(row.differ)
    return DecisionRow(
        id=row.public_id,
        topic=row.row.topic,
        text=row.text,
        author=team.author(row),
        written_at=row.created_at,
        readers=team.readers(row),
        ways=ways,
        agree=team.who(*sorted(agree)),
        differ=team.who(*sorted(differ)),
        mine=mine,
        may_say=may_say,
        seen=decided(row),
        from_note=source,
        goal=goal,
    )
