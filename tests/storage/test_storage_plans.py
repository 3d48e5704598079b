"""A page of a list that grows is found by an index, whatever the list's length and the page's depth."""

from __future__ import annotations

import pytest

from core.alert_states import AlertKey
from core.alerting import NoticeState
from core.clock import to_micros
from core.records import (
    CountReading,
    FailedRecord,
    FileDelivery,
    PollResult,
    QuotaReading,
    RecordEvent,
    RunStatus,
)
from storage import queries
from storage.alert_inputs import KnownStates, alert_inputs
from storage.facts import facts_of
from storage.queries.outbox import notices
from storage.queries.page import Key
from storage.store import Store
from tests.storage.storage_plans import Read, plan_of, plans_of
from tests.storage.storage_reading import Filled
from tests.storage.storage_samples import CRM, NOW, at, run

AFTER = str(Key("e", to_micros(NOW), 1_000_000))
SINCE, UNTIL = at(600), NOW
ALERT = AlertKey("rule", "crm", "")

LISTS: dict[str, tuple[Read, str]] = {
    "runs of all": (lambda c: queries.runs(c, after=AFTER), "sync_run USING INTEGER PRIMARY KEY (rowid<?)"),
    "runs of all of late": (
        lambda c: queries.runs(c, after=AFTER, since=SINCE),
        "sync_run USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)",
    ),
    "runs of one": (
        lambda c: queries.runs(c, integration="crm", after=AFTER, since=SINCE),
        "sync_run USING INDEX ix_sync_run_at (integration_id=? AND at>? AND at<?)",
    ),
    "failed runs of one": (
        lambda c: queries.runs(c, integration="crm", statuses=[RunStatus.FAILED], after=AFTER),
        "sync_run USING INDEX ix_sync_run_failed (integration_id=? AND at<?)",
    ),
    "failed records of all": (
        lambda c: queries.failed_records(c, after=AFTER),
        "failed_record USING INTEGER PRIMARY KEY (rowid<?)",
    ),
    "failed records of all of late": (
        lambda c: queries.failed_records(c, after=AFTER, since=SINCE),
        "failed_record USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)",
    ),
    "failed records of one": (
        lambda c: queries.failed_records(c, integration="crm", after=AFTER, since=SINCE, until=UNTIL),
        "failed_record USING INDEX ix_failed_record_at (integration_id=? AND occurred_at>? AND occurred_at<?)",
    ),
    "failed records of a cause": (
        lambda c: queries.failed_records(c, integration="crm", group=1, after=AFTER),
        "failed_record USING INDEX ix_failed_record_group (group_id=? AND occurred_at<?)",
    ),
    "causes of all": (
        lambda c: queries.error_groups(c, after=AFTER),
        "error_group USING INDEX ix_error_group_newest (last_seen_at<?)",
    ),
    "open causes of all": (
        lambda c: queries.error_groups(c, states=["open"], after=AFTER),
        "error_group USING INDEX ix_error_group_newest (last_seen_at<?)",
    ),
    "causes of one": (
        lambda c: queries.error_groups(c, "crm", after=AFTER),
        "error_group USING INDEX ix_error_group_last_seen (integration_id=? AND last_seen_at<?)",
    ),
    "record events of all": (
        lambda c: queries.record_events(c, after=AFTER, since=SINCE),
        "record_event USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)",
    ),
    "record events of one": (
        lambda c: queries.record_events(c, "crm", after=AFTER),
        "record_event USING INDEX ix_record_event_at (integration_id=? AND at<?)",
    ),
    "steps of one record": (
        lambda c: queries.record_history(c, "crm", "1", after=AFTER),
        "record_event USING INDEX ix_record_event_record (integration_id=? AND record_key=? AND at>?)",
    ),
    "files of all": (
        lambda c: queries.file_deliveries(c, after=AFTER),
        "file_delivery USING INDEX ix_file_delivery_arrived (arrived_at<?)",
    ),
    "files of one": (
        lambda c: queries.file_deliveries(c, integration="crm", after=AFTER),
        "file_delivery USING INDEX ix_file_delivery_at (integration_id=? AND arrived_at<?)",
    ),
    "polls of all": (
        lambda c: queries.polls(c, after=AFTER, result=PollResult.FAILED),
        "poll USING INDEX ix_poll_started_at (started_at<?)",
    ),
    "polls of one": (
        lambda c: queries.polls(c, integration="hr", after=AFTER),
        "poll USING INDEX sqlite_autoindex_poll_1 (source_id=? AND started_at<?)",
    ),
    "alert events of all": (
        lambda c: queries.alert_events(c, after=AFTER, since=SINCE),
        "alert_event USING INDEX ix_alert_event_at (at>? AND at<?)",
    ),
    "alert events of one": (
        lambda c: queries.alert_events(c, integration="crm", after=AFTER),
        "alert_event USING INDEX ix_alert_event_integration (integration_id=? AND at<?)",
    ),
    "readings of an alert": (
        lambda c: queries.evaluations(c, ALERT, SINCE, UNTIL),
        "evaluation USING PRIMARY KEY (integration_id=? AND rule_id=? AND label_id=? AND at>? AND at<?)",
    ),
    "messages": (lambda c: notices(c, after=AFTER), "outbox USING INTEGER PRIMARY KEY (rowid<?)"),
    "messages that arrived": (
        lambda c: notices(c, state=NoticeState.DELIVERED, after=AFTER),
        "outbox USING INTEGER PRIMARY KEY (rowid<?)",
    ),
    "messages of a firing": (
        lambda c: notices(c, episode="e", after=AFTER),
        "outbox USING INDEX ix_outbox_episode (episode=? AND rowid<?)",
    ),
    "the audit trail": (
        lambda c: queries.audit_trail(c, after=AFTER),
        "audit USING INDEX ix_audit_at (at<?)",
    ),
    "notes on a cause": (
        lambda c: queries.group_notes(c, 1),
        "group_note USING INDEX ix_group_note_group (group_id=?)",
    ),
}
"""Each list with the way into its table."""


