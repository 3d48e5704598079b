"""The tab API: calls by status class, latency, and the endpoints that answer worst."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.i18n import N_
from core.records import StatusClass
from dashboard import charts, notices, panels, reads, tables
from dashboard.charts import Series
from dashboard.ranges import RANGES, Range
from dashboard.refresh import refreshing
from dashboard.tables import Column
from dashboard.viewer import Viewer
from dashboard.words import HEALTH
from health.status import Health
from storage.queries.rows_series import CallPoint, EndpointRow

REFRESH_SECONDS = 30
CLASSES = {
    StatusClass.SUCCESS: N_("2xx succeeded"),
    StatusClass.REDIRECT: N_("3xx redirected"),
    StatusClass.INFORMATIONAL: N_("1xx"),
    StatusClass.CLIENT_ERROR: N_("4xx refused"),
    StatusClass.CLIENT_CLOSED: N_("499 caller left"),
    StatusClass.SERVER_ERROR: N_("5xx failed"),
    StatusClass.INVALID: N_("unreadable"),
}


def draw(viewer: Viewer, key: str, span: Range) -> None:
    """Everything about the calls of this range; it refreshes by itself."""
    _calls(key, span.key)


@refreshing(REFRESH_SECONDS, quiet=True)
def _calls(viewer: Viewer, key: str, range_key: str) -> None:
    span = RANGES[range_key]
    points = reads.call_series(key, span, viewer.now)
    if not points:
        notices.empty(
            viewer.text("No API call in this range"),
            viewer.text(
                "Calls come from a source of type access_log, rest or probe: add one to see them here."
            ),
            icon="api",
        )
        return
    _charts(viewer, points, span)
    _endpoints(viewer, reads.endpoints(key, span, viewer.now))


def _charts(viewer: Viewer, points: Sequence[CallPoint], span: Range) -> None:
    text = viewer.text
    window, times = (span.since(viewer.now), viewer.now), [point.at for point in points]
    calls, latency = st.columns(2, gap="small")
    summary = viewer.plural("{n} call", "{n} calls", sum(point.calls for point in points))
    with calls, st.container(border=True, key="panel-calls"):
        panels.title(text("Calls by answer"), summary)
        charts.bars(
            viewer, "chart-calls", times, _layers(viewer, points), span=window, width=span.step_seconds,
            alt=text("API calls by status class over time: {summary}", summary=summary),
        )  # fmt: skip
    with latency, st.container(border=True, key="panel-latency"):
        panels.title(text("How fast it answers"))
        if any(point.latency_p95_seconds is not None for point in points):
            charts.lines(
                viewer, "chart-latency", times,
                [
                    Series(text("median"), [point.latency_p50_seconds for point in points]),
                    Series(text("95th percentile"), [point.latency_p95_seconds for point in points]),
                ],
                span=window, show=viewer.duration,
                alt=text("Latency of API calls over time, median and 95th percentile; the same numbers are in the table."),
            )  # fmt: skip
        else:
            st.caption(text("These logs do not tell how long a call took."))
    panels.folded(
        text("The same as a table"), "table", "folded-call-series", lambda: _as_table(viewer, points)
    )


def _as_table(viewer: Viewer, points: Sequence[CallPoint]) -> None:
    tables.draw(
        viewer,
        "table-call-series",
        _point_columns(viewer, points),
        list(reversed(points)),
        alt=viewer.text("API calls over time"),
        height="auto",
    )


def _present(points: Sequence[CallPoint]) -> list[StatusClass]:
    return [one for one in CLASSES if any(point.classes.get(one) for point in points)]


def _layers(viewer: Viewer, points: Sequence[CallPoint]) -> list[Series]:
    colors = charts.ink(viewer.dark)
    paint = {
        StatusClass.SUCCESS: HEALTH[Health.HEALTHY].paint(viewer.dark),
        StatusClass.CLIENT_ERROR: HEALTH[Health.DEGRADED].paint(viewer.dark),
        StatusClass.SERVER_ERROR: HEALTH[Health.FAILING].paint(viewer.dark),
        StatusClass.REDIRECT: colors.lines[0],
    }
    return [
        Series(
            viewer.text(CLASSES[one]),
            [point.classes.get(one, 0) for point in points],
            paint.get(one, colors.lines[4]),
        )
        for one in _present(points)
    ]


def _point_columns(viewer: Viewer, points: Sequence[CallPoint]) -> list[Column[CallPoint]]:
    text = viewer.text

    def counted(one: StatusClass) -> Column[CallPoint]:
        return tables.number(text(CLASSES[one]), lambda point: point.classes.get(one, 0), viewer.number)

    return [
        tables.instant(viewer, text("Time"), lambda point: point.at),
        tables.number(text("Calls"), lambda point: point.calls, viewer.number),
        *(counted(one) for one in _present(points)),
        tables.number(text("Median latency"), lambda point: point.latency_p50_seconds, viewer.duration),
        tables.number(text("95th percentile"), lambda point: point.latency_p95_seconds, viewer.duration),
    ]


def _endpoints(viewer: Viewer, rows: Sequence[EndpointRow]) -> None:
    if not rows:
        return
    text = viewer.text
    panels.title(text("Endpoints"))
    columns: list[Column[EndpointRow]] = [
        tables.words(text("Method"), lambda row: row.method, width=90),
        tables.words(text("Endpoint"), lambda row: row.endpoint, width=280),
        tables.number(text("Calls"), lambda row: row.calls, viewer.number, width=100),
        tables.number(text("Refused, 4xx"), lambda row: _of_class(row, StatusClass.CLIENT_ERROR), viewer.number, width=110),
        tables.number(text("Failed, 5xx"), lambda row: _of_class(row, StatusClass.SERVER_ERROR), viewer.number, width=110),
        tables.number(text("Median latency"), lambda row: row.latency_p50_seconds, viewer.duration, width=130),
        tables.number(text("95th percentile"), lambda row: row.latency_p95_seconds, viewer.duration, width=130),
        tables.words(text("Caller"), lambda row: row.consumer, width=140),
        tables.words(text("Source"), lambda row: row.source, width=120),
    ]  # fmt: skip
    worst = sorted(
        rows,
        key=lambda row: (
            -_of_class(row, StatusClass.SERVER_ERROR),
            -_of_class(row, StatusClass.CLIENT_ERROR),
            -row.calls,
        ),
    )
    tables.draw(
        viewer,
        "table-endpoints",
        columns,
        worst,
        alt=text("Endpoints, those that fail most first"),
        height="auto",
    )


def _of_class(row: EndpointRow, wanted: StatusClass) -> int:
    return sum(
        calls for (_, status), calls in row.statuses.items() if status and StatusClass.of(status) is wanted
    )
