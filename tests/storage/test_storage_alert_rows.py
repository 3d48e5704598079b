"""Which column of an alert's row holds what: it is read and written by position."""

from __future__ import annotations

from itertools import combinations
from typing import cast

from core.alert_states import Acknowledgement, AlertKey, AlertState, Phase, Reason, Severity
from core.clock import from_micros
from storage.alert_codes import PHASE_CODE, REASON_CODE, SEVERITY_CODE
from storage.alert_rows import KeyIds, state_of, state_row, states_query
from storage.engine import Row, Value
from storage.schema import alert_state
from storage.selected import AnyRow
from storage.statements import columns_of

STATE = AlertState(
    key=AlertKey("failed-runs", "crm", "api"),
    phase=Phase.RECOVERING,
    severity=Severity.CRITICAL,
    reason=Reason.THRESHOLD,
    episode="one",
    since=from_micros(11),
    phase_since=from_micros(12),
    fired_at=from_micros(13),
    evaluated_at=from_micros(14),
    read_at=from_micros(15),
    value=0.5,
    threshold="> 20%",
    detail="much",
    acknowledged=Acknowledgement(by="olga", at=from_micros(16), severity=Severity.WARNING, note="on it"),
    changes=(from_micros(17), from_micros(18)),
    flapping=True,
)
STORED: dict[str, Value] = {
    "integration_id": 101,
    "rule_id": 102,
    "label_id": 103,
    "phase": PHASE_CODE[Phase.RECOVERING],
    "severity": SEVERITY_CODE[Severity.CRITICAL],
    "reason": REASON_CODE[Reason.THRESHOLD],
    "episode": "one",
    "since": 11,
    "phase_since": 12,
    "fired_at": 13,
    "evaluated_at": 14,
    "read_at": 15,
    "value": 0.5,
    "threshold": "> 20%",
    "detail": "much",
    "acknowledged_by": "olga",
    "acknowledged_at": 16,
    "acknowledged_severity": SEVERITY_CODE[Severity.WARNING],
    "acknowledged_note": "on it",
    "changes": "[17, 18]",
    "turned_at": 18,
    "flapping": 1,
}
# The ids are not read, and of the turns only their list is. No two of the others are the same.
READ: dict[str, Value] = STORED | {"turned_at": None, "flapping": 77}
READ |= {"key": "crm", "rule": "failed-runs", "label": "api"}
COLUMNS = states_query().selected_columns.keys()
ROW: Row = tuple(READ[name] for name in COLUMNS)


def read(row: Row) -> AlertState | None:
    """None for a row that cannot be read."""
    try:
        return state_of(cast("AnyRow", row))
    except (KeyError, TypeError, ValueError, AssertionError):
        return None


def test_state_is_read_from_the_columns_that_hold_it() -> None:
    """Whatever else the row has behind them."""
    assert read(ROW) == read((*ROW, "CRM")) == STATE


def test_no_two_columns_can_be_taken_for_each_other() -> None:
    """Were any two of the row above exchanged, it would be another state."""
    unnoticed = []
    for one, other in combinations(range(3, len(ROW)), 2):
        exchanged = list(ROW)
        exchanged[one], exchanged[other] = ROW[other], ROW[one]
        if read(tuple(exchanged)) == STATE:
            unnoticed.append((COLUMNS[one], COLUMNS[other]))
    assert unnoticed == []


def test_state_is_written_to_the_columns_that_hold_it() -> None:
    """Each value stands under its name."""
    row = state_row(STATE, KeyIds(101, 102, 103))
    assert dict(zip(columns_of(alert_state), row, strict=True)) == STORED
