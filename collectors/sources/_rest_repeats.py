"""Of entries with one id and no attempt, the run is the one that started last (pure)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from collectors.problems import Problems
from core.records import SyncRun


class Repeats:
    """What one sweep has seen of each run, so that an older try of it does not replace the newest."""

    __slots__ = ("_started", "_told", "_told_of_startless")

    def __init__(self) -> None:
        self._started: dict[tuple[str, str], datetime] = {}
        self._told = self._told_of_startless = False

    def latest(self, runs: Sequence[SyncRun], problems: Problems) -> list[SyncRun]:
        """The runs without those of which the sweep has seen a later start; told once, as a problem.

        What has no start cannot be compared, and stays; of several with one id the last will be stored.
        """
        self._tell_of_startless(runs, problems)
        started = self._started
        differ = False
        for run in runs:
            at = run.started_at
            if at is None:
                continue
            seen = started.setdefault((run.job, run.external_id), at)
            if seen != at:
                differ = True
                started[run.job, run.external_id] = max(seen, at)
        if differ and not self._told:
            self._told = True
            problems.add(
                "repeated_id", "fields", "the same run id repeats with different starts; map attempt"
            )
        if not self._told:
            return list(runs)
        return [
            run
            for run in runs
            if run.started_at is None or run.started_at == started[run.job, run.external_id]
        ]

    def _tell_of_startless(self, runs: Sequence[SyncRun], problems: Problems) -> None:
        without = [(run.job, run.external_id) for run in runs if run.started_at is None]
        if len(set(without)) < len(without) and not self._told_of_startless:
            self._told_of_startless = True
            problems.add(
                "repeated_id",
                "fields",
                "the same run id stands at several items; map job, or another external_id that tells them apart",
            )
