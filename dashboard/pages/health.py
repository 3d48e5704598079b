"""The page Health: what is broken now, since when, and what changed since yesterday."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from assess.overview import Board
from core.i18n import N_
from dashboard import alert_reads, board_reads, frame, links, notices, reads, words
from dashboard.page import Page
from dashboard.pages import _health_first, _health_table
from dashboard.refresh import refreshing
from dashboard.viewer import Viewer
from health.status import Health

REFRESH_SECONDS = 10
STATE = "state"
_NAMED = 3


def draw(viewer: Viewer) -> None:
    """The heading, and below it everything that refreshes by itself."""
    frame.heading(viewer, viewer.text("Health"))
    _now()


@refreshing(REFRESH_SECONDS)
def _now(viewer: Viewer) -> None:
    problems = len(reads.configuration().problems)
    if not reads.settings().integrations:
        notices.refused(viewer, problems)
        notices.no_integrations(viewer, reads.settings_path())
        return
    board = board_reads.board(viewer.now)
    if not any(source.last_poll_at for row in board.rows for source in row.facts.sources.values()):
        notices.no_polls(viewer)
    _verdict(viewer, board)
    notices.stale(viewer, board.refreshed_at)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="beside-the-verdict"):
        notices.refused(viewer, problems)
        notices.blind(viewer, blind_names(board), _blind_count(board))
        _firing(viewer)
    _health_first.draw(viewer, board)
    state = _counts(viewer, board)
    shown = [row for row in board.rows if state in (None, row.verdict.health)]
    _health_table.draw(viewer, shown, alert_reads.mute_flags(viewer.now))


def _firing(viewer: Viewer) -> None:
    """How many alerts fire, and the way to them; nothing where none does."""
    firing = alert_reads.firing(viewer.now)
    if not firing:
        return
    left = sum(one.state.acknowledged is None and not one.muting for one in firing)
    parts = [viewer.plural("{n} alert is firing", "{n} alerts are firing", len(firing))]
    if left:
        parts.append(viewer.plural("{n} is not acknowledged", "{n} are not acknowledged", left))
    with st.container(horizontal=True, vertical_alignment="center", width="content", key="alerts-firing"):
        st.markdown(f":red[:material/notifications_active:] {' · '.join(parts)}", width="content")
        links.link_to("alerts", viewer.text("See the alerts"), ":material/arrow_forward:")


def _verdict(viewer: Viewer, board: Board) -> None:
    icon, sentence = verdict(viewer, board)
    with st.container(horizontal=True, vertical_alignment="center", key="verdict-row"):
        with st.container(key="verdict", width="stretch"):
            st.markdown(f"{icon} {sentence}")
        notices.as_of(viewer, board.refreshed_at)


def verdict(viewer: Viewer, board: Board) -> tuple[str, str]:
    """The state of everything in one sentence, with its icon; names the worst."""
    total = sum(board.counts.values())
    if not total:
        return icon_of(Health.UNKNOWN), viewer.text("No integration is live: there is nothing to judge")
    if board.health is Health.HEALTHY:
        sentence = viewer.plural("The only integration is healthy", "All {n} integrations are healthy", total)
        return icon_of(Health.HEALTHY), sentence
    worst = [
        words.plain(row.verdict.integration.name)
        for row in board.rows
        if row.verdict.counts and row.verdict.health is board.health
    ]
    return icon_of(board.health), _sentence(viewer, board.health, worst, total)


def icon_of(state: Health) -> str:
    """A state's icon in its colour, as Markdown."""
    look = words.HEALTH[state]
    return f":{look.color}[:material/{look.icon}:]"


def blind_names(board: Board) -> list[str]:
    """The required sources that are not seen, as `integration (source, source)`."""
    return [
        f"{row.verdict.integration.name} ({', '.join(blind.source for blind in row.verdict.judgement.blind)})"
        for row in board.rows
        if row.verdict.counts and row.verdict.judgement.blind
    ]


def _blind_count(board: Board) -> int:
    return sum(len(row.verdict.judgement.blind) for row in board.rows if row.verdict.counts)


def _sentence(viewer: Viewer, state: Health, worst: Sequence[str], total: int) -> str:
    count, names = len(worst), notices.shortened(viewer, worst, _NAMED)
    match state:
        case Health.FAILING:
            return viewer.plural(
                "{n} of {total} integrations is failing: {names}",
                "{n} of {total} integrations are failing: {names}",
                count,
                total=total,
                names=names,
            )
        case Health.DEGRADED:
            return viewer.plural(
                "Nothing is failing; {n} of {total} integrations is degraded: {names}",
                "Nothing is failing; {n} of {total} integrations are degraded: {names}",
                count,
                total=total,
                names=names,
            )
    return viewer.plural(
        "No failure is known, but {n} of {total} integrations cannot be judged: {names}",
        "No failure is known, but {n} of {total} integrations cannot be judged: {names}",
        count,
        total=total,
        names=names,
    )


def _counts(viewer: Viewer, board: Board) -> str | None:
    """The states with their counts; choosing one filters the table, and stands in the address."""
    states = [state.value for state in words.HEALTH]
    chosen = links.chosen(STATE, states, None)

    def label(state: str) -> str:
        health = Health(state)
        word = viewer.text(words.HEALTH[health].word)
        return f"{icon_of(health)} {word} **{viewer.number(board.counts[health])}**"

    with st.container(horizontal=True, vertical_alignment="center", key="counts"):
        st.segmented_control(
            viewer.text("Show only the integrations that are"),
            states,
            format_func=label,
            key=links.seed(STATE, chosen),
            on_change=links.keep(STATE, None),
            label_visibility="collapsed",
            wrap=True,
        )
        if board.apart:
            apart = viewer.plural(
                "and {n} paused or not live, not counted",
                "and {n} paused or not live, not counted",
                board.apart,
            )
            st.caption(apart, width="content")
    return chosen


PAGE = Page(title=N_("Health"), icon="monitor_heart", path="", order=0, draw=draw)
