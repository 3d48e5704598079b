"""The drawer with one run: what it did, its error in full and its failed records."""

from __future__ import annotations

import streamlit as st

from core.errors import StorageError
from core.records import OPEN_STATUSES, ErrorClass
from dashboard import links, panels, reads, tables, words
from dashboard.pages import _integration_records
from dashboard.viewer import Viewer
from storage.queries.rows import RunRow


def reference(row: RunRow) -> str:
    """How the address names a run: open and ended ones are numbered apart."""
    return f"{'o' if row.run.status in OPEN_STATUSES else 'e'}{row.id}"


def draw_chosen(viewer: Viewer, key: str) -> bool:
    """Open the drawer for the run that the address names; whether it names one."""
    asked = st.query_params.get(links.RUN)
    if not asked:
        return False
    try:
        found = reads.run(key, asked, viewer.now)
    except StorageError:
        return True  # the page behind says already that nothing can be read
    links.drawer(links.RUN, viewer.text("Run"))(_drawer)(viewer, key, found)
    return True


def _drawer(viewer: Viewer, key: str, row: RunRow | None) -> None:
    text = viewer.text
    if row is None:
        st.markdown(text("This run is not stored any more, or belongs to another integration."))
        return
    run, look = row.run, words.RUN[row.run.status]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge(text(look.word), icon=f":material/{look.icon}:", color=look.color)  # type: ignore[arg-type]
        st.markdown(f"**{words.plain(run.external_id)}**", width="content")
    tables.facts("run", _facts(viewer, row))
    known = run.error_class not in (None, ErrorClass.UNKNOWN)
    if run.error_message or known:
        panels.title(text("Error"))
        if run.error_class:
            kind = text(words.ERROR_CLASS[run.error_class])
            origin = text(words.ORIGIN[run.error_origin]) if run.error_origin else ""
            st.markdown(
                " · ".join(part for part in (kind, origin, words.plain(run.error_code or "")) if part)
            )
        if run.error_message:
            st.code(run.error_message, language=None, wrap_lines=True)
    panels.title(text("Failed records of this run"))
    _integration_records.of_run(viewer, key, row)
    if run.url and run.url.startswith(("http://", "https://")):
        st.link_button(text("Open in its own system"), run.url, icon=":material/open_in_new:")


def _facts(viewer: Viewer, row: RunRow) -> dict[str, str]:
    """What is known of the run; what is not known is left out."""
    text, run = viewer.text, row.run
    told = {
        text("Started"): viewer.instant(run.started_at, seconds=True) if run.started_at else None,
        text("Finished"): viewer.instant(run.finished_at, seconds=True) if run.finished_at else None,
        text("Duration"): viewer.duration(row.seconds) if row.seconds is not None else None,
        text("Job"): run.job,
        text("Trigger"): run.trigger,
        text("Attempt"): viewer.number(run.attempt) if run.attempt and run.attempt > 1 else None,
        text("Records read"): _count(viewer, run.records_read),
        text("Records written"): _count(viewer, run.records_written),
        text("Records skipped"): _count(viewer, run.records_skipped),
        text("Records failed"): _count(viewer, run.records_failed),
        text("Size"): viewer.size(run.bytes) if run.bytes is not None else None,
        text("Source"): f"{row.source} ({text(words.SIDE[row.side])})",
        text("First seen"): viewer.instant(row.first_seen_at, seconds=True),
    }
    return {name: value for name, value in told.items() if value}


def _count(viewer: Viewer, value: int | None) -> str | None:
    return None if value is None else viewer.number(value)