@pytest.fixture
def filled(store: Store) -> Filled:
    """One row of what a list's first question has to find before it asks its last."""
    filled = Filled(store)
    filled.write(
        runs=[run("1")],
        failed_records=[FailedRecord(record_key="1", occurred_at=at(9), fingerprint="x")],
        record_events=[RecordEvent(event_id="1", entity="", record_key="1", step="", outcome="", at=at(1))],
        counts=[CountReading(entity="", count=1, observed_at=at(1))],
        files=[FileDelivery(name="a.csv", digest="d", bytes=1, arrived_at=at(1))],
    )
    filled.poll(CRM, 1)
    return filled


@pytest.mark.parametrize("name", LISTS)
def test_a_page_is_found_by_its_index_and_never_sorted(filled: Filled, name: str) -> None:
    """SQLite goes straight to the page; PostgreSQL at most sorts among rows of the same instant."""
    read, way = LISTS[name]
    with filled.store.read() as connection:
        plan = plan_of(connection, read)
        sqlite = connection.dialect.name == "sqlite"
    if sqlite:
        assert f"SEARCH {way}" in plan
        assert not [line for line in plan if line.startswith("USE TEMP B-TREE FOR ORDER BY")]
    else:
        table = way.split()[0]
        assert not [line for line in plan if f"Seq Scan on {table}" in line]
        assert "Sort" not in [line.removeprefix("->  ") for line in plan]


ASKED: dict[str, tuple[Read, str]] = {
    "a search": (
        lambda c: queries.failed_records(c, integration="crm", search="x", after=AFTER),
        "mine USING COVERING INDEX ix_failed_record_group (group_id=? AND occurred_at<?)",
    ),
    "attempts of a record": (
        lambda c: queries.failed_record_history(c, 1),
        "failed_record USING INDEX ix_failed_record_key (integration_id=? AND record_key=?)",
    ),
}


@pytest.mark.parametrize("name", ASKED)
def test_only_what_belongs_together_is_sorted(filled: Filled, name: str) -> None:
    """Of each cause its newest records, of a record its attempts: never all of an integration's."""
    read, way = ASKED[name]
    with filled.store.read() as connection:
        if connection.dialect.name != "sqlite":
            pytest.skip("PostgreSQL decides by its statistics")
        assert f"SEARCH {way}" in plan_of(connection, read)


def test_the_cost_of_sources_is_read_for_a_day_only(filled: Filled) -> None:
    """Polls are kept for months; source by source only the last day's are added up."""
    with filled.store.read() as connection:
        if connection.dialect.name != "sqlite":
            pytest.skip("PostgreSQL decides by its statistics")
        plans = plans_of(connection, lambda c: queries.source_states(c, NOW))
    assert "SEARCH poll USING INDEX sqlite_autoindex_poll_1 (source_id=? AND started_at>?)" in plans
    assert not [line for line in plans if line.startswith("SCAN poll")]


def test_facts_of_some_read_only_what_is_theirs(filled: Filled) -> None:
    """Neither all readings of limits that are kept, nor all sources."""
    limit = QuotaReading(scope="key", quota="hour", limit=9, observed_at=at(5))
    filled.write(CRM, quotas=[limit])
    with filled.store.read() as connection:
        if connection.dialect.name != "sqlite":
            pytest.skip("PostgreSQL decides by its statistics")
        plans = plans_of(connection, lambda c: facts_of(c, NOW, [], {"crm"}))
    samples = "quota_sample USING PRIMARY KEY (scope_id=? AND quota_id=? AND observed_at"
    assert {f"SEARCH {samples}=?)", f"SEARCH {samples}<?)"} <= set(plans)
    assert not [line for line in plans if line.startswith(("SCAN quota_sample", "SCAN source"))]


def test_an_evaluation_reads_the_messages_of_its_firings_only(filled: Filled) -> None:
    """And not all that was ever delivered."""
    with filled.store.read() as connection:
        if connection.dialect.name != "sqlite":
            pytest.skip("PostgreSQL decides by its statistics")
        plans = plans_of(connection, lambda c: alert_inputs(c, NOW, None, KnownStates()))
    assert "SEARCH outbox USING INDEX ix_outbox_episode (episode=?)" in plans
