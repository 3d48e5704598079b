"""Failed records on the page Integration: found by what is typed, by their cause, and opened one by one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.masking import Masker
from core.records import Batch, ErrorClass, FailedRecord, RecordEvent
from storage import queries
from storage.keys import SourceKey
from storage.queries.cursors import cursor_of
from storage.queries.rows import FailedRecordRow
from storage.store import Store, open_store
from storage.writer import Writer
from tests.dashboard import dashboard_database as database
from tests.dashboard.conftest_dashboard import NOW, Open, furnish, words_of

MAIL = "Ann.Lee@example.com"
MASKER = Masker(b"secret")
KEY = MASKER.record_key(MAIL)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A day, and in it one record that failed twice under a personal key, with a step on one side."""
    database.fill(tmp_path / "records.db", NOW, days=1).close()
    with open_store(f"sqlite:///{tmp_path}/records.db", writable=True) as opened:
        key = SourceKey("peoplesoft", "sync-log")
        with opened.read() as connection:
            revision, _ = cursor_of(connection, key)
        batch = Batch(cursor={"a": 1}, failed_records=[_failed(1), _failed(2)], record_events=[_step()])
        Writer(opened).write(key, batch, revision=revision, now=NOW, horizon=None)
        furnish(lambda: opened, database.settings(), record_key=MASKER.record_key)
        yield opened


def _failed(attempt: int) -> FailedRecord:
    return FailedRecord(
        record_key=KEY,
        occurred_at=NOW - timedelta(minutes=30 - attempt),
        entity="user",
        attempt=attempt,
        error_class=ErrorClass.VALIDATION,
        error_message="start_date is not a date",
        fingerprint="start_date is not a date",
        payload='{"email": "***", "start_date": "31.02.2026"}',
    )


def _step() -> RecordEvent:
    return RecordEvent(
        event_id="1", entity="user", record_key=KEY, step="create", outcome="refused", status=422,
        response='{"error": {"field": "start_date"}}', at=NOW - timedelta(minutes=29),
    )  # fmt: skip


def _newest(store: Store) -> FailedRecordRow:
    with store.read() as connection:
        return queries.failed_records(connection, integration="peoplesoft", record_key=KEY).items[0]


def _found(app: AppTest, typed: str) -> list[str]:
    app.text_input(key="find-record-peoplesoft").input(typed).run()
    tables = [table.value for table in app.dataframe]
    return [str(key) for table in tables if "Record" in table for key in table["Record"]]


def test_a_record_is_found_by_the_mail_that_is_typed(store: Store, open_page: Open) -> None:
    """Its key is stored hashed, so what is typed is hashed too, whatever its capitals."""
    app = open_page("integration", integration="peoplesoft", tab="records")
    assert _found(app, f"  {MAIL.upper()} ") == [KEY, KEY]
    assert _found(app, "nobody@example.com") == []
    assert "No stored record has this key" in words_of(app)


def test_a_record_is_found_by_its_error(store: Store, open_page: Open) -> None:
    """What is no key is looked for in the causes."""
    app = open_page("integration", integration="peoplesoft", tab="records")
    assert _found(app, "start_date") == [KEY, KEY]


def test_a_typed_mail_stays_out_of_the_address(store: Store, open_page: Open) -> None:
    """An address is passed on and logged: a person is not named in it."""
    app = open_page("integration", integration="peoplesoft", tab="records")
    _found(app, MAIL)
    assert MAIL not in str(dict(app.query_params))


def test_a_record_opens_with_what_was_sent_and_what_came_of_it(store: Store, open_page: Open) -> None:
    """Its error, the masked payload, each attempt, and its steps with their answers."""
    row = _newest(store)
    app = open_page("integration", integration="peoplesoft", tab="records", record=str(row.id))
    said = words_of(app)
    assert "start_date is not a date" in said
    assert "31.02.2026" in said
    assert "Every time it failed" in said
    assert '"field": "start_date"' in said


def test_a_cause_shows_its_records_alone(store: Store, open_page: Open) -> None:
    """Of all that are stored, not only of the range above."""
    group = _newest(store).group_id
    app = open_page("integration", integration="peoplesoft", tab="records", cause=str(group))
    tables = [table.value for table in app.dataframe]
    assert [set(table["Record"]) for table in tables if "Record" in table] == [{KEY}]


@pytest.mark.parametrize("asked", ["999999999", "nonsense"])
def test_a_record_that_is_gone_is_told_as_that(store: Store, open_page: Open, asked: str) -> None:
    """A link to what is not stored any more opens no error."""
    app = open_page("integration", integration="peoplesoft", tab="records", record=asked)
    assert "not stored any more" in words_of(app)


def test_a_record_of_another_integration_is_not_shown(store: Store, open_page: Open) -> None:
    """An address cannot reach into an integration that it does not name."""
    app = open_page("integration", integration="bamboohr", tab="records", record=str(_newest(store).id))
    assert "31.02.2026" not in words_of(app)
