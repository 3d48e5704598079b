"""What the worker is given to do, and what a changed configuration changes of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from core.clock import Clock
from core.records import Poll
from worker.alarm import AlarmDuties

K = TypeVar("K")


@dataclass(frozen=True)
class Change(Generic[K]):
    """A configuration that was taken over. every: each source's interval; anew: sources that it changed."""

    every: Mapping[K, timedelta]
    anew: frozenset[K] = frozenset()


@dataclass(frozen=True)
class Duties(Generic[K]):
    """What the worker does, handed in by whoever put the house together.

    every: each source's interval; poll: one look at a source, which never raises for the source's
    own failure (None: the source was taken out of the configuration meanwhile); refresh: bring the snapshot of these
    integrations up to date (None: of all);
    prune: drop what is past its retention; integration_of: whose snapshot a poll changes; reload: take
    over a changed configuration, if there is one (it runs in a thread, and never raises for a bad file);
    alarm: what is done about alerts, None = nothing; not_before: until when a source asked to be left alone
    before we were started; close: give up what the polls share, after the last of them. How many are polled at once is for `poll` to say: it is called for each that is due.
    """

    every: Mapping[K, timedelta]
    poll: Callable[[K], Awaitable[Poll | None]]
    refresh: Callable[[frozenset[str] | None, datetime], None]
    prune: Callable[[datetime], None]
    integration_of: Callable[[K], str]
    clock: Clock
    reload: Callable[[datetime], Change[K] | None] | None = None
    alarm: AlarmDuties | None = None
    not_before: Mapping[K, datetime] = field(default_factory=dict)
    close: Callable[[], Awaitable[None]] | None = None
