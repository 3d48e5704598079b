"""What happens to every record between its source and storage: judged stale, classified, masked (pure)."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from collectors.source import BRINGS
from core.masking import Masker
from core.records import (
    OPEN_STATUSES,
    Batch,
    ErrorClass,
    ErrorOrigin,
    FailedRecord,
    Problem,
    RecordEvent,
    RunStatus,
    Side,
    SyncRun,
)
from health.fingerprint import fingerprint
from health.taxonomy import classify


def unchanged(text: str) -> str:
    """Stands where no secrets are known that would have to be taken out."""
    return text


NO_END_SEEN = "no end seen"
_WITH_ERRORS = frozenset({RunStatus.FAILED, RunStatus.PARTIAL})


@dataclass(frozen=True, slots=True)
class Arrival:
    """What one source's records go through.

    stale_after: a run still open so long after its start has failed, None: never; kinds: which of
    the batch's lists are wanted, None: all; redact: takes the configuration's secrets out of a text.
    """

    side: Side
    masker: Masker
    now: datetime
    stale_after: timedelta | None = None
    kinds: Collection[str] | None = None
    redact: Callable[[str], str] = unchanged

    def batch(self, batch: Batch) -> Batch:
        """The batch as it is stored."""
        changes: dict[str, object] = {
            "runs": [self.run(run) for run in batch.runs],
            "failed_records": [self.failed_record(record) for record in batch.failed_records],
            "record_events": [self.record_event(event) for event in batch.record_events],
            "problems": self.problems(batch.problems),
        }
        if self.kinds is not None:
            changes.update({kind: () for kind in BRINGS if kind not in self.kinds})
        return msgspec.structs.replace(batch, **changes)

    def run(self, run: SyncRun) -> SyncRun:
        """The run: failed if its end is overdue, its error classified and masked."""
        if run.status in OPEN_STATUSES:
            run = stale(run, self.now, self.stale_after)
        if run.status not in _WITH_ERRORS and run.error_message is None:
            return run
        changes: dict[str, object] = {}
        if run.error_message is not None:
            changes["error_message"] = self.text(run.error_message)
        if run.status in _WITH_ERRORS and (run.error_class is None or run.error_origin is None):
            found = classify(run.error_code, run.error_message, self.side)
            changes["error_class"] = run.error_class or found.error_class
            changes["error_origin"] = run.error_origin or found.origin
        return msgspec.structs.replace(run, **changes)

    def failed_record(self, record: FailedRecord) -> FailedRecord:
        """The failed record: classified, fingerprinted from the message as it came, then masked."""
        origin, kind = record.error_origin, record.error_class
        if origin is ErrorOrigin.UNKNOWN or kind is ErrorClass.UNKNOWN:
            found = classify(record.error_code, record.error_message, self.side)
            origin = found.origin if origin is ErrorOrigin.UNKNOWN else origin
            kind = found.error_class if kind is ErrorClass.UNKNOWN else kind
        mask = self.masker
        return msgspec.structs.replace(
            record,
            error_origin=origin,
            error_class=kind,
            fingerprint=record.fingerprint
            or fingerprint(record.error_message, record.error_code, kind.value),
            error_message=self.text(record.error_message),
            record_key=mask.record_key(record.record_key),
            root_key=mask.record_key(record.root_key) if record.root_key is not None else None,
            payload=mask.payload(record.payload) if record.payload is not None else None,
        )

    def record_event(self, event: RecordEvent) -> RecordEvent:
        """The event, its key and bodies masked."""
        mask = self.masker
        return msgspec.structs.replace(
            event,
            record_key=mask.record_key(event.record_key),
            request=mask.payload(event.request) if event.request is not None else None,
            response=mask.payload(event.response) if event.response is not None else None,
        )

    def text(self, text: str) -> str:
        """A text without secrets and personal values."""
        return self.masker.text(self.redact(text))

    def problems(self, problems: Collection[Problem]) -> list[Problem]:
        """The problems, whose texts quote what the source wrote, masked."""
        return [
            msgspec.structs.replace(
                problem, where=self.text(problem.where), message=self.text(problem.message)
            )
            for problem in problems
        ]


def stale(run: SyncRun, now: datetime, stale_after: timedelta | None) -> SyncRun:
    """The run, failed as of the instant its end was overdue; as it is where that is not reached.

    The instant follows from the run alone, so a run seen again is the same run; and if its end comes
    after all, what the source says replaces this.
    """
    if stale_after is None or run.started_at is None or run.status not in OPEN_STATUSES:
        return run
    overdue_at = run.started_at + stale_after
    if now < overdue_at:
        return run
    return msgspec.structs.replace(
        run,
        status=RunStatus.FAILED,
        finished_at=overdue_at,
        error_origin=ErrorOrigin.UNKNOWN,
        error_class=ErrorClass.UNKNOWN,
        error_message=run.error_message or NO_END_SEEN,
    )
