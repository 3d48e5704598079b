"""Tables in both languages: a column is known by its heading, so no two may share one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from core.i18n import languages, translator
from dashboard.pages import (
    _alerts_deliveries,
    _alerts_rules,
    _health_table,
    _integration_limits,
    _integration_records,
    _integration_runs,
    _system_collectors,
)
from dashboard.tables import Column, opening
from dashboard.viewer import Viewer

TABLES: dict[str, Callable[[Viewer], Sequence[Column[Any]]]] = {
    "health": lambda viewer: _health_table.columns(viewer, {}),
    "collectors": lambda viewer: _system_collectors.columns(viewer, ()),
    "rules": lambda viewer: _alerts_rules.columns(viewer, of_one=True),
    "all rules": lambda viewer: _alerts_rules.columns(viewer, of_one=False),
    "limits": _integration_limits.quota_columns,
    "keys": _integration_limits.key_columns,
    "causes": _integration_records.group_columns,
    "records": _integration_records.columns,
    "runs": _integration_runs.columns,
    "messages": _alerts_deliveries.columns,
}


NOW = datetime(2026, 11, 24, tzinfo=UTC)
TELEPHONE = 390 - 2 * 10
"""Pixels that a table has on a telephone."""
NOTEBOOK = 1024 - 2 * 22
"""The same on a small notebook."""


def viewer_of(language: str) -> Viewer:
    zone = ZoneInfo("UTC")
    return Viewer(language, zone, False, NOW, translator(language, zone))


def width_of(column: Column[Any]) -> int:
    config: Any = column.config
    return int(getattr(config, "config", config)["width"])


@pytest.mark.parametrize(
    ("table", "wanted"),
    [("health", "State"), ("collectors", "Last look"), ("limits", "Used"), ("keys", "State"), ("causes", "Records"), ("runs", "Outcome"), ("messages", "State")],
)  # fmt: skip
def test_what_matters_is_in_sight_on_a_telephone(table: str, wanted: str) -> None:
    """How something stands is seen without scrolling sideways."""
    columns = TABLES[table](viewer_of("en"))
    place = [column.label for column in columns].index(wanted)
    assert sum(width_of(column) for column in columns[: place + 1]) <= TELEPHONE


def test_health_tells_a_small_notebook_how_well_it_went() -> None:
    """Late, success, the last 30 days and what did not arrive are in sight; whose it is stands above the table too."""
    columns = TABLES["health"](viewer_of("en"))
    labels = [column.label for column in columns]
    wanted = max(labels.index(one) for one in ("Late by", "Success", "30 days", "Records failed"))
    assert sum(width_of(column) for column in columns[: wanted + 1]) <= NOTEBOOK


def test_collectors_tell_a_small_notebook_what_they_cost() -> None:
    """What the looking costs is in sight; an error stands above the table too."""
    columns = TABLES["collectors"](viewer_of("en"))
    labels = [column.label for column in columns]
    wanted = max(labels.index(one) for one in ("Took", "Failed looks", "Requests", "Read"))
    assert sum(width_of(column) for column in columns[: wanted + 1]) <= NOTEBOOK


def test_a_limit_whose_time_has_come_is_no_reset_of_the_past() -> None:
    """`35 s ago` would say that something was missed; what was read before then holds no longer."""
    resets = next(column for column in TABLES["limits"](viewer_of("en")) if column.label == "Resets")
    assert resets.show is not None
    assert resets.show(pd.Timestamp(NOW - timedelta(seconds=35))) == "already reset"
    assert resets.show(pd.Timestamp(NOW + timedelta(hours=2))) == "in 2 hr"
    assert resets.show(None) == "—"


def test_one_thing_has_one_name_in_all_tables() -> None:
    """What the tab of both sides calls a kind of record is no entity among failed records; the other kind is of error."""
    labels = [column.label for column in TABLES["records"](viewer_of("en"))]
    assert {"Kind of record", "Kind of error"} < set(labels)


def test_a_look_that_is_due_is_no_look_of_the_past() -> None:
    """It is due now, whether by a second or for a while."""
    due = next(column for column in TABLES["collectors"](viewer_of("en")) if column.label == "Next look")
    assert due.show is not None
    assert [due.show(pd.Timestamp(NOW + timedelta(seconds=away))) for away in (-90, 2, 20)] == [
        "now",
        "now",
        "in 20 sec",
    ]


def test_a_key_expires_on_a_day() -> None:
    """The day goes into a calendar; how far away it is says how urgent."""
    expires = next(column for column in TABLES["keys"](viewer_of("en")) if column.label == "Expires")
    assert expires.show is not None
    assert expires.show(pd.Timestamp(NOW + timedelta(days=10))) == "4 Dec 2026 (in 1 wk)"


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("language", sorted(languages()))
def test_no_two_columns_share_a_heading(table: str, language: str) -> None:
    """Two words of one language may be one word of another; the second column would take the first one's place."""
    labels = [column.label for column in TABLES[table](viewer_of(language))]
    assert len(labels) == len(set(labels)), labels


@pytest.mark.parametrize("table", ["health", "rules", "causes", "runs"])
def test_every_word_of_a_row_can_be_clicked(table: str) -> None:
    """A table that opens something has no word on which a click is lost; sorting and widths stay as they were."""
    columns = TABLES[table](viewer_of("en"))
    opened = opening(columns, "open")
    kinds = [dict(getattr(one.config, "config", one.config))["type_config"]["type"] for one in opened]
    assert "text" not in kinds
    assert kinds.count("button") > 2
    assert [(one.label, width_of(one)) for one in opened] == [(one.label, width_of(one)) for one in columns]
