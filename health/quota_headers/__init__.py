"""Reads the rate limits that an HTTP answer tells in its headers, whatever the dialect."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache

from core.records import Problem, QuotaReading
from health.quota_headers.dialects import ALSO, DIALECTS, NAMES, Dialect
from health.quota_headers.structured import UNNAMED
from health.quota_headers.values import LONGEST_WAIT, Answer, Found, http_date, number

CACHED = "cached_quota_header"
WAITS = {
    "retry-after-ms": 0.001,
    "x-ms-retry-after-ms": 0.001,
    "x-retry-after": 1.0,
    "x-ratelimit-retry-after": 1.0,
    "x-rate-limit-retry-after-seconds": 1.0,
}
"""Other names under which servers tell a wait, and how many seconds one of theirs is: OpenAI, Azure, gateways,
MailerLite, bucket4j."""

REFUSED = 429
UNAVAILABLE = 503

__all__ = ["NAMES", "read", "retry_after"]


def read(
    headers: Mapping[str, str] | Iterable[tuple[str, str]],
    *,
    status: int,
    observed_at: datetime,
    scope: str,
    dialect: str = "auto",
) -> tuple[list[QuotaReading], list[Problem]]:
    """Every limit that the answer tells, and what in its headers could not be read.

    headers: names in any case; several of one name as pairs; observed_at: when it came, by our clock;
    scope: whose quota it is; dialect: one of NAMES. limited means that this answer was a refusal for the
    limit (a 429, or what else the dialect refuses with), not that nothing remains. An answer from a cache
    (Age above 0) tells of another time: it is ignored, and counted as a problem. Raises ValueError for an
    unknown dialect, never for headers.
    """
    if dialect not in NAMES:
        raise ValueError(f"got {dialect!r}; use one of {', '.join(NAMES)}")
    given, wanted = _lower(headers), ALSO.get(dialect, dialect)
    spoken = _spoken(frozenset(given), wanted)
    if not spoken and status != REFUSED:
        return [], []
    answer = Answer(given, status, observed_at, http_date(given.get("date", "")))
    limits, refused = _limits(answer, spoken, wanted)
    if (limits or answer.problems) and _is_cached(answer):
        text = f"the answer came from a cache (Age: {answer.get('age')}); its limits are ignored"
        return [], [Problem(kind=CACHED, where="age", message=text)]
    if refused and not limits:
        limits = [Found(UNNAMED)]
    return _readings(answer, limits, refused, scope), answer.problems


def retry_after(
    headers: Mapping[str, str] | Iterable[tuple[str, str]], observed_at: datetime
) -> timedelta | None:
    """How long the answer asks us to wait: seconds, decimals or an HTTP date; None without (or malformed).

    Where it tells a wait for each limit by name, the longest; without a `Retry-After` that can be read, what
    stands in one of WAITS. It says nothing of a refusal: some servers send it with every 200.
    """
    given = _lower(headers)
    answer = Answer(given, 0, observed_at, http_date(given.get("date", "")))
    value = answer.get("retry-after")
    if value is not None and (wait := _wait(answer, value)) is not None:
        return wait
    for name, unit in WAITS.items():
        seconds = number(answer.get(name) or "")
        if seconds is not None:
            return _seconds(seconds * unit)
    return None if value is not None else max(answer.waits().values(), default=None)


def _wait(answer: Answer, value: str) -> timedelta | None:
    seconds = number(value)
    if seconds is not None:
        return _seconds(seconds)
    at = http_date(value)
    if at is None:
        return None
    return min(max(at - (answer.date or answer.observed_at), timedelta()), LONGEST_WAIT)


def _seconds(seconds: float) -> timedelta:
    return timedelta(seconds=min(seconds, LONGEST_WAIT.total_seconds()))


def _lower(headers: Mapping[str, str] | Iterable[tuple[str, str]]) -> dict[str, str]:
    """Names in lower case; several values of one name are one list, as HTTP has it."""
    pairs = headers if isinstance(headers, tuple | list) else tuple(_pairs(headers))
    keys = _keys(tuple([name for name, _ in pairs]))
    if len(keys) == len(set(keys)):
        return dict(zip(keys, [value for _, value in pairs], strict=True))
    joined: dict[str, str] = {}
    for key, (_, value) in zip(keys, pairs, strict=True):
        joined[key] = f"{joined[key]}, {value}" if key in joined and key != "date" else value
    return joined


def _pairs(headers: Mapping[str, str] | Iterable[tuple[str, str]]) -> Iterable[tuple[str, str]]:
    return headers.items() if isinstance(headers, Mapping) else headers


@lru_cache(maxsize=1000)
def _keys(names: tuple[str, ...]) -> tuple[str, ...]:
    """The names in lower case: a system's answers have the same ones each time."""
    return tuple(name.strip().lower() for name in names)


def _limits(answer: Answer, spoken: Sequence[Dialect], wanted: str) -> tuple[list[Found], bool]:
    """What the dialects find, and whether the answer is a refusal by what they know."""
    limits: list[Found] = []
    refused, plain_found = answer.status == REFUSED, False
    for dialect in spoken:
        if (dialect.plain and plain_found) or not _is_told(dialect, answer, wanted):
            continue
        found = dialect.read(answer)
        plain_found = plain_found or (dialect.plain and bool(found))
        limits += found
        refused = refused or _refuses(dialect, answer, found)
    return limits, refused


@lru_cache(maxsize=1000)
def _spoken(names: frozenset[str], wanted: str) -> tuple[Dialect, ...]:
    """The dialects that an answer with these headers may speak: a system's answers have the same ones each time."""
    if wanted != "auto":
        return tuple(one for one in DIALECTS if one.name == wanted)
    return tuple(one for one in DIALECTS if one.may_be_told(names))


def _is_told(dialect: Dialect, answer: Answer, wanted: str) -> bool:
    if wanted == dialect.name or not dialect.told_by:
        return True
    return any(answer.get(name) is not None for name in dialect.told_by)


def _refuses(dialect: Dialect, answer: Answer, found: list[Found]) -> bool:
    """A 403 is also "not allowed": it is the limit's only where nothing remains or it asks to wait.

    A 503 asks to wait during maintenance too: it is the limit's only where nothing remains.
    """
    if answer.status not in dialect.refusals:
        return False
    asks = answer.status != UNAVAILABLE and answer.get("retry-after") is not None
    return asks or any(one.remaining == 0 for one in found)


def _is_cached(answer: Answer) -> bool:
    age = answer.get("age")
    return age is not None and (number(age) or 0) > 0


def _readings(answer: Answer, limits: list[Found], refused: bool, scope: str) -> list[QuotaReading]:
    used_up = [one for one in limits if one.remaining == 0]
    blamed = (used_up or limits) if refused else []
    wait = retry_after(answer.headers, answer.observed_at) if refused else None
    readings: dict[str, QuotaReading] = {}
    for one in limits:
        limited = bool(blamed) and any(one is other for other in blamed)
        resets_at = one.resets_at
        if resets_at is None and limited and wait is not None:
            resets_at = answer.observed_at + wait
        readings.setdefault(
            one.quota,
            QuotaReading(
                scope=scope,
                quota=one.quota,
                observed_at=answer.observed_at,
                limit=one.limit,
                remaining=one.remaining,
                resets_at=resets_at,
                window_seconds=one.window_seconds,
                limited=limited,
            ),
        )
    return list(readings.values())
