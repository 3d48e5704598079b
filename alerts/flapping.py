"""Flapping: an alert that comes and goes many times within a short while is told once, then left alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec.structs import replace

from core.alert_states import AlertEvent, AlertState, EventKind

WINDOW = timedelta(hours=1)
"""Turns between firing and normal are counted over this long."""

FLAPS_FROM = 6
"""So many turns within the window make it flapping: three times on and off."""

STEADY_AT = 2
"""So few turns within the window make it steady again."""

MOST_TURNS = 20


def turns(state: AlertState, now: datetime) -> int:
    """How often it turned between firing and normal within the window."""
    return sum(now - at <= WINDOW for at in state.changes)


def noted(state: AlertState, now: datetime) -> tuple[datetime, ...]:
    """Its latest turns with this one, newest last."""
    return (*state.changes, now)[-MOST_TURNS:]


def with_flapping(
    state: AlertState, events: Sequence[AlertEvent], now: datetime
) -> tuple[AlertState, tuple[AlertEvent, ...]]:
    """The state as flapping or steady, and what happened, with the beginning or the end of flapping."""
    if not state.changes:
        return state, tuple(events)
    count = turns(state, now)
    if not state.flapping and count >= FLAPS_FROM:
        kind = EventKind.FLAPPING
    elif state.flapping and count <= STEADY_AT:
        kind = EventKind.STEADY
    else:
        return state, tuple(events)
    flapping = replace(state, flapping=kind is EventKind.FLAPPING)
    return flapping, (*events, AlertEvent.of(flapping, kind, now))
