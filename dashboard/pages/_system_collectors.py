"""The collectors on the System page: what each source answered, how old that is, and what it costs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import streamlit as st

from core.records import PollResult, Problem
from dashboard import notices, panels, places, reads, tables, words
from dashboard.tables import Column
from dashboard.viewer import Viewer
from health.sight import BLIND_AFTER, waits
from storage.queries.rows_operation import PollRow, SourceState

TROUBLED = 1
MOST_ROWS, MOST_CAUSES = 15, 5
NOW = timedelta(seconds=5)


def draw(viewer: Viewer, states: Sequence[SourceState]) -> None:
    """How the collectors stand in one sentence, then each of them, the worst first."""
    live = [state for state in states if not state.retired]
    if not live:
        notices.no_integrations(viewer, reads.settings_path())
        return
    paused = {one.key for one in reads.settings().integrations if one.paused}
    ranked = {state: rank(state, viewer.now, paused) for state in live}
    _verdict(viewer, ranked)
    _causes(viewer, [state for state in live if ranked[state] <= TROUBLED])
    ordered = sorted(live, key=lambda state: (ranked[state], state.integration, state.name))
    tables.draw(
        viewer,
        "table-collectors",
        columns(viewer, paused),
        ordered,
        alt=viewer.text("Collectors, the worst first"),
        height="content" if len(ordered) <= MOST_ROWS else tables.height_of(MOST_ROWS),
    )
    _bad_items(viewer, [state for state in ordered if state.last_problems])


def _verdict(viewer: Viewer, ranked: Mapping[SourceState, int]) -> None:
    wrong, total = sum(one <= TROUBLED for one in ranked.values()), len(ranked)
    with st.container(horizontal=True, vertical_alignment="center", key="verdict-row"):
        with st.container(key="verdict", width="stretch"):
            if wrong:
                sentence = viewer.plural(
                    "{n} of {total} collectors needs attention",
                    "{n} of {total} collectors need attention",
                    wrong,
                    total=total,
                )
                st.markdown(f":red[:material/error:] {sentence}")
            else:
                sentence = viewer.plural(
                    "The only collector is in order", "All {n} collectors are in order", total
                )
                st.markdown(f":green[:material/check_circle:] {sentence}")
        notices.as_of(viewer, max((one.last_poll_at for one in ranked if one.last_poll_at), default=None))


def rank(state: SourceState, now: datetime, paused: Collection[str]) -> int:
    """0: not seen for too long, 1: the last look failed, 2: asked to wait or new, 3: seen, 4: paused."""
    if state.integration in paused:
        return 4
    if is_blind(state, now):
        return 0
    return {None: 2, PollResult.FAILED: 1, PollResult.DEFERRED: 2, PollResult.OK: 3}[state.last_result]


def is_blind(state: SourceState, now: datetime) -> bool:
    """Whether no look has succeeded for three times the wanted distance of looks."""
    if state.every_seconds is None:
        return False
    seen, every = state.last_ok_at or state.known_since, timedelta(seconds=state.every_seconds)
    return now - seen > every * BLIND_AFTER and not waits(state, every, now)


def _causes(viewer: Viewer, troubled: Sequence[SourceState]) -> None:
    """What is wrong, said once for all the sources of an integration that have it in common."""
    sources: dict[tuple[str, str], list[str]] = {}
    for state in troubled:
        sources.setdefault((state.integration, _cause(viewer, state)), []).append(state.name)
    lines = [
        f":red[✕] **{words.plain(reads.name_of(integration))}** ({words.plain(', '.join(names))}): {said}"
        for (integration, said), names in list(sources.items())[:MOST_CAUSES]
    ]
    named = [integration for integration, _ in sources]
    left = len({*named[MOST_CAUSES:]} - {*named[:MOST_CAUSES]})
    if left:
        more = viewer.plural("and {n} more integration", "and {n} more integrations", left)
        lines.append(f":gray[{more}]")
    if lines:
        st.markdown("  \n".join(lines))


def _cause(viewer: Viewer, state: SourceState) -> str:
    if state.last_error:
        return words.plain(state.last_error)
    if state.last_poll_at is None:
        since = viewer.instant(state.known_since)
        return viewer.text("not looked at since {time}: is a worker running?", time=since)
    return viewer.text("last looked at {ago}: is a worker running?", ago=viewer.ago(state.last_poll_at))


def columns(viewer: Viewer, paused: Collection[str]) -> list[Column[SourceState]]:
    """What stands in the table of collectors."""
    text = viewer.text
    looks = [*words.POLL.values(), words.NEVER_POLLED, words.OVERDUE, words.FLAGS["paused"]]
    return [
        tables.words(text("Integration"), lambda row: reads.name_of(row.integration), width=210),
        tables.states(viewer, text("Last look"), lambda row: [_look(row, viewer.now, paused)], looks, width=112),
        tables.words(text("Source"), lambda row: row.name, width=92),
        tables.instant(viewer, text("Last success"), lambda row: row.last_ok_at, ago=True, width=104, help=text("What the pages know from it is as old as this.")),
        tables.number(text("Every"), lambda row: row.every_seconds, viewer.about, width=60),
        tables.number(text("Took"), lambda row: row.last_duration_seconds, viewer.duration, width=66),
        tables.number(text("Failed looks"), lambda row: row.failed_polls_24h, viewer.number, width=84, help=text("Looks that failed in the last 24 hours.")),
        tables.number(text("Requests"), lambda row: row.requests_24h, viewer.number, width=78, help=text("Requests made in the last 24 hours: what the looking costs the other side.")),
        tables.number(text("Read"), lambda row: row.bytes_24h, _size(viewer), width=76, help=text("How much was read in the last 24 hours.")),
        tables.number(text("Bad items"), lambda row: row.last_bad_items, viewer.number, width=86, help=text("Lines or items of the last look that could not be read; they change no health.")),
        tables.number(text("Records"), lambda row: row.last_records, viewer.number, width=68, help=text("Records that the last look brought.")),
        replace(tables.instant(viewer, text("Next look"), lambda row: row.next_due_at, width=114), show=_due(viewer)),
        tables.words(text("Type"), lambda row: row.type, width=82),
        tables.words(text("Error"), lambda row: row.last_error, width=160),
    ]  # fmt: skip


def _due(viewer: Viewer) -> Callable[[object], str]:
    """In how long it is due; what is due already waits for its turn, and is no look of the past."""

    def show(raw: object) -> str:
        at = tables.instant_of(raw)
        return viewer.text("now") if at is not None and at - viewer.now < NOW else viewer.ago(at)

    return show


def _size(viewer: Viewer) -> Callable[[float | None], str]:
    return lambda value: viewer.size(None if value is None else int(value))


def _look(state: SourceState, now: datetime, paused: Collection[str]) -> words.Look:
    if state.integration in paused:
        return words.FLAGS["paused"]
    if state.last_result is PollResult.OK and is_blind(state, now):
        return words.OVERDUE
    return words.POLL[state.last_result] if state.last_result else words.NEVER_POLLED


def _bad_items(viewer: Viewer, states: Sequence[SourceState]) -> None:
    """The first few problems with lines and items, by name: one line may have several."""
    if not states:
        return
    total = sum(problem.count for state in states for problem in state.last_problems)
    title = viewer.plural("{n} problem with what was read", "{n} problems with what was read", total)
    named = [(state, problem) for state in states for problem in state.last_problems]
    panels.folded(title, "report", "folded-bad-items", lambda: _bad_items_table(viewer, named))


def _bad_items_table(viewer: Viewer, named: Sequence[tuple[SourceState, Problem]]) -> None:
    text = viewer.text
    columns: list[Column[tuple[SourceState, Problem]]] = [
        tables.words(text("Integration"), lambda row: reads.name_of(row[0].integration), width=200),
        tables.words(text("Source"), lambda row: row[0].name, width=120),
        tables.words(text("Where"), lambda row: places.place(viewer, row[1].where), width=240),
        tables.words(text("What is wrong"), lambda row: row[1].message, width=460),
        tables.number(text("How many"), lambda row: row[1].count, viewer.number, width=90),
    ]
    alt = text("What could not be read")
    tables.draw(viewer, "table-bad-items", columns, named, alt=alt, height="auto")


def polls(viewer: Viewer) -> None:
    """The latest looks of all collectors."""
    text = viewer.text
    rows = reads.polls()
    if not rows:
        return
    poll_columns: list[Column[PollRow]] = [
        tables.instant(viewer, text("Time"), lambda row: row.started_at, width=128),
        tables.states(viewer, text("Result"), lambda row: [words.POLL[row.result]], words.POLL.values(), width=120),
        tables.words(text("Integration"), lambda row: reads.name_of(row.integration), width=210),
        tables.words(text("Source"), lambda row: row.source, width=120),
        tables.words(text("Error"), lambda row: row.error, width=326),
        tables.number(text("Took"), lambda row: row.duration_seconds, viewer.duration, width=80),
        tables.number(text("Records"), lambda row: row.records, viewer.number, width=80),
        tables.number(text("Requests"), lambda row: row.requests, viewer.number, width=80),
        tables.number(text("Bad items"), lambda row: row.bad_items, viewer.number, width=80),
        tables.words(text("More to come"), lambda row: text("yes") if row.truncated else "", width=100),
    ]  # fmt: skip
    panels.title(text("Latest looks"))
    tables.draw(
        viewer,
        "table-polls",
        poll_columns,
        rows,
        alt=text("The latest looks at the sources, newest first"),
        height="auto",
    )
