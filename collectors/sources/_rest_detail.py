"""Asks once more about each run that failed, or ended, for what the list does not say: bounded, and never twice."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from collectors.auth import Caller
from collectors.mapping import Convert, FieldReader
from collectors.problems import Problems
from collectors.request import Value, build
from collectors.sources._rest_parse import digest_of
from collectors.sources._rest_settings import DetailSettings
from core.errors import SourceError
from core.records import OPEN_STATUSES, RunStatus, SyncRun

_AT_ONCE = 4
_GONE = frozenset({404, 410})
_NO_CONTENT = 204


@dataclass(slots=True)
class Budget:
    """How many more calls one poll may make."""

    left: int


@dataclass(slots=True)
class Detailed:
    """Runs with their detail. learned: digests not to be asked again; unasked: runs left over;
    stopped: why no more could be asked in this poll."""

    runs: list[SyncRun] = field(default_factory=list)
    learned: list[str] = field(default_factory=list)
    again: list[str] = field(default_factory=list)
    unasked: int = 0
    stopped: SourceError | None = None


class Details:
    """The detail calls of one poll.

    converts: how each field of a run is read; known: digests of runs asked about before; horizon: runs that ended before it will not be stored,
    so nobody is asked about them; own: further placeholders; budget: shared with other lists, if any.
    """

    def __init__(
        self,
        settings: DetailSettings,
        caller: Caller,
        converts: Mapping[str, Convert],
        known: Collection[str],
        horizon: datetime | None,
        own: Mapping[str, Value],
        budget: Budget | None = None,
    ) -> None:
        self._settings = settings
        self._caller = caller
        self._reader = FieldReader(settings.fields, converts)
        self._known = set(known)
        self._horizon = horizon
        self._own = own
        self._budget = budget or Budget(settings.max)
        # Other questions have other answers: they make other digests.
        self._salt = digest_of([settings.request.url, dict(settings.fields)])

    async def add(self, runs: Iterable[SyncRun], problems: Problems) -> Detailed:
        """The runs, those asked about with their detail, and without those that were told already."""
        done = Detailed()
        wanted: list[tuple[SyncRun, str]] = []
        for run in runs:
            if not self._told_of(run) or self._too_old(run):
                done.runs.append(run)
                continue
            digest = digest_of([self._salt, msgspec.structs.astuple(run)])
            if digest in self._known:
                done.again.append(digest)
            elif len(wanted) < self._budget.left:
                wanted.append((run, digest))
            else:
                done.runs.append(run)
                done.unasked += 1
        self._budget.left -= len(wanted)
        queue = iter(wanted)
        await asyncio.gather(*(self._work(queue, done, problems) for _ in range(min(_AT_ONCE, len(wanted)))))
        self._known.update(done.learned)
        return done

    def _told_of(self, run: SyncRun) -> bool:
        if self._settings.when == "failed":
            return run.status is RunStatus.FAILED
        return run.status not in OPEN_STATUSES

    def _too_old(self, run: SyncRun) -> bool:
        at = run.finished_at or run.started_at
        return self._horizon is not None and at is not None and at < self._horizon

    async def _work(self, queue: Iterable[tuple[SyncRun, str]], done: Detailed, problems: Problems) -> None:
        for run, digest in queue:
            if done.stopped is not None:
                done.runs.append(run)
                done.unasked += 1
                continue
            try:
                full = await self._ask(run, problems)
            except SourceError as error:
                problems.add("detail_failed", f"run {run.external_id}", error.message)
                done.runs.append(run)
                if error.retry_after is not None:
                    done.stopped = error
                continue
            done.runs.append(full)
            done.learned.append(digest)

    async def _ask(self, run: SyncRun, problems: Problems) -> SyncRun:
        request = build(self._settings.request, {"external_id": run.external_id, "job": run.job, **self._own})
        response = await self._caller.fetch(request)
        if response.status in _GONE:
            problems.add("detail_failed", f"run {run.external_id}", f"answered {response.described()}")
            return run
        if not response.ok:
            raise SourceError(f"answered {response.described()}")
        if response.status == _NO_CONTENT:
            return run
        values = self._reader.read(response.json(), problems, f"run {run.external_id}: detail")
        return msgspec.structs.replace(run, **values) if values else run
