"""Tells what systems write where there is no time: the years 1 and 9999, 1900-01-01, zeros, infinity (pure)."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

BEGINNING = datetime.min.replace(tzinfo=UTC)
END = datetime.max.replace(tzinfo=UTC)
"""What a zone carries out of the years that there are is one of these two."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LONGEST_NANOSECONDS = datetime(2262, 4, 11, 23, 47, 16, tzinfo=UTC)
"""The largest whole number of 64 bits, which Java writes for never, as nanoseconds."""

_LAST_YEAR = 9999
_LAST_DAYS = frozenset(
    {
        # Oracle's last year is 4712; a zone may move each by a day.
        *(date(4712, 12, 30), date(4712, 12, 31), date(4713, 1, 1)),
        *(date(2999, 12, 30), date(2999, 12, 31), date(3000, 1, 1)),
    }
)
_LAST_EPOCHS = range(253_402_300_800 - 38 * 3600, 253_402_300_800 + 14 * 3600)
"""Seconds of 9999-12-31 in any zone; as milliseconds, as which they would be read by their size, they are of 1978."""

COMPACT_ENDS = frozenset({99_991_231, 99_991_231_000_000, 99_991_231_235_959})
"""How SAP writes the last day."""

# The last day of a zone to the west is the next one of UTC, as PostgreSQL and JavaScript write it.
_ENDLESS = re.compile(r"\s*(?:infinity|never|(?:\+0)?10000-01-01.*)\s*", re.ASCII | re.IGNORECASE)
# MySQL writes the year 0 and SAP zeros; Go and .NET the year 1, in words too.
_NOTHING = re.compile(
    r"(?:0000[-/.]00[-/.]00|00[-/.]00[-/.]0000)\b.*|0{8}|0{14}|-infinity|"
    r"[\w,.: ]{0,40}\b[Jj][Aa][Nn]\w{0,4}\b[\w,.: ]{0,40} 0001(?: [\w:.+ -]{0,40})?",
    re.ASCII,
)


def says_nothing(text: str) -> bool:
    """Whether a text is written where there is no time, and cannot be read as one."""
    return _NOTHING.fullmatch(text) is not None or says_no_end(text)


def says_no_end(text: str) -> bool:
    """Whether a text stands for an end that there is not, and cannot be read as a time."""
    return _ENDLESS.fullmatch(text) is not None


def is_last_epoch(number: float) -> bool:
    """Whether an epoch, of any unit, is of the last day."""
    # Most epochs are of our days, and told by one comparison.
    return number >= _LAST_EPOCHS.start and any(
        int(number) // unit in _LAST_EPOCHS for unit in (1, 1_000, 1_000_000)
    )


def is_no_end(at: datetime) -> bool:
    """Whether an instant is a last day there is, which means that something has no end."""
    if at < _LONGEST_NANOSECONDS:
        return False
    return (
        at.year == _LAST_YEAR or at.date() in _LAST_DAYS or at.replace(microsecond=0) == _LONGEST_NANOSECONDS
    )


def is_no_time(at: datetime) -> bool:
    """Whether an instant means none: there was no sync before 1970, and epochs begin with it."""
    return at <= EPOCH or is_no_end(at)
