"""A pass: what all open pages of this process show now, read once for all of them, and what each lacks.

It runs in the hub's own thread with its own database connection: the lenses of all sockets in a fixed number of
queries, each page kind loaded once, the rule in Python, each row rendered once, and a socket sent only the panels
whose bytes differ from what it last got. Nobody gets a frame about what they may not see.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import QuerySet
from django.utils import timezone

from workspace.disclosure import lean
from workspace.disclosure.lens import Sight, Sights, read_sights
from workspace.live.models import PRESENCE_FRESH, PRESENCE_KEPT, Presence, Seen, ask_seen, here_of
from workspace.live.panels import Asked, Panel, Shown, Viewer, Written, one_moment, pages, shape, written
from workspace.people.models import offered, public_id
from workspace.people.sessions import Session

PRESENCE_SAID_EVERY = timedelta(seconds=5)
LEAVE = 4403
NOT_HERE = 4404  # there is nothing here for its reader (any more): the page leaves, but for what was typed
OTHER_PANELS = 4409  # the page came from another version of this program: it loads itself once more
RAN_OUT = 4401  # the session came to its end by itself: the page leaves, but for what was typed


@dataclass(eq=False)
class Socket:
    """One open page.

    `shape`: which panels it has, if it says so; `shows`: their digests; `words`: the language and time zone they are
    in; `stamp`: what they were made from.
    `unanswered`: how many bytes it was sent and has not yet been seen to read; `asked`: the heartbeat that waits
    for its answer, sent at `asked_at` after `asked_after` of those bytes; `behind`: something was held back, so it
    gets everything once it has answered.
    """

    session: str
    page: str
    id: str
    look: str
    send: Callable[[dict[str, Any]], Awaitable[None]]
    shows: list[str] | None
    shape: str = ""
    stamp: Any = None
    shown: Shown | None = None
    words: tuple[str, str] | None = None
    unanswered: int = 0
    behind: bool = False
    beat_at: float = 0.0
    asked: str = ""
    asked_at: float = 0.0
    asked_after: int = 0
    farewell: int = LEAVE

    def catch_up(self) -> None:
        """Before a pass, never during one: forget what the page shows if it missed something."""
        if self.behind and not self.asked:
            self.behind, self.stamp, self.shows = False, None, None


class Reader(NamedTuple):
    """Whose session it is, and when it ends by itself."""

    person: int
    language: str
    zone: str
    until: datetime

    @property
    def words(self) -> tuple[str, str]:
        """What a text is rendered in: language and time zone."""
        return self.language, self.zone


@dataclass
class Outcome:
    """What a pass found: frames to send with their sizes in bytes, sockets to close, and the next instant at which a
    lens changes by itself."""

    frames: list[tuple[Socket, str, int]] = field(default_factory=list)
    closed: list[Socket] = field(default_factory=list)
    changes_at: datetime | None = None


def _sessions(keys: Collection[str]) -> QuerySet[Any]:
    return Session.objects.filter(session_key__in=keys, person__is_active=True).values_list(
        "session_key", "person_id", "person__language", "person__task_force__time_zone", "expire_date"
    )


class Pen:
    """Writes panels, each once a pass for the same value, language and time zone."""

    def __init__(self) -> None:
        self._written: dict[tuple[Panel, str, str], Written] = {}

    def difference(self, socket: Socket, reader: Reader, had: Shown | None) -> tuple[str, int]:
        """The panels that this page lacks, and how many bytes they are. `had`: what it showed to this same reader, or
        None when that is not known."""
        assert socket.shown is not None
        panels, shows = socket.shown.panels, socket.shows
        if shows is None or len(shows) != len(panels):
            whole = [self._write(panel, reader) for panel in panels]
            socket.shows = [panel.mark for panel in whole]
            return "".join([panel.html for panel in whole]), sum(panel.size for panel in whole)
        frame, bytes_of_all = [], 0
        for place, panel in enumerate(panels):
            if had is not None and had.panels[place] is panel:
                continue
            html, size, mark = self._write(panel, reader)
            if shows[place] != mark:
                shows[place] = mark
                frame.append(html)
                bytes_of_all += size
        return "".join(frame), bytes_of_all

    def _write(self, panel: Panel, reader: Reader) -> Written:
        key = panel, *reader.words
        known = self._written.get(key)
        if known is None:
            known = self._written[key] = written(*key)
        return known


class Passes:
    """The work of the hub's thread: everything that touches the database, one pass at a time."""

    def __init__(self) -> None:
        self.hub = public_id()
        self.present: frozenset[tuple[int, int]] = frozenset()
        self.present_said_at: datetime | None = None
        self.arrived: dict[int, frozenset[int]] = {}
        self.seen: dict[int, Seen] = {}
        self.versions: dict[int, int] = {}
        self.changed: set[int] = set()

    def run(self, sockets: list[Socket]) -> Outcome:
        """One pass over these sockets, as things stand at one moment."""
        with one_moment() as at:
            return self._look(sockets, at)

    def _look(self, sockets: list[Socket], at: datetime) -> Outcome:
        outcome = Outcome()
        # Of the same moment as all else: what a page shows and what it is stamped with must not differ.
        seen = ask_seen({s.shown.conference for s in sockets if s.shown and s.shown.conference}, at)
        known = self._readers(sockets)
        readers = {key: reader for key, reader in known.items() if reader.until > at}
        sights = read_sights({reader.person for reader in readers.values()}, at)
        self._note_versions(sights)
        ends = [reader.until for reader in readers.values()] + list(sights.turns.values())
        outcome.changes_at = min(ends, default=None)
        self.seen = seen()
        here = {where: here_of(who, at) for where, who in self.seen.items()}
        # The same object for the same people, so that what was made of it still holds.
        self.arrived = {
            where: was if (was := self.arrived.get(where)) == who else who for where, who in here.items()
        }
        stale: dict[str, list[tuple[Socket, Reader, Any]]] = defaultdict(list)
        for socket in sockets:
            reader = readers.get(socket.session)
            if reader is None:
                socket.farewell = RAN_OUT if socket.session in known else LEAVE
                outcome.closed.append(socket)
                continue
            stamp = self._stamp(socket, reader, sights)
            if socket.stamp != stamp:
                stale[socket.page].append((socket, reader, stamp))
        for name, waiting in stale.items():
            self._refresh(name, waiting, sights, outcome)
        return outcome

    def _readers(self, sockets: Iterable[Socket]) -> dict[str, Reader]:
        found = lean.read(_sessions, keys={socket.session for socket in sockets})
        return {
            key: Reader(person, offered(language), zone, ends) for key, person, language, zone, ends in found
        }

    def _note_versions(self, sights: Sights) -> None:
        self.changed |= {
            case for case, version in sights.versions.items() if self.versions.get(case, version) != version
        }
        self.versions = dict(sights.versions)

    def _stamp(self, socket: Socket, reader: Reader, sights: Sights) -> Any:
        sight: Sight = sights.of[reader.person]
        shown = socket.shown
        if shown is not None and shown.until is not None and shown.until <= sights.at:
            return shown.until  # time alone changed it
        if shown is None or shown.case is None:
            versions = tuple((case, sights.versions[case], sights.turns.get(case)) for case in sorted(sight))
            return reader, tuple(sorted(sight.items())), versions, None
        arrived = self.arrived.get(shown.conference, frozenset()) if shown.conference else None
        version = sights.versions.get(shown.case), sights.turns.get(shown.case)
        return reader, sight.get(shown.case), version, arrived

    def _refresh(
        self, name: str, waiting: list[tuple[Socket, Reader, Any]], sights: Sights, outcome: Outcome
    ) -> None:
        page, pen = pages()[name], Pen()
        viewers = [Viewer(sights.of[reader.person], socket.id, socket.look) for socket, reader, _ in waiting]
        seated = {} if page.alone else sights.seated
        loaded = page.load(Asked(sights.at, viewers, seated, arrived=self.arrived, seen=self.seen))
        for viewer, (socket, reader, stamp) in zip(viewers, waiting, strict=True):
            shown = page.view(loaded, viewer)
            if shown is None:
                socket.farewell = NOT_HERE
                outcome.closed.append(socket)
                continue
            had, socket.shown = socket.shown, shown
            if had is None and socket.shape not in ("", shape(shown.panels)):
                socket.farewell = OTHER_PANELS
                outcome.closed.append(socket)
                continue
            frame, size = pen.difference(socket, reader, had if socket.words == reader.words else None)
            socket.words = reader.words
            socket.stamp = stamp if had else self._stamp(socket, reader, sights)
            if frame:
                outcome.frames.append((socket, frame, size))

    def say_who_is_here(self, sockets: Iterable[Socket]) -> None:
        """Write down who has a page open here, when that changed and every few seconds."""
        at = timezone.now()
        present = frozenset(
            (socket.shown.conference, socket.shown.seat)
            for socket in sockets
            if socket.shown and socket.shown.conference and socket.shown.seat
        )
        due = self.present_said_at is None or at - self.present_said_at >= PRESENCE_SAID_EVERY
        if not (due and present) and present == self.present:
            return
        Presence.objects.bulk_create(
            [
                Presence(hub=self.hub, conference_id=where, seat_id=who, seen_at=at)
                for where, who in sorted(present)
            ],
            update_conflicts=True,
            unique_fields=["hub", "conference", "seat"],
            update_fields=["seen_at"],
        )
        # Gone from here at once; that they were here is kept for a while.
        fresh = at - PRESENCE_FRESH
        Presence.objects.filter(hub=self.hub, seen_at__lt=at, seen_at__gt=fresh).update(seen_at=fresh)
        Presence.objects.filter(seen_at__lt=at - PRESENCE_KEPT).delete()
        self.present, self.present_said_at = present, at
