"""The collectors on the System page: what each source answered, how old that is, and what it costs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import streamlit as st

from dashboard import notices, reads, tables, words
from dashboard.tables import Column
from dashboard.viewer import Viewer
from storage.queries.rows import PollRow, SourceState

BLIND_AFTER = 3


def draw(viewer: Viewer, states: Sequence[SourceState]) -> None:
    """How the collectors stand in one sentence, then each of them, the worst first."""
    text = viewer.text
    live = [state for state in states if not state.retired]
    if not live:
        notices.no_integrations(viewer, reads.settings_path())
        return
    troubled = [state for state in live if rank(state, viewer.now) < 2]
    with st.container(horizontal=True, vertical_alignment="center", key="verdict-row"):
        with st.container(key="verdict", width="stretch"):
            if troubled:
                sentence = viewer.plural(
                    "{n} of {total} collectors needs attention",
                    "{n} of {total} collectors need attention",
                    len(troubled),
                    total=len(live),
                )
                st.markdown(f":red[:material/error:] {sentence}")
            else:
                sentence = viewer.plural(
                    "The only collector sees its source", "All {n} collectors see their sources", len(live)
                )
                st.markdown(f":green[:material/check_circle:] {sentence}")
        notices.as_of(viewer, max((state.last_poll_at for state in live if state.last_poll_at), default=None))
    for state in troubled[:3]:
        _cause(viewer, state)
    ordered = sorted(live, key=lambda state: (rank(state, viewer.now), state.integration, state.name))
    tables.draw(viewer, "table-collectors", columns(viewer), ordered, alt=text("Collectors, the worst first"))
    _bad_items(viewer, [state for state in ordered if state.last_problems])


def rank(state: SourceState, now: datetime) -> int:
    """0: not seen for too long, 1: the last look failed, 2: asked to wait or never looked at, 3: seen."""
    if is_blind(state, now):
        return 0
    if state.last_result is None:
        return 2
    return {"failed": 1, "deferred": 2, "ok": 3}[state.last_result]


def is_blind(state: SourceState, now: datetime) -> bool:
    """Whether no look has succeeded for three times the wanted distance of looks."""
    if state.every_seconds is None:
        return False
    seen = state.last_ok_at or state.known_since
    return now - seen > timedelta(seconds=state.every_seconds * BLIND_AFTER)


def _cause(viewer: Viewer, state: SourceState) -> None:
    name = f"**{words.plain(state.integration)} / {words.plain(state.name)}**"
    if state.last_error:
        said = words.plain(state.last_error)
    elif state.last_poll_at is None:
        said = viewer.text(
            "not looked at since {time}: is a worker running?", time=viewer.instant(state.known_since)
        )
    else:
        said = viewer.text("last looked at {ago}: is a worker running?", ago=viewer.ago(state.last_poll_at))
    st.markdown(f":red[✕] {name}: {said}")


def columns(viewer: Viewer) -> list[Column[SourceState]]:
    """What stands in the table of collectors."""
    text = viewer.text
    looks = [*words.POLL.values(), words.NEVER_POLLED]
    return [
        tables.words(text("Integration"), lambda row: row.integration, width=150, pinned=True),
        tables.words(text("Source"), lambda row: row.name, width=120),
        tables.words(text("Type"), lambda row: row.type, width=100),
        tables.states(viewer, text("Last look"), lambda row: [_look(row)], looks, width=150),
        tables.instant(viewer, text("When"), lambda row: row.last_poll_at, ago=True, width=110),
        tables.instant(viewer, text("Last success"), lambda row: row.last_ok_at, ago=True, width=115),
        tables.number(text("Every"), lambda row: row.every_seconds, viewer.duration, width=75),
        tables.words(text("Error"), lambda row: row.last_error, width=300),
        tables.number(text("Took"), lambda row: row.last_duration_seconds, viewer.duration, width=85),
        tables.number(text("Records"), lambda row: row.last_records, viewer.number, width=90),
        tables.number(text("Bad items"), lambda row: row.last_bad_items, viewer.number, width=90, help=text("Lines or items of the last look that could not be read; they change no health.")),
        tables.number(text("Failed looks, 24 h"), lambda row: row.failed_polls_24h, viewer.number, width=125),
        tables.number(text("Requests, 24 h"), lambda row: row.requests_24h, viewer.number, width=115),
        tables.number(text("Read, 24 h"), lambda row: row.bytes_24h, _size(viewer), width=95),
        tables.instant(viewer, text("Next look"), lambda row: row.next_due_at, ago=True, width=110),
    ]  # fmt: skip


def _size(viewer: Viewer):  # type: ignore[no-untyped-def]
    return lambda value: viewer.size(None if value is None else int(value))


def _look(state: SourceState) -> words.Look:
    return words.POLL[state.last_result] if state.last_result else words.NEVER_POLLED


def _bad_items(viewer: Viewer, states: Sequence[SourceState]) -> None:
    """The first few lines or items that could not be read, by name."""
    if not states:
        return
    total = sum(state.last_bad_items for state in states)
    title = viewer.plural("{n} line or item could not be read", "{n} lines or items could not be read", total)
    with st.expander(title, icon=":material/report:"):
        named = [(state, problem) for state in states for problem in state.last_problems]
        problem_columns: list[Column[tuple[SourceState, object]]] = [
            tables.words(viewer.text("Integration"), lambda row: row[0].integration, width=150),
            tables.words(viewer.text("Source"), lambda row: row[0].name, width=120),
            tables.words(viewer.text("Where"), lambda row: getattr(row[1], "where", ""), width=240),
            tables.words(viewer.text("What is wrong"), lambda row: getattr(row[1], "message", ""), width=460),
            tables.number(
                viewer.text("How many"), lambda row: getattr(row[1], "count", None), viewer.number, width=90
            ),
        ]
        tables.draw(
            viewer,
            "table-bad-items",
            problem_columns,
            named,
            alt=viewer.text("What could not be read"),
            height="auto",
        )


def polls(viewer: Viewer) -> None:
    """The latest looks of all collectors."""
    text = viewer.text
    rows = reads.polls()
    if not rows:
        return
    poll_columns: list[Column[PollRow]] = [
        tables.instant(viewer, text("Time"), lambda row: row.started_at, width=150),
        tables.words(text("Integration"), lambda row: row.integration, width=150),
        tables.words(text("Source"), lambda row: row.source, width=120),
        tables.states(viewer, text("Result"), lambda row: [words.POLL[row.result]], words.POLL.values(), width=150),
        tables.words(text("Error"), lambda row: row.error, width=360),
        tables.number(text("Took"), lambda row: row.duration_seconds, viewer.duration, width=85),
        tables.number(text("Records"), lambda row: row.records, viewer.number, width=90),
        tables.number(text("Requests"), lambda row: row.requests, viewer.number, width=90),
        tables.number(text("Bad items"), lambda row: row.bad_items, viewer.number, width=90),
        tables.words(text("More to come"), lambda row: text("yes") if row.truncated else "", width=110),
    ]  # fmt: skip
    st.markdown(f"**{text('Latest looks')}**")
    tables.draw(
        viewer,
        "table-polls",
        poll_columns,
        rows,
        alt=text("The latest looks at the sources, newest first"),
        height="auto",
    )
