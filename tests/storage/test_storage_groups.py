"""Causes of failed records: what a person decides about them, and the way from a cause to one record."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from core.errors import StorageError
from core.records import ErrorClass, FailedRecord, Side
from storage import queries
from storage.queries.rows import ErrorGroupRow
from storage.store import Store
from storage.writer import Writer
from tests.storage.storage_reading import HR, Filled
from tests.storage.storage_samples import CRM, NOW, at, run

ACTOR = "olga"


def failed(
    key: str, minutes: float = 5, *, fingerprint: str = "f", attempt: int = 1, **more: object
) -> FailedRecord:
    values: dict[str, object] = {"entity": "user", "job": "sync", "error_message": "no manager", **more}
    return FailedRecord(
        record_key=key,
        occurred_at=at(minutes),
        fingerprint=fingerprint,
        attempt=attempt,
        **values,  # type: ignore[arg-type]
    )


def groups(store: Store) -> dict[str, ErrorGroupRow]:
    with store.read() as connection:
        return {one.fingerprint: one for one in queries.error_groups(connection, "crm").items}


def group(store: Store) -> ErrorGroupRow:
    return groups(store)["f"]


@pytest.fixture
def filled(store: Store) -> Filled:
    filled = Filled(store)
    filled.write(failed_records=[failed("a", 60)])
    return filled


DECISIONS: dict[str, tuple[Callable[..., None], str]] = {
    "acknowledge": (Writer.acknowledge_group, "acknowledged"),
    "resolve": (Writer.resolve_group, "resolved"),
    "ignore": (Writer.ignore_group, "ignored"),
}


@pytest.mark.parametrize("action", DECISIONS)
def test_each_decision_is_stored_with_its_note_and_audit_row(filled: Filled, action: str) -> None:
    """State, since when, the note, and who did it; `reopen` takes it back."""
    decide, state = DECISIONS[action]
    one = group(filled.store)
    decide(filled.writer, one.id, ACTOR, NOW, note="manager is on her way")
    assert (group(filled.store).state, group(filled.store).state_at) == (state, NOW)
    with filled.store.read() as connection:
        notes = queries.group_notes(connection, one.id)
        [audit] = queries.audit_trail(connection).items
    assert [(note.at, note.actor, note.note) for note in notes] == [(NOW, ACTOR, "manager is on her way")]
    assert (audit.at, audit.actor, audit.action) == (NOW, ACTOR, f"error_group.{action}")
    assert audit.subject == "crm/f"
    assert audit.detail == {"from": "open", "to": state, "note": "manager is on her way"}
    filled.writer.reopen_group(one.id, ACTOR, NOW)
    assert (group(filled.store).state, group(filled.store).regressed_at) == ("open", None)


@pytest.mark.parametrize(
    ("minutes", "state"), [(10, "resolved"), (0, "resolved"), (-10, "open")], ids=["older", "same", "later"]
)
def test_only_a_record_later_than_resolved_is_a_regression(
    filled: Filled, minutes: float, state: str
) -> None:
    """An older record, read late, leaves it resolved; its count goes up all the same."""
    filled.writer.resolve_group(group(filled.store).id, ACTOR, NOW)
    later = NOW + timedelta(minutes=20)
    filled.write(now=later, failed_records=[failed("b", minutes)])
    one = group(filled.store)
    assert (one.state, one.count) == (state, 2)
    assert one.regressed_at == (later if state == "open" else None)


def test_a_regression_is_settled_by_resolving_again_and_only_noticed_by_acknowledging(filled: Filled) -> None:
    """Acknowledging keeps the mark, resolving takes it away."""
    one = group(filled.store)
    filled.writer.resolve_group(one.id, ACTOR, at(30))
    filled.write(failed_records=[failed("b", 5)])
    filled.writer.acknowledge_group(one.id, ACTOR, NOW)
    assert group(filled.store).regressed_at == NOW
    filled.writer.resolve_group(one.id, ACTOR, NOW)
    assert group(filled.store).regressed_at is None


@pytest.mark.parametrize("action", ["acknowledge", "ignore"])
def test_what_is_acknowledged_or_ignored_stays_so(filled: Filled, action: str) -> None:
    """Later records of it are expected."""
    decide, state = DECISIONS[action]
    decide(filled.writer, group(filled.store).id, ACTOR, at(30))
    filled.write(failed_records=[failed("b", 1)])
    assert group(filled.store).state == state


def test_a_cause_is_given_to_somebody_and_taken_back(filled: Filled) -> None:
    """With a row of the trail for each."""
    one = group(filled.store)
    filled.writer.assign_group(one.id, ACTOR, NOW, "ivan")
    assert group(filled.store).assigned_to == "ivan"
    filled.writer.assign_group(one.id, ACTOR, NOW, " ")
    assert group(filled.store).assigned_to is None
    with filled.store.read() as connection:
        rows = queries.audit_trail(connection).items
    assert [row.detail for row in rows] == [{"from": "ivan", "to": None}, {"from": None, "to": "ivan"}]


def test_what_cannot_be_done_leaves_no_trace(filled: Filled) -> None:
    """No such cause, or an empty note: refused, and no row in the trail."""
    one = group(filled.store)
    with pytest.raises(StorageError, match="no error group 999"):
        filled.writer.resolve_group(999, ACTOR, NOW)
    with pytest.raises(StorageError, match="empty"):
        filled.writer.note_group(one.id, ACTOR, NOW, "  ")
    filled.writer.note_group(one.id, ACTOR, NOW, "seen")
    with filled.store.read() as connection:
        assert [row.action for row in queries.audit_trail(connection).items] == ["error_group.note"]
        assert queries.error_group(connection, 999) is None


def test_settled_causes_do_not_count_as_open(filled: Filled) -> None:
    """Resolved and ignored ones are left out of the open failed records."""
    filled.writer.resolve_group(group(filled.store).id, ACTOR, NOW)
    with filled.store.read() as connection:
        found = queries.facts(connection, "crm", NOW, ())
    assert found is not None
    assert found.failed_records_open == 0


def test_people_are_counted_once_a_cause_and_trends_by_the_hour(store: Store) -> None:
    """Attempts of one record are one person; of two entities two; hours end with the current one."""
    filled = Filled(store)
    filled.write(
        failed_records=[
            failed("a", 5),
            failed("a", 4, attempt=2),
            failed("a", 3, entity="task"),
            failed("b", 70),
            failed("c", 25 * 60),
            failed("d", 49 * 60),
            failed("a", 5, fingerprint="g"),
        ]
    )
    ids = {name: one.id for name, one in groups(store).items()}
    with store.read() as connection:
        people = queries.people_affected(connection, list(ids.values()), at(60 * 24), NOW)
        trends = queries.group_trends(connection, list(ids.values()), NOW)
    assert people == {ids["f"]: 3, ids["g"]: 1}
    trend = trends[ids["f"]]
    assert (trend.last_day, trend.day_before, trend.rising) == (4, 1, True)
    assert len(trend.hours) == 24
    assert trend.hours[-2:] == (1, 3)


def test_one_record_is_told_with_its_run_and_all_its_attempts(store: Store) -> None:
    """Whatever cause each attempt failed for; other records, entities and integrations are left out."""
    filled = Filled(store)
    filled.runs(run("r2", "partial", started=9, finished=8, records_failed=1))
    filled.write(
        failed_records=[
            failed("a", 70, run_external_id="r1"),
            failed("a", 8, run_external_id="r2", fingerprint="g", payload='{"manager": 7}'),
            failed("a", 8, entity="task"),
            failed("b", 8),
        ]
    )
    filled.write(HR, failed_records=[failed("a", 1)])
    with store.read() as connection:
        of_cause = queries.failed_records(connection, integration="crm", group=groups(store)["g"].id)
        [row] = of_cause.items
        history = queries.failed_record_history(connection, row.id)
        unknown = queries.failed_record_history(connection, 10**9)
    assert unknown is None
    assert history is not None
    assert history.failed.record.payload == '{"manager": 7}'
    assert [one.record.run_external_id for one in history.attempts] == ["r1", "r2"]
    assert history.run is not None
    assert (history.run.run.external_id, history.run.run.records_failed) == ("r2", 1)


def test_causes_are_told_by_side_and_roots_with_whom_they_hold_back(store: Store) -> None:
    """What a diagnosis goes by: open causes of late by the side that told of them."""
    filled = Filled(store)
    kind: dict[str, Any] = {"error_class": ErrorClass.MISSING_REFERENCE}
    filled.write(
        CRM,
        failed_records=[failed(key, 5, root_key="m-1", **kind) for key in ("a", "b", "c")]
        + [failed("d", 5, root_key="m-2", **kind), failed("z", 5000, fingerprint="old")],
    )
    filled.write(
        CRM._replace(source="gateway"),
        failed_records=[failed("a", 5, root_key=None, **kind), failed("e", 5, fingerprint="g")],
    )
    since: datetime = at(60 * 36)
    with store.read() as connection:
        causes = queries.causes(connection, "crm", since, NOW)
        roots = queries.roots(connection, "crm", since, NOW)
    told = {(cause.side, cause.records) for cause in causes}
    assert told == {(Side.TARGET, 4), (Side.SOURCE, 1)}
    assert len(causes) == 3
    assert (roots[0].root_key, roots[0].held_back) == ("m-1", 3)
    assert roots[0].records == ("a", "b", "c")
    filled.writer.resolve_group(group(store).id, ACTOR, NOW)
    with store.read() as connection:
        assert [one.records for one in queries.causes(connection, "crm", since, NOW)] == [1]
        assert queries.roots(connection, "crm", since, NOW) == ()
