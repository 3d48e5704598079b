"""Which stretches of time a query is asked for, and what is remembered of them (pure)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from collectors.sources._prometheus_calls import MINUTE, Carry, restored_carry, stored_carry
from collectors.sources._prometheus_settings import CallsQuery, QuotaQuery, RangeSettings, RunsQuery
from core.records import Json

_MOST_STEPS = 10_000
"""Prometheus gives at most 11,000 values of a series."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Window:
    """Values at `after` + step, …, `until`. settled: those up to `after` were read before, for good.

    next: where the next poll's window begins.
    """

    after: datetime
    until: datetime
    next: datetime
    settled: bool


@dataclass(frozen=True, slots=True)
class State:
    """What is remembered of one query.

    at: where the next window begins (of an instant query: its last time), None at first; carry: what
    rounding left over there; later: the same after that time, for an instant query.
    """

    at: datetime | None = None
    carry: Carry = field(default_factory=dict)
    later: Carry = field(default_factory=dict)

    def stored(self) -> Json:
        """As it stands in a cursor."""
        at = self.at.isoformat() if self.at is not None else None
        return {"at": at, "carry": stored_carry(self.carry), "later": stored_carry(self.later)}

    @classmethod
    def restored(cls, kept: Json) -> State:
        """As it was; a new one where a cursor holds none."""
        if not isinstance(kept, Mapping) or not isinstance(kept.get("at"), str):
            return cls()
        try:
            at = datetime.fromisoformat(str(kept["at"]))
        except ValueError:
            return cls()
        return cls(at, restored_carry(kept.get("carry")), restored_carry(kept.get("later")))


def key_of(query: CallsQuery | RunsQuery | QuotaQuery) -> str:
    """What a query's state is kept under: changed or moved, it begins anew or stays what it is."""
    step = query.range.step if query.range is not None else None
    shape = query.model_dump(mode="json", exclude={"name", "empty", "range"})
    return hashlib.blake2b(repr((shape, step)).encode(), digest_size=8).hexdigest()


def floor(at: datetime, unit: timedelta) -> datetime:
    """The last multiple of a unit (since the epoch) that is not after an instant."""
    return at - (at - _EPOCH) % unit


def windows(
    settings: RangeSettings, state: State, now: datetime, horizon: datetime | None
) -> Iterator[Window]:
    """The stretches to ask for, oldest first, each short enough for one answer.

    horizon: what is older would not be stored. None where no new value is due.
    """
    unit = max(settings.step, MINUTE)
    end = floor(now, unit)
    after = state.at if state.at is not None else floor(now - settings.since, unit)
    settled = state.at is not None
    if horizon is not None and after < horizon:
        after = floor(horizon, unit)
    longest = max(unit, floor(_EPOCH + _MOST_STEPS * settings.step, unit) - _EPOCH)
    while after < end:
        until = min(end, after + longest)
        last = until == end
        following = max(after, floor(end - settings.lookback, unit)) if last else until
        yield Window(after, until, following, settled)
        after, settled = until, True
