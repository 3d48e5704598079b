"""Reads a rate limit that stands in a JSON body: `{limit, remaining, used, reset}` by any usual name (pure)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from collectors.times import parse_time
from core.records import QuotaReading

_UTC = ZoneInfo("UTC")
_EPOCH_SECONDS = 1_000_000_000
_LIMIT = (
    "limit",
    "max",
    "maximum",
    "total",
    "quota",
    "allowed",
    "cap",
    "dailylimit",
    "usagelimit",
    "maximumavailable",
    "maxrequests",
    "requestlimit",
)
_REMAINING = (
    "remaining",
    "left",
    "available",
    "remainingrequests",
    "currentlyavailable",
    "requestsremaining",
)
_USED = ("used", "usage", "current", "currentusage", "consumed", "count")
_RESET = ("reset", "resetat", "resetsat", "resettime", "resetdate", "resetin", "resetafter", "resetseconds")
_WINDOW = ("window", "windowseconds", "period", "interval", "intervalseconds")


_NAME = ("name", "resource", "type", "key", "id", "interval")
MOST = 200
"""So many limits are read from one body at most."""
_DEEPEST = 4


def quotas_in(
    found: object,
    *,
    scope: str,
    quota: str,
    observed_at: datetime,
    answered_at: datetime | None,
    limited: bool,
) -> list[QuotaReading]:
    """Every limit in what a JMESPath found; none where it tells of none.

    An object that tells a limit is one; else each of its members, and each item of a list, is looked into:
    Salesforce's `/limits`, GitHub's `resources`, HubSpot's list. These are named `quota:member`.
    """
    told: dict[str, QuotaReading] = {}
    for name, one in islice(_each(found, quota, _DEEPEST), MOST):
        reading = quota_in(
            one, scope=scope, quota=name, observed_at=observed_at, answered_at=answered_at, limited=limited
        )
        if reading is not None:
            told.setdefault(name, reading)
    return list(told.values())


def _each(found: object, name: str, depth: int) -> Iterator[tuple[str, object]]:
    """What may tell a limit, with its name."""
    if depth == 0:
        return
    if isinstance(found, list):
        for number, item in enumerate(found):
            if isinstance(item, Mapping | list):
                own = _own_name(item) or str(number)
                yield from _each(item, name if len(found) == 1 else f"{name}:{own}", depth - 1)
    elif isinstance(found, Mapping) and not _tells(found):
        for member, value in found.items():
            if isinstance(value, Mapping | list):
                yield from _each(value, f"{name}:{member}", depth - 1)
    else:
        yield name, found


def _own_name(item: object) -> str | None:
    if not isinstance(item, Mapping):
        return None
    return next((str(item[key]) for key in _NAME if isinstance(item.get(key), str | int)), None)


def _tells(found: Mapping[str, object]) -> bool:
    named = _named(found)
    return _number(_first(named, _LIMIT)) is not None or _number(_first(named, _REMAINING)) is not None


def _named(found: Mapping[str, object]) -> dict[str, object]:
    """The members by their names without case, dashes and underscores."""
    return {str(name).lower().replace("_", "").replace("-", ""): value for name, value in found.items()}


def quota_in(
    found: object,
    *,
    scope: str,
    quota: str,
    observed_at: datetime,
    answered_at: datetime | None,
    limited: bool,
) -> QuotaReading | None:
    """The reading in what a JMESPath found; None where it tells neither limit nor remaining.

    found: an object, or a bare number: what remains. answered_at: the answer's own `Date`, against
    which an absolute reset is taken.
    """
    named = _named(found) if isinstance(found, Mapping) else {"remaining": found}
    limit, remaining, used = (_number(_first(named, names)) for names in (_LIMIT, _REMAINING, _USED))
    if remaining is None and limit is not None and used is not None:
        remaining = max(0.0, limit - used)
    if limit is None and remaining is not None and used is not None:
        limit = remaining + used
    if limit is None and remaining is None:
        return None
    return QuotaReading(
        scope=scope,
        quota=quota,
        observed_at=observed_at,
        limit=limit,
        remaining=remaining,
        resets_at=_reset(_first(named, _RESET), observed_at, answered_at or observed_at),
        window_seconds=_number(_first(named, _WINDOW)),
        limited=limited,
    )


def _first(named: Mapping[str, object], names: tuple[str, ...]) -> object:
    return next((named[name] for name in names if _is_plain(named.get(name))), None)


def _is_plain(value: object) -> bool:
    """Whether it is a single value: a member `usage: {…}` is no number of calls."""
    return value is not None and not isinstance(value, Mapping | list)


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if 0 <= number < float("inf") else None


def _reset(value: object, observed_at: datetime, answered_at: datetime) -> datetime | None:
    """A small number is seconds from now; anything else an instant by the other side's clock."""
    seconds = _number(value)
    if seconds is not None and seconds < _EPOCH_SECONDS:
        return observed_at + timedelta(seconds=seconds)
    try:
        at = parse_time(value, _UTC)
        return None if at is None else observed_at + (at - answered_at)
    except (ValueError, OverflowError):
        return None
