"""How callers name what they write for: an integration's source, and what a write answered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple, TypeAlias

from core.records import Batch, Poll, Problem


class SourceKey(NamedTuple):
    """A source by the keys that the configuration gives it."""

    integration: str
    source: str

    def __str__(self) -> str:
        return f"{self.integration}/{self.source}"


class Written(NamedTuple):
    """What storing one batch did.

    revision: of the cursor, to hand in with the next batch; runs, failed_records, calls, quotas,
    credentials, record_events, counts, files: rows added or changed; duplicates: records already stored as
    they are; refused: records older than the raw horizon; unrouted: records of a shared source that match
    no integration; unclear: lines without a job whose run several jobs have, so that they stand alone.
    """

    revision: int
    runs: int = 0
    failed_records: int = 0
    calls: int = 0
    quotas: int = 0
    credentials: int = 0
    record_events: int = 0
    counts: int = 0
    files: int = 0
    duplicates: int = 0
    refused: int = 0
    unrouted: int = 0
    unclear: int = 0


def unclear_jobs(written: Written) -> list[Problem]:
    """What is told where lines stand without a job that they cannot be given."""
    if not written.unclear:
        return []
    text = (
        "tell no job, and several jobs have runs of their id, so they stand apart from these;"
        " map `job` in every line, or ids that are unique"
    )
    return [Problem(kind="unclear_job", where="runs", message=text, count=written.unclear)]


class Brought(NamedTuple):
    """One batch to store, with the arguments of `storage.writer.Writer.write`.

    ended: how the look went whose last batch it is, by what became of that (None: it is not to be noted);
    asked where it is stored, once more where that is tried again. None: the look goes on.
    """

    source: SourceKey
    batch: Batch
    revision: int
    now: datetime
    horizon: datetime | None
    ended: Callable[[Written | Exception], Poll | None] | None = None


Answers: TypeAlias = tuple[Sequence[Written | Exception], frozenset[SourceKey]]
"""What became of each batch brought, and the sources of polls that are not configured."""


class Pruned(NamedTuple):
    """How many rows one pruning took out, by what they were."""

    runs: int = 0
    failed_records: int = 0
    minutes: int = 0
    hours: int = 0
    days: int = 0
    polls: int = 0
    record_events: int = 0
    counts: int = 0
    files: int = 0
    evaluations: int = 0
    alert_events: int = 0
    messages: int = 0
