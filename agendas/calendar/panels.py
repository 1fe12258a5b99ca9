"""A person's calendar: as its owner sees it here, and as a calendar program reads it, after RFC 5545."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

from django.utils import timezone, translation
from django.utils.translation import gettext as _
from icalendar import Calendar, Event, Timezone, TimezoneStandard, vText

from agendas.actions.models import OPEN, ActionItem
from agendas.actions.panels import today_of, told_day
from agendas.calendar.models import KEPT, Appointment, Feed, FeedEntry, Reading, Told
from conferences.meetings.models import Answer, Attendance, Conference
from conferences.meetings.panels import said_by
from workspace.disclosure.lens import open_rows, sight_of
from workspace.disclosure.policy import Lens, Role
from workspace.live.panels import Asked, Viewer, one_moment
from workspace.people.models import offered

DAY = timedelta(days=1)
ASK_AGAIN = timedelta(hours=1)
END = b"END:VCALENDAR"


@dataclass(frozen=True)
class Desk:
    """One's own calendar. `since`: when its address was made, or None: there is none. `hers`: whether it is the
    survivor's, or may be. `chosen`: what it says, or would by itself."""

    since: datetime | None
    hers: bool
    chosen: dict[str, Any]

    @property
    def word(self) -> str:
        """What stands for everything."""
        return self.chosen["cover"] or _("Appointment")


def desk(person: int) -> Desk:
    """The calendar of this person. Nothing is in a survivor's until she says so, nor in that of somebody of whom it is
    not known who they are here."""
    roles = {lens.role for lens in sight_of(person, timezone.now()).values()}
    hers = Role.SURVIVOR in roles or Role.GUARDIAN in roles or not roles
    feed = Feed.objects.filter(person=person).first()
    names = ("cover", "conferences", "due_dates", "details")
    if feed is not None:
        return Desk(feed.since, hers, {name: getattr(feed, name) for name in names})
    return Desk(None, hers, dict(zip(names, ("", not hers, not hers, False), strict=True)))


def reading(secret_hash: str) -> Reading | None:
    """The calendar at this address as its owner's lenses let it be now; None: there is nothing here. In a fixed number
    of queries, whatever is in it."""
    with one_moment() as at:
        found = Feed.objects.select_related("person").filter(secret_hash=secret_hash, person__is_active=True)
        feed = found.first()
        if feed is None:
            return None
        sight = sight_of(feed.person_id, at)
        asked = Asked(at, [Viewer(sight, "", "")])
        conferences = asked.rows(Conference, "mark__case_id", mark__case__in=asked.cases)
        actions = asked.rows(ActionItem, "mark__case_id", mark__case__in=asked.cases)
        before = {entry.about_id: entry for entry in FeedEntry.objects.filter(feed=feed)}
        opened = [
            (lens, open_rows(sight, conferences[case]), open_rows(sight, actions[case]))
            for case, lens in sorted(sight.items())
        ]
    language = offered(feed.person.language)
    with translation.override(language):
        cover, name = feed.cover or _("Appointment"), _("Calendar")
    listed = [
        each
        for lens, meetings, tasks in opened
        for each in (*_meetings(feed, lens, meetings, cover), *_due(feed, lens, tasks, cover, at))
        if each.ends > at - KEPT
    ]
    listed.sort(key=lambda each: (each.starts, each.about))
    return Reading(at, feed, cover, name, language, tuple(listed), before)


def _meetings(feed: Feed, lens: Lens, rows: Iterable[Any], cover: str) -> Iterator[Appointment]:
    """The conferences that somebody is invited to and does not stay away from. One that was held was not called off."""
    for row in rows if feed.conferences else ():
        own = said_by(row, lens.seat)
        if row.cancelled_at or own.answer == Answer.NO or own.attendance == Attendance.APOLOGIES:
            continue
        title, place = (row.title, row.place) if feed.details else (cover, "")
        ends = row.starts + timedelta(minutes=row.minutes)
        yield Appointment(row.mark_id, row.starts, ends, False, title, place)


def _due(feed: Feed, lens: Lens, rows: Collection[Any], cover: str, at: datetime) -> Iterator[Appointment]:
    """The days by which somebody does what is theirs. What it is, a calendar never says."""
    today = today_of(rows, at)
    for row in rows if feed.due_dates else ():
        own = row.owner_id == lens.seat and row.status in OPEN
        if own and (day := told_day(row, today, (lens.seat,))):
            starts = datetime.combine(day, time(), UTC)
            yield Appointment(row.mark_id, starts, starts + DAY, True, cover)


class Words(vText):
    r"""Words as they are: the library takes a typed `\N` for the end of a line."""

    def to_ical(self) -> bytes:
        """As RFC 5545 writes them."""
        return rb"\\N".join(vText(part).to_ical() for part in self.split(r"\N"))


def written(reading: Reading, told: Iterable[Told]) -> bytes:
    """The calendar as a program reads it: nothing in it says where it comes from, and it is the same, byte for byte,
    while nothing changed."""
    calendar = Calendar()
    calendar.add("prodid", "-//Calendar//Calendar 1.0//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", reading.name)
    calendar.add("refresh-interval", ASK_AGAIN, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    entries = b"".join(
        _event(
            entry.uid,
            entry.sequence,
            entry.changed_at,
            entry.starts,
            entry.ends,
            each.title,
            each.place,
            whole_day=entry.whole_day,
            off=entry.cancelled_at is not None,
        )
        for each in told
        for entry in [each.entry]
    )
    return bytes(calendar.to_ical().replace(END, (entries or _nothing()) + END))


@lru_cache(maxsize=16_384)
def _event(
    uid: str,
    sequence: int,
    changed_at: datetime,
    starts: datetime,
    ends: datetime,
    title: str,
    place: str,
    *,
    whole_day: bool,
    off: bool,
) -> bytes:
    """An entry, written once as long as it stays as it is: five hundred take longer than all that is read for them."""
    event = Event()
    event.add("uid", uid)
    event.add("dtstamp", changed_at.astimezone(UTC))
    event.add("last-modified", changed_at.astimezone(UTC))
    event.add("sequence", sequence)
    event.add("dtstart", _when(starts, whole_day=whole_day))
    event.add("dtend", _when(ends, whole_day=whole_day))
    event.add("summary", Words(title))
    if place:
        event.add("location", Words(place))
    event.add("class", "PRIVATE")
    event.add("status", "CANCELLED" if off else "CONFIRMED")
    event.add("transp", "TRANSPARENT" if off or whole_day else "OPAQUE")
    return bytes(event.to_ical())


def _when(at: datetime, *, whole_day: bool) -> date:
    """An instant in UTC, so that no clock's change moves it; or a day, which is the same day everywhere."""
    instant = at.astimezone(UTC)
    return instant.date() if whole_day else instant


def _nothing() -> bytes:
    """A calendar may not be empty: RFC 5545 wants one component in it."""
    standard = TimezoneStandard()
    standard.add("dtstart", datetime.combine(date(1970, 1, 1), time()))
    standard.add("tzoffsetfrom", timedelta())
    standard.add("tzoffsetto", timedelta())
    zone = Timezone()
    zone.add("tzid", "UTC")
    zone.add_component(standard)
    return bytes(zone.to_ical())
