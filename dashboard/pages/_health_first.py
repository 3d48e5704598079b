"""What to do first: the worst integrations, each with its reason, since when, whose it is and the next step."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from assess.overview import Board, BoardRow
from dashboard import alert_reads, board_reads, links, panels
from dashboard.pages import _health_changes
from dashboard.viewer import Viewer
from dashboard.words import HEALTH, plain
from health.status import Health

_MOST = 4


def draw(viewer: Viewer, board: Board) -> None:
    """The worst on the left, what changed since yesterday on the right; the changes alone where all is well."""
    troubled = worst(board)
    if not troubled:
        with st.container(border=True, key="panel-changes"):
            _health_changes.draw(viewer, board, beside=False)
        return
    first, changes = st.columns([3, 2], gap="small")
    with first, st.container(border=True, key="panel-first", height="stretch"):
        panels.title(viewer.text("What to do first"))
        _lines(viewer, troubled)
    with changes, st.container(border=True, key="panel-changes", height="stretch"):
        _health_changes.draw(viewer, board, beside=True)


def worst(board: Board) -> list[BoardRow]:
    """What is not healthy, in the order of the board."""
    return [row for row in board.rows if row.verdict.counts and row.verdict.health is not Health.HEALTHY]


def _lines(viewer: Viewer, troubled: Sequence[BoardRow]) -> None:
    shown = troubled[:_MOST]
    steps = board_reads.next_steps(shown, viewer.now)
    with st.container(gap=None):
        for row in shown:
            _line(viewer, row, steps.get(row.verdict.integration.key, ""))
    if len(troubled) > _MOST:
        st.caption(
            viewer.plural("and {n} more in the table", "and {n} more in the table", len(troubled) - _MOST)
        )


def _line(viewer: Viewer, row: BoardRow, step: str) -> None:
    key, look = row.verdict.integration.key, HEALTH[row.verdict.health]
    with st.container(key=f"line-first-{key}", gap=None):
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
            st.markdown(f":{look.color}[:material/{look.icon}:]", width="content")
            links.link_to_integration(plain(row.verdict.integration.name), key)
            st.markdown(f":gray[{_since_and_whose(viewer, row)}]", width="content")
        advice = f"  \n:gray[→ {viewer.text(step)}]" if step else ""
        st.markdown(f"{plain(viewer.render(row.verdict.reason))}{advice}")


def _since_and_whose(viewer: Viewer, row: BoardRow) -> str:
    text, since = viewer.text, alert_reads.since_of(row, viewer.now)
    told = [text(HEALTH[row.verdict.health].word)]
    if since:
        told.append(text("since {time} ({ago})", time=viewer.instant(since), ago=viewer.ago(since)))
    told.append(plain(row.owner) if row.owner else text("nobody is named"))
    return " · ".join(told)
