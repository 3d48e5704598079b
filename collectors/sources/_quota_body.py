"""Reads a rate limit that stands in a JSON body: `{limit, remaining, used, reset}` by any usual name (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from collectors.times import parse_time
from core.records import QuotaReading

_UTC = ZoneInfo("UTC")
_EPOCH_SECONDS = 1_000_000_000
_LIMIT = ("limit", "max", "maximum", "total", "quota", "allowed", "cap", "dailylimit")
_REMAINING = ("remaining", "left", "available", "remainingrequests")
_USED = ("used", "usage", "current", "currentusage", "consumed", "count")
_RESET = ("reset", "resetat", "resetsat", "resettime", "resetdate", "resetin", "resetafter", "resetseconds")
_WINDOW = ("window", "windowseconds", "period", "interval", "intervalseconds")


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
    if isinstance(found, Mapping):
        named = {str(name).lower().replace("_", "").replace("-", ""): value for name, value in found.items()}
    else:
        named = {"remaining": found}
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
    return next((named[name] for name in names if named.get(name) is not None), None)


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return number if 0 <= number < float("inf") else None


def _reset(value: object, observed_at: datetime, answered_at: datetime) -> datetime | None:
    """A small number is seconds from now; anything else an instant by the other side's clock."""
    seconds = _number(value)
    if seconds is not None and seconds < _EPOCH_SECONDS:
        return observed_at + timedelta(seconds=seconds)
    try:
        at = parse_time(value, _UTC)
    except ValueError:
        return None
    return None if at is None else observed_at + (at - answered_at)
