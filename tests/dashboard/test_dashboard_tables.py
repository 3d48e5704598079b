"""Tables in both languages: a column is known by its heading, so no two may share one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core.i18n import languages, translator
from dashboard.pages import (
    _alerts_rules,
    _health_table,
    _integration_limits,
    _integration_records,
    _integration_runs,
    _system_collectors,
)
from dashboard.tables import Column
from dashboard.viewer import Viewer

TABLES: dict[str, Callable[[Viewer], Sequence[Column[Any]]]] = {
    "health": lambda viewer: _health_table.columns(viewer, {}),
    "collectors": lambda viewer: _system_collectors.columns(viewer, ()),
    "rules": lambda viewer: _alerts_rules.columns(viewer, of_one=True),
    "all rules": lambda viewer: _alerts_rules.columns(viewer, of_one=False),
    "limits": _integration_limits.quota_columns,
    "records": _integration_records.columns,
    "runs": _integration_runs.columns,
}


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("language", sorted(languages()))
def test_no_two_columns_share_a_heading(table: str, language: str) -> None:
    """Two words of one language may be one word of another; the second column would take the first one's place."""
    zone = ZoneInfo("UTC")
    viewer = Viewer(language, zone, False, datetime(2026, 11, 24, tzinfo=UTC), translator(language, zone))
    labels = [column.label for column in TABLES[table](viewer)]
    assert len(labels) == len(set(labels)), labels
