"""The tab Failed records: the causes, the most recent first, and the records behind them, each of which opens."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboard import links, notices, panels, record_reads, tables, words
from dashboard.ranges import RANGES, Range
from dashboard.refresh import refreshing
from dashboard.tables import Column
from dashboard.viewer import Viewer
from storage.queries import Page
from storage.queries.rows import ErrorGroupRow, FailedRecordRow, RunRow

REFRESH_SECONDS = 30
_CAUSE_CLICK, _RECORD_CLICK = "open-cause", "open-record"
_CAUSES_SHOWN = 6


def draw(viewer: Viewer, key: str, span: Range) -> None:
    """Causes and records; they refresh by themselves."""
    text = viewer.text
    # What is typed may name a person, so it stays out of the address.
    typed = st.text_input(
        text("Find a record"),
        placeholder=text("Find a record by its key, mail address or error"),
        icon=":material/search:",
        key=f"find-record-{key}",
        label_visibility="collapsed",
        width=420,
    )
    _records(key, span.key, (typed or "").strip())


@refreshing(REFRESH_SECONDS, quiet=True)
def _records(viewer: Viewer, key: str, range_key: str, typed: str) -> None:
    text = viewer.text
    groups = record_reads.error_groups(key)
    if not groups:
        notices.empty(
            text("No record has failed"),
            text("If runs fail without naming records, map `failed_records` in the source to see them here."),
            icon="task_alt",
        )
        return
    cause = _chosen_cause(groups)
    if typed:
        nothing = text("No stored record has this key, and no cause tells of it.")
        found = record_reads.failed_records_found(key, typed)
        _table(viewer, found, text("found among all that are stored"), nothing)
        return
    _causes(viewer, groups)
    if cause is not None:
        every = text("of all that are stored")
        note = f"{words.plain(cause.message)} · {every}"
        nothing = text("Its records are not stored any more.")
        _table(viewer, record_reads.failed_records_of_cause(key, cause.id), note, nothing, of_cause=True)
        return
    span = RANGES[range_key]
    nothing = text("None in this range; choose a longer one above.")
    _table(viewer, record_reads.failed_records(key, span, viewer.now), text(span.label), nothing)


def _chosen_cause(groups: Sequence[ErrorGroupRow]) -> ErrorGroupRow | None:
    asked = st.query_params.get(links.CAUSE)
    return next((one for one in groups if str(one.id) == asked), None)


def _causes(viewer: Viewer, groups: Sequence[ErrorGroupRow]) -> None:
    text = viewer.text
    panels.title(text("Causes"), text("all that are stored, the latest first"))
    row = tables.draw(
        viewer,
        "table-causes",
        group_columns(viewer),
        groups,
        alt=text("Causes of failed records"),
        height=tables.height_of(_CAUSES_SHOWN) if len(groups) > _CAUSES_SHOWN else "content",
        opens=_CAUSE_CLICK,
    )
    if row is not None:
        _open(links.CAUSE, groups[row].id)


def _table(
    viewer: Viewer, page: Page[FailedRecordRow], note: str, nothing: str, *, of_cause: bool = False
) -> None:
    text = viewer.text
    with st.container(horizontal=True, vertical_alignment="center"):
        panels.title(text("Failed records"), note)
        if of_cause:
            st.button(text("All causes"), icon=":material/close:", key="all-causes", on_click=_all_causes)
        st.space("stretch")
        notices.as_of(viewer, viewer.now)
    if not page.items:
        st.caption(nothing)
        return
    row = tables.draw(
        viewer,
        "table-failed",
        [_opening(viewer), *columns(viewer)[1:]],
        page.items,
        alt=text("Failed records, newest first"),
        height="auto",
        opens=_RECORD_CLICK,
    )
    if page.next:
        st.caption(
            viewer.plural(
                "The newest {n} record of these.", "The newest {n} records of these.", len(page.items)
            )
        )
    if row is not None:
        _open(links.RECORD, page.items[row].id)


def _all_causes() -> None:
    st.query_params.pop(links.CAUSE, None)


def _open(parameter: str, number: int) -> None:
    st.query_params[parameter] = str(number)
    st.rerun()


def of_run(viewer: Viewer, key: str, row: RunRow) -> None:
    """The failed records of one run, in its drawer."""
    records = record_reads.failed_records_of(key, row)
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


def group_columns(viewer: Viewer) -> list[Column[ErrorGroupRow]]:
    """What stands in the table of causes."""
    text = viewer.text
    return [
        tables.number(text("Records"), lambda row: row.count, viewer.number, width=80),
        tables.button(text("Cause"), lambda row: row.message or row.error_code or "", key=_CAUSE_CLICK, width=430, help=text("A click shows the records of this cause.")),
        tables.words(text("Kind of error"), lambda row: text(words.ERROR_CLASS[row.error_class]), width=140),
        tables.words(text("Where"), lambda row: text(words.ORIGIN[row.error_origin]), width=140),
        tables.words(text("State"), lambda row: text(words.GROUP_STATE.get(row.state, row.state)), width=110),
        tables.instant(viewer, text("Last seen"), lambda row: row.last_seen_at, ago=True, width=120),
        tables.instant(viewer, text("First seen"), lambda row: row.first_seen_at, ago=True, width=120),
    ]  # fmt: skip


def _opening(viewer: Viewer) -> Column[FailedRecordRow]:
    text = viewer.text
    return tables.button(
        text("Record"),
        lambda row: row.record.record_key,
        key=_RECORD_CLICK,
        width=210,
        help=text("A click opens the record: what was sent, and what came of it."),
    )


def columns(viewer: Viewer) -> list[Column[FailedRecordRow]]:
    """What stands in a table of failed records."""
    text = viewer.text
    return [
        tables.words(text("Record"), lambda row: row.record.record_key, width=170),
        tables.words(text("Kind of record"), lambda row: row.record.entity, width=110),
        tables.words(text("Error"), lambda row: row.record.error_message or row.record.error_code, width=360),
        tables.words(
            text("Kind of error"), lambda row: text(words.ERROR_CLASS[row.record.error_class]), width=140
        ),
        tables.words(text("Held back by"), lambda row: row.record.root_key, width=120),
        tables.instant(viewer, text("Time"), lambda row: row.record.occurred_at, width=140),
        tables.words(text("Run"), lambda row: row.record.run_external_id, width=150),
    ]
