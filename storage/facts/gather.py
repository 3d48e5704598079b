"""Puts the facts of integrations together from their sums, newest runs, sources, limits and keys."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa

from core.clock import from_micros, to_micros
from core.facts import (
    CredentialFact,
    Facts,
    FileFact,
    QuotaFact,
    RunFact,
    SourceFacts,
    VolumeFact,
    WindowFacts,
)
from core.histogram import Histogram
from core.records import COUNTED_STATUSES, RunStatus
from core.units import Window
from storage.facts.failures import open_failed_records
from storage.facts.files import files_at
from storage.facts.quotas import quotas_at
from storage.facts.recent import MOST, last_succeeded, newest_ended, open_at
from storage.facts.run_windows import COUNTED_CODES, RunSums
from storage.facts.scope import Scope, Watched, scope_of
from storage.facts.seen import credentials_at, sources_at
from storage.facts.time_windows import Windows, time_windows
from storage.facts.volumes import volumes_at


def facts(
    connection: sa.Connection,
    integration: str,
    at: datetime,
    windows: Collection[Window],
    volumes: Collection[Window] = (),
) -> Facts | None:
    """The facts of one configured integration; None where there is none of this key."""
    return facts_of(connection, at, windows, {integration}, volumes=volumes).get(integration)


def facts_of(
    connection: sa.Connection,
    at: datetime,
    windows: Collection[Window],
    integrations: Collection[str] | None = None,
    histograms: Collection[Window] | None = None,
    volumes: Collection[Window] = (),
) -> dict[str, Facts]:
    """Facts by integration key, exact for `at`; integrations: keys, None = all configured ones.

    A window of time holds the runs that ended, and the minutes of calls that began, in [at - duration,
    at]; a window of runs the last so many counted runs. histograms: the windows whose durations and
    latencies are wanted, None = all; in others these are empty; volumes: windows whose usual number of
    records is wanted. Runs by `finished_at` (`sync_run.at`); polls, limits and keys as they were seen by
    then.
    """
    measured = windows if histograms is None else histograms
    return facts_within(connection, scope_of(connection, integrations), at, windows, measured, volumes)


def facts_within(
    connection: sa.Connection,
    scope: Scope,
    at: datetime,
    windows: Collection[Window],
    histograms: Collection[Window],
    volumes: Collection[Window] = (),
) -> dict[str, Facts]:
    """`facts_of` for integrations already looked up."""
    if not scope.integrations:
        return {}
    micros = to_micros(at)
    sums = time_windows(connection, scope, micros, windows, histograms)
    most = max([MOST, *(window.runs for window in windows if window.runs)])
    newest = newest_ended(connection, scope, micros, most)
    _run_windows(connection, scope, micros, windows, newest, most, sums)
    succeeded = _last_successes(connection, scope, micros, newest, most)
    parts = _Parts(
        windows=sums,
        recent=newest,
        open_runs=open_at(connection, scope, micros),
        succeeded=succeeded,
        sources=sources_at(connection, scope, micros),
        quotas=quotas_at(connection, scope, micros),
        credentials=credentials_at(connection, scope, micros),
        failed_records=open_failed_records(connection, scope, micros),
        files=files_at(connection, scope, micros),
        volumes=volumes_at(connection, scope, micros, volumes) if volumes else {},
    )
    return {one.key: _facts(one, at, parts) for one in scope.integrations.values()}


@dataclass(frozen=True, slots=True)
class _Parts:
    """What was read, each by integration id."""

    windows: Windows
    recent: Mapping[int, list[RunFact]]
    open_runs: Mapping[int, list[RunFact]]
    succeeded: Mapping[int, datetime]
    sources: Mapping[int, dict[str, SourceFacts]]
    quotas: Mapping[int, list[QuotaFact]]
    credentials: Mapping[int, list[CredentialFact]]
    failed_records: Mapping[int, int] = field(default_factory=dict)
    files: Mapping[int, list[FileFact]] = field(default_factory=dict)
    volumes: Mapping[int, Mapping[Window, VolumeFact]] = field(default_factory=dict)


def _facts(one: Watched, at: datetime, parts: _Parts) -> Facts:
    recent, open_runs = parts.recent.get(one.id, []), parts.open_runs.get(one.id, [])
    starts = (run.started_at for run in (*recent, *open_runs))
    return Facts(
        integration=one.key,
        as_of=at,
        known_since=from_micros(one.known_since),
        recent=tuple(recent[:MOST]),
        open_runs=tuple(open_runs),
        last_started_at=max((start for start in starts if start and start <= at), default=None),
        last_finished_at=next((run.finished_at for run in recent if run.finished_at), None),
        last_succeeded_at=parts.succeeded.get(one.id),
        windows=parts.windows.get(one.id, {}),
        quotas=tuple(parts.quotas.get(one.id, ())),
        credentials=tuple(parts.credentials.get(one.id, ())),
        sources=parts.sources.get(one.id, {}),
        failed_records_open=parts.failed_records.get(one.id, 0),
        files=tuple(parts.files.get(one.id, ())),
        volumes=parts.volumes.get(one.id, {}),
    )


def _run_windows(
    connection: sa.Connection,
    scope: Scope,
    at: int,
    wanted: Iterable[Window],
    newest: Mapping[int, list[RunFact]],
    most: int,
    result: Windows,
) -> None:
    """Fill in the windows of runs, from the newest runs or, where too few of these count, anew."""
    sizes = [window.runs for window in wanted if window.runs is not None]
    if not sizes:
        return
    counted = {one: [run for run in runs if run.status in COUNTED_STATUSES] for one, runs in newest.items()}
    short = {one for one, runs in counted.items() if len(runs) < max(sizes) and len(newest[one]) >= most}
    if short:
        less = Scope({one: scope.integrations[one] for one in short}, scope.sources, every=False)
        counted.update(newest_ended(connection, less, at, max(sizes), COUNTED_CODES))
    for one in scope.integrations:
        for size in sizes:
            result[one][Window(runs=size)] = sums_of_runs(counted.get(one, [])[:size])


def sums_of_runs(runs: list[RunFact]) -> WindowFacts:
    """The sums of a window of runs."""
    sums = RunSums()
    for run in runs:
        sums.add_runs(run.status, 1)
        sums.add_told((run.records_read, run.records_written, run.records_skipped, run.records_failed))
        if run.duration_seconds is not None:
            sums.duration.add(run.duration_seconds)
    return sums.facts({}, sums.duration, Histogram())


def _last_successes(
    connection: sa.Connection, scope: Scope, at: int, newest: Mapping[int, list[RunFact]], most: int
) -> Mapping[int, datetime]:
    """When each integration last had a successful run, looked up anew where none of the newest is one."""
    found: dict[int, datetime] = {}
    unknown = set()
    for one, runs in newest.items():
        ends = (run.finished_at for run in runs if run.status is RunStatus.SUCCEEDED)
        last = next((end for end in ends if end is not None), None)
        if last is not None:
            found[one] = last
        elif len(runs) >= most:
            unknown.add(one)
    if unknown:
        less = Scope({one: scope.integrations[one] for one in unknown}, scope.sources, every=False)
        older = last_succeeded(connection, less, at)
        found.update((one, from_micros(micros)) for one, micros in older.items())
    return found
