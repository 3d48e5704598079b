"""What happens to every record between its source and storage: judged stale, classified, masked (pure)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from collectors.ending import ended, partly_failed
from collectors.source import BRINGS
from core.clock import CLOCKS_DIFFER
from core.maskedfields import holds_a_person
from core.masking import Masker
from core.records import (
    ApiCalls,
    Batch,
    BatchMode,
    ErrorClass,
    ErrorOrigin,
    FailedRecord,
    FileDelivery,
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


_FEW = 3
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
        """The batch as it is stored.

        Of a log no run is judged overdue by one of its lines: another one, or the next batch, may end it.
        """
        changes: dict[str, object] = {}
        problems = self.problems(batch.problems)
        if batch.runs:
            plain = self._plain(batch.runs)
            overdue = None if batch.mode is BatchMode.DELTA else self.stale_after
            whole = partly_failed(batch.runs, batch.failed_records)
            runs = [self._run(run, overdue, plain=plain) for run in whole]
            changes["runs"] = runs
            if self.kinds is None or "runs" in self.kinds:
                problems += self.future(runs)
        if batch.failed_records:
            changes["failed_records"] = [self.failed_record(record) for record in batch.failed_records]
        if batch.record_events:
            changes["record_events"] = [self.record_event(event) for event in batch.record_events]
        if batch.calls:
            changes["calls"] = self.calls(batch.calls)
        if batch.files:
            changes["files"] = [self.delivery(one) for one in batch.files]
        if problems:
            changes["problems"] = problems
        if self.kinds is not None:
            changes.update({kind: () for kind in BRINGS if kind not in self.kinds})
        return msgspec.structs.replace(batch, **changes) if changes else batch

    def run(self, run: SyncRun) -> SyncRun:
        """The run: failed if its end is overdue, its error classified, its texts masked."""
        return self._run(run, self.stale_after, plain=False)

    def _run(self, run: SyncRun, stale_after: timedelta | None, *, plain: bool) -> SyncRun:
        """plain: its identity is known to hold neither a secret nor a person."""
        run = ended(run, self.now, stale_after)
        changes: dict[str, object] = {}
        if not plain:
            changes["external_id"] = self.identity(run.external_id)
            changes["job"] = self.identity(run.job)
        if run.trigger is not None:
            changes["trigger"] = self.text(run.trigger)
        if run.error_code is not None:
            changes["error_code"] = self.text(run.error_code)
        if run.error_message is not None:
            changes["error_message"] = self.text(run.error_message)
        if run.url is not None:
            changes["url"] = self.url(run.url)
        if run.status in _WITH_ERRORS and (run.error_class is None or run.error_origin is None):
            found = classify(run.error_code, run.error_message, self.side)
            changes["error_class"] = run.error_class or found.error_class
            changes["error_origin"] = run.error_origin or found.origin
        if all(getattr(run, name) == value for name, value in changes.items()):
            return run
        return msgspec.structs.replace(run, **changes)

    def _plain(self, runs: Collection[SyncRun]) -> bool:
        """Whether no run's identity holds a secret or a person: asked of all at once, most batches pass."""
        if len(runs) < _FEW:
            return False
        text = "\n".join([run.external_id for run in runs] + list({run.job for run in runs}))
        return self.redact(text) == text and not holds_a_person(text)

    def failed_record(self, record: FailedRecord) -> FailedRecord:
        """The failed record: classified, fingerprinted from the message as it came, then masked."""
        origin, kind = record.error_origin, record.error_class
        if origin is ErrorOrigin.UNKNOWN or kind is ErrorClass.UNKNOWN:
            found = classify(record.error_code, record.error_message, self.side)
            origin = found.origin if origin is ErrorOrigin.UNKNOWN else origin
            kind = found.error_class if kind is ErrorClass.UNKNOWN else kind
        return msgspec.structs.replace(
            record,
            error_origin=origin,
            error_class=kind,
            fingerprint=self.redact(record.fingerprint)
            or fingerprint(record.error_message, record.error_code, kind.value),
            error_message=self.text(record.error_message),
            error_code=self._maybe(record.error_code),
            entity=self.text(record.entity),
            operation=self._maybe(record.operation),
            job=self.identity(record.job),
            run_external_id=self.identity(record.run_external_id),
            file=self.identity(record.file) if record.file is not None else None,
            record_key=self._key(record.record_key),
            root_key=self._key(record.root_key) if record.root_key is not None else None,
            payload=self._payload(record.payload),
        )

    def record_event(self, event: RecordEvent) -> RecordEvent:
        """The event, its texts, key and bodies masked."""
        return msgspec.structs.replace(
            event,
            event_id=self.identity(event.event_id),
            entity=self.text(event.entity),
            step=self.text(event.step),
            outcome=self.text(event.outcome),
            record_key=self._key(event.record_key),
            request=self._payload(event.request),
            response=self._payload(event.response),
        )

    def delivery(self, delivery: FileDelivery) -> FileDelivery:
        """The file, its name and header masked: a file without a header begins with somebody's row."""
        return msgspec.structs.replace(
            delivery,
            name=self.text(delivery.name),
            header=tuple(self.text(column) for column in delivery.header),
            violations=tuple(self.text(words) for words in delivery.violations),
        )

    def calls(self, calls: Sequence[ApiCalls]) -> Sequence[ApiCalls]:
        """The calls, their consumers masked; each of the few consumers is looked at once."""
        masked = {name: self.identity(name) for name in {one.consumer for one in calls}}
        if all(name == stored for name, stored in masked.items()):
            return calls
        return [msgspec.structs.replace(one, consumer=masked[one.consumer]) for one in calls]

    def future(self, runs: Collection[SyncRun]) -> list[Problem]:
        """What is wrong with runs that ended later than now: each is counted when its end was first seen."""
        latest = self.now + CLOCKS_DIFFER
        return [
            Problem(
                kind="future_time",
                where=f"run {run.external_id}",
                message=f"finishes in {_hours(run.finished_at - self.now)} from now:"
                " its time zone is probably wrong; set time.zone of the source",
            )
            for run in runs
            if run.finished_at is not None and run.finished_at > latest
        ]

    def text(self, text: str) -> str:
        """A text without secrets and personal values."""
        return self.masker.text(self.redact(text))

    def identity(self, text: str) -> str:
        """What a record is known by: hashed where it is a person's, without secrets, else as it is."""
        return self.masker.identity(self.redact(text))

    def url(self, url: str) -> str:
        """An address without secrets and personal values."""
        return self.masker.url(self.redact(url))

    def _maybe(self, text: str | None) -> str | None:
        return None if text is None else self.text(text)

    def _key(self, key: str) -> str:
        return self.masker.record_key(self.redact(key))

    def _payload(self, payload: str | None) -> str | None:
        return None if payload is None else self.masker.payload(payload, self.redact)

    def problems(self, problems: Collection[Problem]) -> list[Problem]:
        """The problems, whose texts quote what the source wrote, masked."""
        return [
            msgspec.structs.replace(
                problem, where=self.text(problem.where), message=self.text(problem.message)
            )
            for problem in problems
        ]


def _hours(time: timedelta) -> str:
    hours, minutes = divmod(int(time.total_seconds()) // 60, 60)
    return f"{hours}h{minutes:02}m" if hours else f"{minutes}m"
