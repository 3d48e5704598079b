"""What is stored of a delivery: the file, and the run that it is (pure)."""

from __future__ import annotations

from collectors.sources._csv_arrivals import Arrival
from collectors.sources._csv_outcome import Outcome, Told
from collectors.sources._csv_survey import Survey
from core.records import ErrorClass, ErrorOrigin, FileDelivery, RunStatus, SyncRun

FATAL = frozenset({"not_csv", "empty", "broken_archive", "archive_files", "unpacked_too_large"})
"""Breaches that leave no row to read."""

TORN = frozenset({"no_trailer", "trailer_rows"})
"""Breaches by which rows are missing that nobody sees."""


def delivery_of(told: Told, found: Survey, outcome: Outcome, arrival: Arrival) -> FileDelivery:
    return FileDelivery(
        name=told.name,
        digest=found.digest,
        bytes=found.bytes,
        arrived_at=told.arrived_at,
        delimiter=outcome.delimiter,
        encoding=None if found.other_kind or found.unpackable or not found.bytes else found.encoding,
        header=outcome.header,
        rows_ok=outcome.rows_ok,
        rows_bad=outcome.rows_bad,
        unchanged=arrival.unchanged,
        contract_day=told.day,
        violations=outcome.violations,
    )


def run_of(told: Told, found: Survey, outcome: Outcome) -> SyncRun:
    """The delivery as a run: it succeeds, is partial where rows are bad, and fails where none is good."""
    fatal = next((one for one in outcome.breaches if one.rule in FATAL), None)
    missing = [one.rule for one in outcome.breaches if one.rule == "missing_column"][:1]
    if outcome.incomplete and not outcome.rows_bad:
        fatal = next(one for one in outcome.breaches if one.rule == "missing_column")
    rules = ", ".join([*missing, *(f"{rule} {count}" for rule, count in outcome.rules.most_common(5))])
    rows = outcome.rows_ok + outcome.rows_bad
    status, message, error_class = RunStatus.SUCCEEDED, None, None
    if fatal is not None:
        status, message, error_class = RunStatus.FAILED, fatal.message, fatal.error_class
    elif outcome.rows_bad:
        status = RunStatus.PARTIAL if outcome.rows_ok else RunStatus.FAILED
        message = f"{outcome.rows_bad} of {rows} rows break the contract: {rules}"
        error_class = ErrorClass.VALIDATION
    elif torn := next((one for one in outcome.breaches if one.rule in TORN), None):
        status, message, error_class = RunStatus.PARTIAL, torn.message, torn.error_class
    return SyncRun(
        external_id=told.run_id,
        status=status,
        job=told.job,
        started_at=told.arrived_at,
        finished_at=told.arrived_at,
        duration_seconds=0.0,
        records_read=rows,
        records_written=outcome.rows_ok,
        records_failed=outcome.rows_bad,
        bytes=found.bytes,
        error_origin=ErrorOrigin.SOURCE if message else None,
        error_class=error_class,
        error_message=message,
    )
