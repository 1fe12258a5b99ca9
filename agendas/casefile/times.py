"""Instants and days as a case file writes them."""

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
# Within these years nothing overflows, in whatever zone and however far the file is moved. Instants keep a day's
# distance from both ends, so that they are within them on every clock.
YEARS = range(1900, 3000)
FIRST, END = datetime(1900, 1, 2, tzinfo=UTC), datetime(2999, 12, 31, tzinfo=UTC)


def instant(text: str) -> datetime:
    """An RFC 3339 time with its offset. Raises ValueError for anything else, before `FIRST`, and from `END` on."""
    if not _INSTANT.fullmatch(text.upper()):
        raise ValueError(text)
    at = datetime.fromisoformat(text.upper())
    if not FIRST <= at < END:
        raise ValueError(text)
    return at


def day(text: str) -> date:
    """An RFC 3339 date. Raises ValueError for anything else, and outside `YEARS`."""
    if not _DAY.fullmatch(text):
        raise ValueError(text)
    on = date.fromisoformat(text)
    if on.year not in YEARS:
        raise ValueError(text)
    return on


def written(at: datetime, zone: ZoneInfo) -> str:
    """The instant as the clocks of the zone said it, with the offset they had."""
    local = at.astimezone(zone)
    offset = local.utcoffset() or timedelta()
    # Before zones were invented offsets had seconds, which RFC 3339 cannot write.
    return local.isoformat() if not offset.seconds % 60 else at.astimezone(UTC).isoformat()
