"""The database, the configuration and the audit on the System page."""

from __future__ import annotations

import streamlit as st

from core.i18n import N_
from dashboard import audit_words, panels, reads, tables, words
from dashboard.tables import Column
from dashboard.viewer import Viewer
from storage.queries.rows_operation import AuditRow

ROWS = {"sync_run": N_("runs: {n}"), "failed_record": N_("failed records: {n}"), "poll": N_("looks: {n}")}


def database(viewer: Viewer) -> None:
    """Which database it is, how large, and since when it knows."""
    text = viewer.text
    facts = reads.database_facts()
    panels.title(text("Database"))
    told = {
        text("Engine"): f"{facts.engine} {facts.version}",
        text("Address"): reads.database_address(),
        text("Size"): viewer.size(facts.size_bytes),
        text("Schema"): facts.revision or "",
        text("Runs known from"): viewer.instant(facts.oldest_run_at),
        text("Runs known until"): viewer.instant(facts.newest_run_at),
        text("Rows"): ", ".join(text(said, n=facts.rows.get(table, 0)) for table, said in ROWS.items()),
    }
    tables.facts("database", {name: value for name, value in told.items() if value})


def configuration(viewer: Viewer) -> None:
    """Which file is at work, since when, and how long things are kept."""
    text, settings, state = viewer.text, reads.settings(), reads.configuration()
    panels.title(text("Configuration"))
    kept = settings.retention
    told = {
        text("File"): reads.settings_path(),
        text("Taken over"): f"{viewer.instant(state.loaded_at)} ({viewer.ago(state.loaded_at)})",
        text("Fingerprint"): settings.digest[:12],
        text("State"): text("a newer file was refused, see above") if state.problems else text("as in the file"),
        text("Integrations"): viewer.number(len(settings.integrations)),
        text("Days and statistics"): settings.timezone,
        text("Kept"): text(
            "runs {raw}, failed records {failed}, sums by hour {hour}",
            raw=viewer.duration(kept.raw), failed=viewer.duration(kept.failed_records), hour=viewer.duration(kept.hour),
        ),
    }  # fmt: skip
    tables.facts("configuration", {name: value for name, value in told.items() if value})


def audit(viewer: Viewer) -> None:
    """What people and the program itself did."""
    text = viewer.text
    rows = reads.audit()
    panels.title(text("Audit"))
    if not rows:
        st.caption(text("Nothing has been done yet."))
        return
    audit_columns: list[Column[AuditRow]] = [
        tables.instant(viewer, text("Time"), lambda row: row.at, width=150),
        tables.words(text("Who"), lambda row: row.actor, width=120),
        tables.words(text("What"), lambda row: text(words.AUDIT.get(row.action, row.action)), width=240),
        tables.words(text("Subject"), lambda row: row.subject, width=240),
        tables.words(text("Details"), lambda row: audit_words.details(viewer, row.detail), width=380),
    ]
    tables.draw(viewer, "table-audit", audit_columns, rows, alt=text("Actions, newest first"), height="auto")
