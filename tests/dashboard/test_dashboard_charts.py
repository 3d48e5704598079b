"""What is drawn, read from the drawing itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core.i18n import translator
from dashboard import charts
from dashboard.charts import Series
from dashboard.viewer import Viewer

NOW = datetime(2026, 11, 24, 12, 20, tzinfo=UTC)
HOUR = timedelta(hours=1)
ZONE = ZoneInfo("UTC")
VIEWER = Viewer("en", ZONE, False, NOW, translator("en", ZONE))
TIMES = [datetime(2026, 11, 24, 11, tzinfo=UTC), datetime(2026, 11, 24, 12, tzinfo=UTC)]


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The figures that are put on the page."""
    figures: list[Any] = []
    monkeypatch.setattr(charts, "show_chart", lambda figure, key, alt: figures.append(figure))
    return figures


def test_the_hour_that_is_not_over_has_a_whole_bar(drawn: list[Any]) -> None:
    """It is not cut off at the present minute."""
    charts.bars(
        VIEWER, "k", TIMES, [Series("Failed", [1, 2])], alt="", span=(NOW - 2 * HOUR, NOW), width=3600
    )
    assert drawn[0].layout.xaxis.range[1] == datetime(2026, 11, 24, 13)  # noqa: DTZ001 (a wall clock)


def test_nothing_has_no_unit(drawn: list[Any]) -> None:
    """The axis begins at 0, not at 0 ms below marks in seconds; a share begins at 0%."""
    lines = [Series("median", [4.0, 8.0])]
    span = (NOW - 2 * HOUR, NOW)
    charts.lines(VIEWER, "k", TIMES, lines, alt="", span=span, show=VIEWER.duration)
    charts.lines(
        VIEWER, "k", TIMES, [Series("used", [0.1, 0.2])], alt="", span=span, show=VIEWER.percent, ceiling=1
    )
    assert drawn[0].layout.yaxis.ticktext[:2] == ("0", "2 sec")
    assert drawn[1].layout.yaxis.ticktext[0] == "0%"
