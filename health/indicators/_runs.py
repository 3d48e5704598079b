"""What several indicators ask about runs: which are counted, when they began, and by which job."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from core.facts import Facts, RunFact, WindowFacts
from core.records import COUNTED_STATUSES, RunStatus
from health.context import IndicatorContext
from health.schedule import newest_start

_MANY_JOBS = 10
_ONCE_ONLY = 0.8


def counted_runs(runs: Iterable[RunFact]) -> list[RunFact]:
    """The runs that are in the count: succeeded, partial, failed."""
    return [run for run in runs if run.status in COUNTED_STATUSES]


def counted_in(window: WindowFacts) -> int:
    """How many counted runs a window holds."""
    return sum(count for status, count in window.runs.items() if status in COUNTED_STATUSES)


def failures_in(window: WindowFacts, context: IndicatorContext) -> int:
    """How many of a window's counted runs are failures."""
    return sum(count for status, count in window.runs.items() if context.is_failure(status))


def start_of(run: RunFact) -> datetime | None:
    """When a run began; worked out from its end where its start was not told."""
    if run.started_at is not None or run.finished_at is None:
        return run.started_at
    return run.finished_at - timedelta(seconds=run.duration_seconds or 0)


def last_start(facts: Facts, now: datetime) -> datetime | None:
    """The newest start of any run, ended or not; a queued run has not started."""
    begun = [run for run in facts.open_runs if run.status is not RunStatus.QUEUED]
    starts = [start_of(run) for run in (*facts.recent, *begun)]
    known = facts.last_started_at
    if known is not None and any(
        run.status is RunStatus.QUEUED and run.started_at == known for run in facts.open_runs
    ):
        known = None
    return newest_start([*starts, known, facts.last_finished_at if not any(starts) else None], now)


def by_job(runs: Sequence[RunFact], given_up_after: timedelta | None) -> Mapping[object, list[RunFact]]:
    """Runs by (source, job), each in the order given (newest first).

    A job whose newest run lies longer than `given_up_after` before the newest of all is left out: it
    is no longer run. Where nearly every run has a job name of its own, the names are no jobs, and all
    runs are taken as one.
    """
    jobs: defaultdict[object, list[RunFact]] = defaultdict(list)
    for run in runs:
        jobs[(run.source, run.job)].append(run)
    once = sum(len(of_job) == 1 for of_job in jobs.values())
    if len(jobs) >= _MANY_JOBS and once >= _ONCE_ONLY * len(jobs):
        return {"all": list(runs)}
    newest = max((run.finished_at for run in runs if run.finished_at), default=None)
    if newest is None or given_up_after is None:
        return jobs
    return {
        job: of_job for job, of_job in jobs.items() if not _is_given_up(of_job[0], newest, given_up_after)
    }


def _is_given_up(latest: RunFact, newest: datetime, after: timedelta) -> bool:
    return latest.finished_at is not None and newest - latest.finished_at > after
