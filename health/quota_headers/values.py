"""Single values of rate-limit headers: numbers, resets, HTTP dates, and the answer that carries them."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache

from core.records import Problem
from core.units import parse_duration

EPOCH_MILLISECONDS_FROM = 1e12
EPOCH_SECONDS_FROM = 1e9
LONGEST_WAIT = timedelta(days=3660)
BAD_HEADER = "bad_quota_header"
# Retry-After-Ms is the wait of the whole answer, in milliseconds.
_NAMED_WAIT = re.compile(r"retry-after-(?!ms$)([\w-]{1,40})", re.ASCII)
_OFFSET_FROM = re.compile(r"\b(?:GMT|UTC)(?=[+-]\d{4}\b)", re.ASCII)
_SHORT = 30
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NUMBER = re.compile(r"[+-]?(?:\d{1,30}(?:\.\d{0,30})?|\.\d{1,30})(?:[eE][+-]?\d{1,2})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Answer:
    """One response as far as limits go. headers: lower-case names; date: its own `Date`, if readable."""

    headers: Mapping[str, str]
    status: int
    observed_at: datetime
    date: datetime | None = None
    problems: list[Problem] = field(default_factory=list)

    def get(self, name: str | None) -> str | None:
        """A header's value, stripped; None where it is missing or empty."""
        value = self.headers.get(name, "").strip() if name else ""
        return value or None

    def number(self, name: str | None) -> float | None:
        """A header that is a number of requests; a malformed one is noted and None."""
        value = self.get(name)
        if value is None:
            return None
        amount = number(value)
        if amount is None:
            amount = number(re.split("[,;]", value, maxsplit=1)[0])
        if amount is None:
            self.malformed(name, value)
        return amount

    def reset(self, name: str | None, unit: float | None = None) -> datetime | None:
        """A header that tells when the limit resets; unit: seconds of one unit, None = guess."""
        value = self.get(name)
        if value is None:
            return None
        at = reset_at(value, self.observed_at, self.date, unit)
        if at is None:
            self.malformed(name, value)
        return at

    def waits(self) -> dict[str, timedelta]:
        """How long `Retry-After-<limit>` asks to wait, by the limit's name, as NestJS tells it for limits with names."""
        told = {
            found[1]: seconds
            for name in self.headers
            if (found := _NAMED_WAIT.fullmatch(name)) and (seconds := number(self.headers[name])) is not None
        }
        return {
            name: timedelta(seconds=min(told[name], LONGEST_WAIT.total_seconds())) for name in sorted(told)
        }

    def malformed(self, name: str | None, value: str) -> None:
        """Note a header, or a member of one, that could not be read."""
        text = f"{name}: {value[:120]} cannot be read; it is ignored"
        self.problems.append(Problem(kind=BAD_HEADER, where=name or "", message=text))


@dataclass(frozen=True, slots=True)
class Found:
    """One limit as the headers tell it; see QuotaReading for the units."""

    quota: str
    limit: float | None = None
    remaining: float | None = None
    resets_at: datetime | None = None
    window_seconds: float | None = None


def number(text: str) -> float | None:
    """A number that is not negative; None for anything else."""
    if len(text) <= _SHORT and text.isdecimal() and text.isascii():
        return float(text)
    text = text.strip().strip('"').strip()
    if not _NUMBER.fullmatch(text):
        return None
    value = float(text)
    return value if math.isfinite(value) and value >= 0 else None


@lru_cache(maxsize=1000)
def http_date(text: str) -> datetime | None:
    """An HTTP date, or what JavaScript prints (`… GMT+0100 (CET)`), as an aware instant; None for anything else."""
    try:
        at = parsedate_to_datetime(_OFFSET_FROM.sub("", text))
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def reset_at(
    text: str, observed_at: datetime, date: datetime | None, unit: float | None = None
) -> datetime | None:
    """The instant of a reset by our clock; None where it cannot be read.

    Numbers from 1e12 are epoch milliseconds, from 1e9 epoch seconds, below seconds from now (or `unit`
    seconds each); else an HTTP date, an ISO 8601 time, or a duration such as 6m0s. An absolute time is
    taken against the answer's own Date, because the server's clock need not be ours.
    """
    amount = number(text)
    try:
        if amount is not None:
            if unit is None and amount >= EPOCH_MILLISECONDS_FROM:
                return _by_our_clock(_EPOCH + timedelta(milliseconds=amount), observed_at, date)
            if unit is None and amount >= EPOCH_SECONDS_FROM:
                return _by_our_clock(_EPOCH + timedelta(seconds=amount), observed_at, date)
            return _ahead(timedelta(seconds=amount * (unit or 1)), observed_at)
        absolute = http_date(text) or _iso(text)
        if absolute is not None:
            return _by_our_clock(absolute, observed_at, date)
        return _ahead(parse_duration(text), observed_at)
    except (ValueError, OverflowError):
        return None


def _by_our_clock(absolute: datetime, observed_at: datetime, date: datetime | None) -> datetime | None:
    away = absolute - (date or observed_at)
    return observed_at + away if abs(away) <= LONGEST_WAIT else None


def _ahead(wait: timedelta, observed_at: datetime) -> datetime | None:
    return observed_at + wait if wait <= LONGEST_WAIT else None


def _iso(text: str) -> datetime | None:
    if not re.match(r"\d{4}-\d\d-\d\d[T ]\d", text):
        return None
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
