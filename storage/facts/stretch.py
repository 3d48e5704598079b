"""The facts of one integration at many instants of the past, from rows that are read once.

What `facts_of` gives for an instant, this gives for thousands of them: for replaying a rule over history.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime

import msgspec
import sqlalchemy as sa

from core.clock import from_micros, to_micros
from core.facts import Facts, WindowFacts
from core.units import Window
from storage.facts.recent import MOST
from storage.facts.scope import Watched, scope_of
from storage.facts.stretch_calls import CallStretch
from storage.facts.stretch_runs import RunStretch
from storage.facts.stretch_seen import CredentialStretch, FileStretch, QuotaStretch, SourceStretch
from storage.schema import sync_run

PARTS = frozenset({"runs", "calls", "quotas", "credentials", "files", "sources"})
"""What facts are made of; those not asked for stay empty."""


class Stretch:
    """Made by `stretch`. Instants are asked in rising order, within [since, until]."""

    def __init__(
        self,
        connection: sa.Connection,
        integration: str,
        span: tuple[datetime, datetime],
        windows: Collection[Window],
        histograms: Collection[Window],
        volumes: Collection[Window],
        parts: Collection[str],
    ) -> None:
        """Read all rows that any instant looks back on."""
        scope = scope_of(connection, {integration})
        self._one: Watched | None = next(iter(scope.integrations.values()), None)
        since, until = to_micros(span[0]), to_micros(span[1])
        self._histograms = histograms
        known = self._one is not None
        self._runs = RunStretch(connection, scope, since, until, windows, volumes) if known and "runs" in parts else None  # fmt: skip
        self._calls = CallStretch(connection, scope, since, until, windows, histograms) if known and "calls" in parts else None  # fmt: skip
        self._quotas = QuotaStretch(connection, scope, until) if known and "quotas" in parts else None
        self._keys = CredentialStretch(connection, scope, until) if known and "credentials" in parts else None
        self._files = FileStretch(connection, scope, since, until) if known and "files" in parts else None
        self._sources = SourceStretch(connection, scope, since, until) if known and "sources" in parts else None  # fmt: skip

    def turns(self) -> Iterator[datetime]:
        """When runs ended: the instants at which readings of runs change, rising."""
        return (from_micros(at) for at in (self._runs.ends() if self._runs else ()))

    def hours_until(self) -> datetime | None:
        """Until when calls are known by the hour only; None where no calls were read."""
        return from_micros(self._calls.minutes_from) if self._calls else None

    def at(self, instants: Iterable[datetime]) -> Iterator[Facts]:
        """The facts at each instant; none where the integration was never configured."""
        return (self._facts(self._one, at) for at in instants) if self._one is not None else iter(())

    def _facts(self, one: Watched, instant: datetime) -> Facts:
        at = to_micros(instant)
        facts = Facts(
            integration=one.key,
            as_of=instant,
            known_since=from_micros(one.known_since),
            windows=self._windows(at),
            quotas=self._quotas.at(at) if self._quotas else (),
            credentials=self._keys.at(at) if self._keys else (),
            files=self._files.at(at) if self._files else (),
            sources=self._sources.at(at) if self._sources else {},
        )
        return self._with_runs(facts, self._runs, at) if self._runs else facts

    def _with_runs(self, facts: Facts, runs: RunStretch, at: int) -> Facts:
        newest, still_open = runs.newest(at), runs.open_at(at)
        starts = (run.started_at for run in (*newest, *still_open))
        succeeded = runs.succeeded_at(at)
        return msgspec.structs.replace(
            facts,
            recent=tuple(newest[:MOST]),
            open_runs=tuple(still_open),
            last_started_at=max((start for start in starts if start and start <= facts.as_of), default=None),
            last_finished_at=next((run.finished_at for run in newest if run.finished_at), None),
            last_succeeded_at=None if succeeded is None else from_micros(succeeded),
            volumes=dict(runs.volumes(at)),
        )

    def _windows(self, at: int) -> dict[Window, WindowFacts]:
        found = dict(self._runs.sums(at, self._histograms)) if self._runs else {}
        for window, calls, latency in self._calls.sums(at) if self._calls else ():
            sums = found.get(window, WindowFacts())
            found[window] = msgspec.structs.replace(sums, calls=calls, latency=latency)
        return found


def stretch(
    connection: sa.Connection,
    integration: str,
    since: datetime,
    until: datetime,
    *,
    windows: Collection[Window],
    histograms: Collection[Window] = (),
    volumes: Collection[Window] = (),
    parts: Collection[str] = PARTS,
) -> Stretch:
    """The facts of an integration over [since, until]; arguments as of `facts_of`; parts: those wanted."""
    return Stretch(connection, integration, (since, until), windows, histograms, volumes, parts)


def oldest_known(connection: sa.Connection, integration: str) -> datetime | None:
    """From when on anything is known of an integration; None where it was never configured."""
    scope = scope_of(connection, {integration})
    one = next(iter(scope.integrations.values()), None)
    if one is None:
        return None
    run = sync_run.c
    oldest: int | None = connection.execute(
        sa.select(run.at).where(scope.holds(run.integration_id)).order_by(run.at).limit(1)
    ).scalar()
    return from_micros(min(one.known_since, oldest if oldest is not None else one.known_since))
