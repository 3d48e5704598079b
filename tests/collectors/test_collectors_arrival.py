"""Records arrive classified, fingerprinted and masked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from collectors.arrival import Arrival
from core.masking import Masker
from core.records import (
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

NOW = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)


def arrival(**more: Any) -> Arrival:
    return Arrival(Side.TARGET, Masker(b"k"), NOW, **more)


def failed(message: str, **more: Any) -> FailedRecord:
    return FailedRecord(record_key="17", occurred_at=NOW, error_message=message, **more)


def test_same_cause_has_the_same_fingerprint() -> None:
    """Whatever its ids; another cause has another."""
    texts = ["manager_id 5 does not exist", "manager_id 77 does not exist", "email is not valid"]
    one, two, other = (arrival().failed_record(failed(text)).fingerprint for text in texts)
    assert one == two != other
    assert len(one) == 16


def test_what_the_source_says_of_its_error_stands() -> None:
    """Only what it leaves open is classified."""
    given = failed("401 Unauthorized", error_class=ErrorClass.MAPPING, error_origin=ErrorOrigin.SOURCE)
    done = arrival().failed_record(given)
    assert (done.error_class, done.error_origin) == (ErrorClass.MAPPING, ErrorOrigin.SOURCE)
    assert arrival().failed_record(failed("401 Unauthorized")).error_class is ErrorClass.AUTHENTICATION


def test_personal_keys_and_payloads_are_masked() -> None:
    """The same key is the same hash, in root keys and events too."""
    mail = "ann.smith@example.org"
    record = arrival().failed_record(
        FailedRecord(
            record_key=mail, root_key=mail, occurred_at=NOW, payload=f'{{"email": "{mail}", "id": 5}}'
        )
    )
    event = arrival().record_event(
        RecordEvent(
            event_id="1", entity="user", record_key=mail, step="s", outcome="o", at=NOW, request=f'"{mail}"'
        )
    )
    assert record.record_key == record.root_key == event.record_key
    assert record.record_key.startswith("hmac:")
    for text in (record.payload, event.request):
        assert text is not None
        assert mail not in text


@pytest.mark.parametrize("status", [RunStatus.SUCCEEDED, RunStatus.RUNNING, RunStatus.UNKNOWN])
def test_runs_without_errors_pass_untouched(status: RunStatus) -> None:
    """The very same object: most runs cost nothing here."""
    run = SyncRun(external_id="1", status=status, started_at=NOW - timedelta(days=2))
    assert arrival().run(run) is run


def test_failed_run_without_a_word_is_of_unknown_class() -> None:
    """Never guessed."""
    run = arrival().run(SyncRun(external_id="1", status=RunStatus.FAILED))
    assert (run.error_class, run.error_message) == (ErrorClass.UNKNOWN, None)


@pytest.mark.parametrize(
    ("status", "after", "becomes"),
    [
        (RunStatus.RUNNING, 119, RunStatus.FAILED),
        (RunStatus.QUEUED, 120, RunStatus.FAILED),
        (RunStatus.RUNNING, 121, RunStatus.RUNNING),
        (RunStatus.SUCCEEDED, 1, RunStatus.SUCCEEDED),
    ],
)
def test_overdue_runs_have_failed(status: RunStatus, after: int, becomes: RunStatus) -> None:
    """Two hours after their start, at the instant their time was up."""
    run = SyncRun(external_id="1", status=status, started_at=NOW - timedelta(minutes=120))
    done = arrival(stale_after=timedelta(minutes=after)).run(run)
    assert done.status is becomes
    if becomes is RunStatus.FAILED:
        assert done.finished_at == NOW - timedelta(minutes=120 - after)
        assert (done.error_class, done.error_message) == (ErrorClass.UNKNOWN, "no end seen")


def test_secrets_that_come_back_are_taken_out() -> None:
    """A server that repeats the key in its error does not bring it into the database."""
    problem = Problem(kind="bad_line", where="k", message="key s3cret for ann@example.org")
    (done,) = arrival(redact=lambda text: text.replace("s3cret", "***")).problems([problem])
    assert "s3cret" not in done.message
    assert "ann@" not in done.message


def test_only_wanted_kinds_arrive() -> None:
    """The others are not stored."""
    batch = Batch(
        cursor={}, runs=[SyncRun(external_id="1", status=RunStatus.FAILED)], failed_records=[failed("x")]
    )
    done = arrival(kinds={"failed_records"}).batch(batch)
    assert (len(done.runs), len(done.failed_records)) == (0, 1)
