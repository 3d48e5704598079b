"""The tab Failed records: the causes, the most recent first, and the records behind them."""

from __future__ import annotations

import streamlit as st

from dashboard import notices, panels, reads, tables, words
from dashboard.ranges import RANGES, Range
from dashboard.refresh import refreshing
from dashboard.tables import Column
from dashboard.viewer import Viewer
from storage.queries.rows import ErrorGroupRow, FailedRecordRow, RunRow

REFRESH_SECONDS = 30


def draw(viewer: Viewer, key: str, span: Range) -> None:
    """Causes and records; they refresh by themselves."""
    _records(key, span.key)


@refreshing(REFRESH_SECONDS, quiet=True)
def _records(viewer: Viewer, key: str, range_key: str) -> None:
    span = RANGES[range_key]
    text = viewer.text
    groups = reads.error_groups(key)
    if not groups:
        notices.empty(
            text("No record has failed"),
            text("If runs fail without naming records, map `failed_records` in the source to see them here."),
            icon="task_alt",
        )
        return
    panels.title(text("Causes"), text("all that are stored, the latest first"))
    tables.draw(
        viewer,
        "table-causes",
        _group_columns(viewer),
        groups,
        alt=text("Causes of failed records"),
        height="auto",
    )
    page = reads.failed_records(key, span, viewer.now)
    panels.title(text("Failed records"), text(span.label))
    if not page.items:
        st.caption(text("None in this range; choose a longer one above."))
        return
    tables.draw(
        viewer,
        "table-failed",
        columns(viewer),
        page.items,
        alt=text("Failed records, newest first"),
        height="auto",
    )
    if page.next:
        st.caption(
            viewer.plural(
                "The newest {n} record of this range.",
                "The newest {n} records of this range.",
                len(page.items),
            )
        )


def of_run(viewer: Viewer, key: str, row: RunRow) -> None:
    """The failed records of one run, in its drawer."""
    records = reads.failed_records_of(key, row)
    if not records:
        told = row.run.records_failed
        st.caption(
            viewer.text("The run counts {n} failed, but names none.", n=told) if told else viewer.text("none")
        )
        return
    tables.draw(
        viewer,
        "table-run-failed",
        columns(viewer),
        records,
        alt=viewer.text("Failed records of this run"),
        height="auto",
    )
    payloads = [one for one in records if one.record.payload]
    if payloads:
        with st.expander(
            viewer.text("What was sent, masked: {key}", key=words.plain(payloads[0].record.record_key))
        ):
            st.code(payloads[0].record.payload or "", language="json", wrap_lines=True)


def _group_columns(viewer: Viewer) -> list[Column[ErrorGroupRow]]:
    text = viewer.text
    return [
        tables.words(text("Cause"), lambda row: row.message or row.error_code, width=420),
        tables.number(text("Records"), lambda row: row.count, viewer.number, width=90),
        tables.words(text("Kind"), lambda row: text(words.ERROR_CLASS[row.error_class]), width=140),
        tables.words(text("Where"), lambda row: text(words.ORIGIN[row.error_origin]), width=140),
        tables.words(text("State"), lambda row: text(words.GROUP_STATE.get(row.state, row.state)), width=110),
        tables.instant(viewer, text("Last seen"), lambda row: row.last_seen_at, ago=True, width=120),
        tables.instant(viewer, text("First seen"), lambda row: row.first_seen_at, ago=True, width=120),
    ]


def columns(viewer: Viewer) -> list[Column[FailedRecordRow]]:
    """What stands in a table of failed records."""
    text = viewer.text
    return [
        tables.words(text("Record"), lambda row: row.record.record_key, width=170),
        tables.words(text("Entity"), lambda row: row.record.entity, width=110),
        tables.words(text("Error"), lambda row: row.record.error_message or row.record.error_code, width=360),
        tables.words(text("Kind"), lambda row: text(words.ERROR_CLASS[row.record.error_class]), width=140),
        tables.words(text("Held back by"), lambda row: row.record.root_key, width=120),
        tables.instant(viewer, text("Time"), lambda row: row.record.occurred_at, width=140),
        tables.words(text("Run"), lambda row: row.record.run_external_id, width=150),
    ]
