"""The tab Runs: outcomes and durations over time, and the latest runs, each of which opens."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import streamlit as st

from core.records import RunStatus
from dashboard import charts, links, notices, panels, reads, tables, words
from dashboard.charts import Series
from dashboard.pages import _integration_run
from dashboard.ranges import LONGEST, RANGES, Range
from dashboard.refresh import refreshing
from dashboard.tables import Column
from dashboard.viewer import Viewer
from storage.queries.rows import RunRow
from storage.queries.rows_series import RunPoint

REFRESH_SECONDS = 30
_CLICK = "open-run"
_LAYERS = (
    RunStatus.SUCCEEDED,
    RunStatus.PARTIAL,
    RunStatus.FAILED,
    RunStatus.CANCELLED,
    RunStatus.SKIPPED,
    RunStatus.UNKNOWN,
)


def draw(viewer: Viewer, key: str, span: Range) -> None:
    """Everything about the runs of this range; it refreshes by itself."""
    _runs(key, span.key)


@refreshing(REFRESH_SECONDS, quiet=True)
def _runs(viewer: Viewer, key: str, range_key: str) -> None:
    span = RANGES[range_key]
    points = reads.run_series(key, span, viewer.now)
    runs = reads.runs(key, span, viewer.now)
    if not points and not runs.items:
        _none(viewer, key)
        return
    _timeline(viewer, points, span)
    _table(viewer, runs.items, more=runs.next is not None)


def _none(viewer: Viewer, key: str) -> None:
    """Says why nothing is to be seen: a longer range is no remedy where it holds nothing either."""
    if reads.runs(key, LONGEST, viewer.now).items:
        title = viewer.text("No run in this range")
        text = viewer.text("Choose a longer range above, or see on System whether the source brings runs.")
    else:
        title = viewer.text("No run within 30 days")
        text = viewer.text(
            "See on System whether a source brings runs; its mapping (`fields`) says what a run is."
        )
    notices.empty(title, text, icon="event_busy")


def _timeline(viewer: Viewer, points: Sequence[RunPoint], span: Range) -> None:
    text = viewer.text
    since, times = span.since(viewer.now), [point.at for point in points]
    outcomes, durations = st.columns(2, gap="small")
    with outcomes, st.container(border=True, key="panel-outcomes"):
        panels.title(text("Runs by outcome"), _summed(viewer, points))
        charts.bars(
            viewer, "chart-outcomes", times, _layers(viewer, points),
            span=(since, viewer.now), width=span.step_seconds,
            alt=text("Runs by outcome over time: {summary}", summary=_summed(viewer, points)),
        )  # fmt: skip
    with durations, st.container(border=True, key="panel-durations"):
        panels.title(text("How long runs take"))
        charts.lines(
            viewer, "chart-durations", times,
            [
                Series(text("median"), [point.duration_p50_seconds for point in points]),
                Series(text("95th percentile"), [point.duration_p95_seconds for point in points]),
            ],
            span=(since, viewer.now), show=viewer.duration,
            alt=text("Duration of runs over time, median and 95th percentile; the same numbers are in the table."),
        )  # fmt: skip
    panels.folded(
        text("The same as a table"), "table", "folded-run-series", lambda: _as_table(viewer, points)
    )


def _as_table(viewer: Viewer, points: Sequence[RunPoint]) -> None:
    tables.draw(
        viewer,
        "table-run-series",
        _point_columns(viewer),
        list(reversed(points)),
        alt=viewer.text("Runs over time"),
        height="auto",
    )


def _layers(viewer: Viewer, points: Sequence[RunPoint]) -> list[Series]:
    """One layer for each outcome that occurs."""
    counts = {status: [getattr(point, status.value) for point in points] for status in _LAYERS}
    return [
        Series(viewer.text(words.RUN[status].word), values, words.RUN[status].paint(viewer.dark))
        for status, values in counts.items()
        if any(values)
    ]


def _summed(viewer: Viewer, points: Sequence[RunPoint]) -> str:
    counted = sum(point.counted for point in points)
    failed = sum(point.failed for point in points)
    if not counted:
        return viewer.text("none that count")
    share = viewer.percent(failed / counted)
    return viewer.plural("{n} run, {share} failed", "{n} runs, {share} failed", counted, share=share)


def _point_columns(viewer: Viewer) -> list[Column[RunPoint]]:
    text = viewer.text

    def counted(status: RunStatus) -> Column[RunPoint]:
        return tables.number(
            text(words.RUN[status].word), lambda point: getattr(point, status.value), viewer.number
        )

    return [
        tables.instant(viewer, text("Time"), lambda point: point.at),
        *(counted(status) for status in _LAYERS),
        tables.number(text("Records written"), lambda point: point.records_written, viewer.number),
        tables.number(text("Records failed"), lambda point: point.records_failed, viewer.number),
        tables.number(text("Median duration"), lambda point: point.duration_p50_seconds, viewer.duration),
        tables.number(text("95th percentile"), lambda point: point.duration_p95_seconds, viewer.duration),
    ]


def _table(viewer: Viewer, runs: Sequence[RunRow], *, more: bool) -> None:
    text = viewer.text
    with st.container(horizontal=True, vertical_alignment="center"):
        panels.title(text("Latest runs"))
        st.space("stretch")
        notices.as_of(viewer, viewer.now)
    row = tables.draw(
        viewer, "table-runs", columns(viewer), runs,
        alt=text("The latest runs, newest first"), height="auto", opens=_CLICK,
    )  # fmt: skip
    if more:
        st.caption(
            viewer.plural(
                "The newest {n} run of this range.", "The newest {n} runs of this range.", len(runs)
            )
        )
    if row is not None:
        st.query_params[links.RUN] = _integration_run.reference(runs[row])
        st.rerun()


def _started(row: RunRow) -> datetime | None:
    return row.run.started_at or row.run.finished_at


def columns(viewer: Viewer) -> list[Column[RunRow]]:
    """What stands in the table of runs."""
    text = viewer.text
    return [
        tables.button(text("Run"), lambda row: row.run.external_id, key=_CLICK, width=190, help=text("A click opens the run.")),
        tables.states(viewer, text("Outcome"), lambda row: [words.RUN[row.run.status]], words.RUN.values(), width=130),
        tables.instant(viewer, text("Started"), _started, width=140),
        tables.number(text("Duration"), lambda row: row.seconds, viewer.duration, width=100),
        tables.number(text("Read"), lambda row: row.run.records_read, viewer.number, width=80),
        tables.number(text("Written"), lambda row: row.run.records_written, viewer.number, width=80),
        tables.number(text("Records failed"), lambda row: row.run.records_failed, viewer.number, width=96),
        tables.words(text("Error"), lambda row: row.run.error_message, width=324),
        tables.words(text("Job"), lambda row: row.run.job, width=150),
        tables.words(text("Trigger"), lambda row: row.run.trigger, width=100),
    ]  # fmt: skip
