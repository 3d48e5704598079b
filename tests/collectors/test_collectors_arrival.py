"""Records arrive classified, fingerprinted and masked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from collectors.arrival import Arrival
from core.masking import Masker
from core.records import (
    ApiCalls,
    Batch,
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


def test_the_names_and_headers_of_files_are_masked() -> None:
    """A file named after a person, or that begins with a person's row, tells nobody who; plain ones stay."""
    person = FileDelivery(
        name="anna.serova@customer.example.csv",
        digest="d",
        bytes=1,
        arrived_at=NOW,
        header=("anna.serova@customer.example", "+7 916 123-45-67", "email"),
        violations=("columns anna.serova@customer.example",),
    )
    plain = FileDelivery(
        name="staff_2026-11-24.csv", digest="d", bytes=1, arrived_at=NOW, header=("email", "manager_id")
    )
    stored, same = arrival().batch(Batch(cursor={}, files=[person, plain])).files
    assert "anna" not in f"{stored.name} {stored.header} {stored.violations}"
    assert "916" not in str(stored.header)
    assert stored.header[2] == "email"
    assert same == plain


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


MAIL = "ivan.petrov@acme.com"
SECRET = "s3cr3t-Value"


def hide(text: str) -> str:
    return text.replace(SECRET, "***")


def everything(text: str) -> Batch:
    """A batch with the text in every field that a source fills."""
    body = f'{{"a": ["{text}", {{"{text}": 1}}], "b": "{{\\"c\\": \\"{text}\\"}}"}}'
    return Batch(
        cursor={},
        runs=[
            SyncRun(
                external_id=f"{text}{n}", job=text, status=RunStatus.SUCCEEDED, trigger=text, error_code=text,
                error_message=text, url=f"https://u:{text}@h/p/{text}?a={text}#x={text}",
            )
            for n in ("", "", "", "")
        ],
        failed_records=[
            FailedRecord(
                record_key=text, root_key=text, occurred_at=NOW, entity=text, job=text, run_external_id=text,
                operation=text, error_code=text, error_message=text, payload=body, file=text,
            )
        ],
        record_events=[
            RecordEvent(
                event_id=text, entity=text, record_key=text, step=text, outcome=text, at=NOW, request=body,
                response=body,
            )
        ],
        calls=[ApiCalls(minute=NOW, method="GET", endpoint="/u", status=200, calls=1, consumer=text)],
        problems=[Problem(kind="bad_line", where=text, message=text)],
    )  # fmt: skip


@pytest.mark.parametrize("text", [SECRET, MAIL, f"by-{SECRET}", "+7 999 123-45-67"])
def test_neither_secrets_nor_people_are_stored_anywhere(text: str) -> None:
    """Whatever field a source echoes them in, alone or in a batch."""
    done = arrival(redact=hide).batch(everything(text))
    stored = str(msgspec.to_builtins(msgspec.structs.replace(done, calls=())))
    stored += done.calls[0].consumer + str(arrival(redact=hide).run(everything(text).runs[0]))
    for part in (SECRET, "ivan.petrov", "acme.com", "123-45-67"):
        assert part not in stored


def test_a_numeric_secret_leaves_the_payload_json() -> None:
    """Names keep on masking what stands beside it."""
    record = failed("x", payload='{"pin_code": 1, "n": 4711471147, "email": "x"}')
    done = arrival(redact=lambda text: text.replace("4711471147", "***")).failed_record(record)
    assert done.payload == '{"pin_code": "***", "n": "***", "email": "***"}'


def test_personal_identities_stay_the_same_everywhere() -> None:
    """A record still finds its run."""
    done = arrival().batch(everything(MAIL))
    assert done.runs[0].external_id == done.failed_records[0].run_external_id == done.calls[0].consumer
    assert done.runs[0].external_id.startswith("hmac:")
    assert arrival().run(done.runs[0]) == done.runs[0]


@pytest.mark.parametrize(
    "plain",
    [
        "manual__2026-11-24T13:30:43.012546+00:00", "scheduled__2026-11-24T13:30:00+0300", "peoplesoft-6b05be94",
        "6f1ed002-ab5c-4b1e-9c1e-0123456789ab", "employees.delta", "crm_contacts", "79991234567", "Ночная загрузка",
        "sync user", "job@v1.2", "a+1", "20261124133043012+0300", "",
    ],
)  # fmt: skip
def test_plain_identities_stay_exactly(plain: str) -> None:
    """Ids, times, slugs and the names of jobs are nobody's."""
    batch = everything("x")
    runs = [msgspec.structs.replace(run, external_id=plain, job=plain) for run in batch.runs]
    record = msgspec.structs.replace(batch.failed_records[0], job=plain, run_external_id=plain)
    done = arrival().batch(msgspec.structs.replace(batch, runs=runs, failed_records=[record]))
    assert {(run.external_id, run.job) for run in done.runs} == {(plain, plain)}
    assert (done.failed_records[0].job, done.failed_records[0].run_external_id) == (plain, plain)
    assert arrival().run(runs[0]).external_id == plain


@pytest.mark.parametrize(
    ("url", "stored"),
    [
        ("https://air.example.org/dags/crm_contacts/grid?dag_run_id=manual__2026-11-24T13%3A30%3A43.012546%2B00%3A00&tab=logs", None),
        ("https://u:pw@h:8080/runs/17", "https://h:8080/runs/17"),
        ("https://h/r?token=abc&id=5&api_key=k&user=ivan", "https://h/r?token=***&id=5&api_key=***&user=***"),
        ("https://h/r?q=ivan.petrov%40acme.com&email=x", "https://h/r?q=***&email=***"),
        ("https://h/u/ivan.petrov@acme.com/log", "https://h/u/***/log"),
        ("https://h/r?q=%2B79991234567#/a?key=1&b=2", "https://h/r?q=***#/a?key=***&b=2"),
        ("runs/17", None),
    ],
)  # fmt: skip
def test_addresses_lose_what_is_personal(url: str, stored: str | None) -> None:
    """The path stays: the link still leads there."""
    run = SyncRun(external_id="1", status=RunStatus.SUCCEEDED, url=url)
    assert arrival().run(run).url == (stored or url)


def test_a_run_that_ends_in_the_future_is_a_problem() -> None:
    """Clocks may differ by minutes; by hours it is the zone."""
    soon, late = (
        SyncRun(external_id=f"r{m}", status=RunStatus.FAILED, finished_at=NOW + timedelta(minutes=m))
        for m in (5, 170)
    )
    done = arrival().batch(Batch(cursor={}, runs=[soon, late]))
    assert [run.finished_at for run in done.runs] == [soon.finished_at, late.finished_at]
    assert [(one.kind, one.where, one.message) for one in done.problems] == [
        (
            "future_time",
            "run r170",
            "finishes in 2h50m from now: its time zone is probably wrong; set time.zone of the source",
        )
    ]
    assert not arrival(kinds={"failed_records"}).batch(Batch(cursor={}, runs=[late])).problems
