"""The drawer with one failed record: its error in full, what was sent, its attempts, its steps and its run."""

from __future__ import annotations

import json
from collections.abc import Sequence

import streamlit as st

from core.errors import StorageError
from dashboard import links, panels, record_reads, tables, words
from dashboard.pages._integration_run import reference
from dashboard.tables import Column
from dashboard.viewer import Viewer
from storage.queries.rows import FailedRecordHistory, FailedRecordRow, RecordEventRow, RunRow


def draw_chosen(viewer: Viewer, key: str) -> bool:
    """Open the drawer for the failed record that the address names; whether it names one."""
    asked = st.query_params.get(links.RECORD, "")
    if not asked:
        return False
    try:
        found = record_reads.failed_record(key, int(asked)) if asked.isdecimal() else None
    except StorageError:
        return True  # the page behind says already that nothing can be read
    links.drawer(links.RECORD, viewer.text("Failed record"))(_drawer)(viewer, key, found)
    return True


def _drawer(viewer: Viewer, key: str, found: FailedRecordHistory | None) -> None:
    text = viewer.text
    if found is None:
        st.markdown(text("This record is not stored any more, or belongs to another integration."))
        return
    row, record = found.failed, found.failed.record
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge(text(words.ERROR_CLASS[record.error_class]), icon=":material/error:", color="red")
        st.markdown(f"**{words.plain(record.record_key)}**", width="content")
    st.code(record.error_message or record.error_code or text("none"), language=None, wrap_lines=True)
    tables.facts("record", _facts(viewer, row))
    _run(viewer, found.run)
    panels.title(text("What was sent"), text("personal fields are masked"))
    if record.payload:
        st.code(_indented(record.payload), language="json", wrap_lines=True)
    else:
        st.caption(text("This source does not tell what was sent."))
    _attempts(viewer, found.attempts)
    _steps(viewer, key, record.record_key)


def _facts(viewer: Viewer, row: FailedRecordRow) -> dict[str, str]:
    text, record = viewer.text, row.record
    told = {
        text(
            "Time"
        ): f"{viewer.instant(record.occurred_at, seconds=True)} ({viewer.ago(record.occurred_at)})",
        text("Kind of record"): record.entity,
        text("Operation"): record.operation,
        text("Held back by"): record.root_key,
        text("Where"): text(words.ORIGIN[record.error_origin]),
        text("Code"): record.error_code,
        text("Attempt"): viewer.number(record.attempt) if record.attempt > 1 else None,
        text("File"): record.file,
        text("Line"): viewer.number(record.line) if record.line is not None else None,
        text("Run"): record.run_external_id,
        text("Source"): f"{row.source} ({text(words.SIDE[row.side])})",
    }
    return {name: value for name, value in told.items() if value}


def _run(viewer: Viewer, found: RunRow | None) -> None:
    if found is None:
        return

    if st.button(viewer.text("Open its run"), icon=":material/arrow_forward:", key="open-its-run"):
        links.turn(links.RECORD, links.RUN, reference(found))
        st.rerun()


def _attempts(viewer: Viewer, oldest_first: Sequence[FailedRecordRow]) -> None:
    text, found = viewer.text, list(reversed(oldest_first))
    if len(found) < 2:
        return
    panels.title(text("Every time it failed"), viewer.number(len(found)))
    columns: list[Column[FailedRecordRow]] = [
        tables.instant(viewer, text("Time"), lambda one: one.record.occurred_at, width=140),
        tables.words(text("Error"), lambda one: one.record.error_message or one.record.error_code, width=300),
        tables.words(text("Run"), lambda one: one.record.run_external_id, width=150),
    ]
    tables.draw(
        viewer, "table-attempts", columns, found, alt=text("Every time this record failed"), height="auto"
    )


def _steps(viewer: Viewer, key: str, record_key: str) -> None:
    text, found = viewer.text, record_reads.steps(key, record_key)
    panels.title(text("Its steps on both sides"))
    if not found:
        st.caption(text("No source follows single records; `record_events` in a source shows them here."))
        return
    for one in found:
        _step(viewer, one)


def _step(viewer: Viewer, row: RecordEventRow) -> None:
    text, event = viewer.text, row.event
    status = f" · {event.status}" if event.status is not None else ""
    said = " · ".join(words.plain(part) for part in (event.step, event.outcome) if part)
    when = viewer.instant(event.at, seconds=True)
    label = f"{when} · {text(words.SIDE[row.side])} · {said}{status}"
    if not (event.request or event.response):
        st.markdown(label)
        return
    with st.expander(label):
        for title, body in ((text("Request"), event.request), (text("Response"), event.response)):
            if body:
                st.caption(title)
                st.code(_indented(body), language="json", wrap_lines=True)


def _indented(payload: str) -> str:
    try:
        return json.dumps(json.loads(payload), ensure_ascii=False, indent=2)
    except ValueError:
        return payload
