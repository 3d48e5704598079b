"""Since yesterday: what is new, recovered, still open or missed, and what is running out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from textwrap import shorten

import streamlit as st

from assess.overview import Board, BoardRow, RunningOut
from core.i18n import Message
from dashboard import links, panels
from dashboard.viewer import Viewer
from dashboard.words import plain

_MOST = 3
_NOTE_LENGTH = 64


def draw(viewer: Viewer, board: Board, *, beside: bool) -> None:
    """Five cells; each names its integrations as links, or says that there are none.

    beside: there is another panel beside this one, so that the cells stand below each other: what has changed
    on the left, what is missing or will be on the right.
    """
    text, changes = viewer.text, board.changes
    new = partial(_cell, viewer, text("New problems"), "fiber_new", "red", _named(changes.new))
    still = partial(_cell, viewer, text("Still open"), "pending", "orange", _named(changes.still_open))
    well = partial(_cell, viewer, text("Recovered"), "healing", "green", _named(changes.recovered))
    missed = partial(_cell, viewer, text("Missed runs"), "event_busy", "orange", _named(changes.missed))
    out = _running_out(changes.running_out)
    short = partial(_cell, viewer, text("Running out"), "hourglass_bottom", "orange", out)
    panels.title(text("Since yesterday"))
    with st.container(key="changes"):
        if not beside:
            with st.grid(5, min_column_width=200, gap="small"):
                for cell in (new, still, missed, short, well):
                    cell()
            return
        for column, cells in zip(
            st.columns(2, gap="small"), ((new, still, well), (missed, short)), strict=True
        ):
            with column:
                for cell in cells:
                    cell()


@dataclass(frozen=True, slots=True)
class _Entry:
    """One line of a cell: an integration, and what is said of it."""

    key: str
    name: str
    note: Message | None = None


def _named(rows: Sequence[BoardRow]) -> list[_Entry]:
    return [_Entry(row.verdict.integration.key, row.verdict.integration.name) for row in rows]


def _running_out(found: Sequence[RunningOut]) -> list[_Entry]:
    return [
        _Entry(one.row.verdict.integration.key, one.row.verdict.integration.name, one.reading.reading.detail)
        for one in found
    ]


def _cell(viewer: Viewer, title: str, icon: str, color: str, entries: Sequence[_Entry]) -> None:
    with st.container(gap="xxsmall"):
        if not entries:
            st.markdown(f":gray[:material/{icon}: {title}]")
            st.caption(viewer.text("none"))
            return
        st.markdown(f":{color}[:material/{icon}:] {title} **{viewer.number(len(entries))}**")
        for entry in entries[:_MOST]:
            links.link_to_integration(plain(entry.name), entry.key)
            if entry.note:
                st.caption(plain(shorten(viewer.render(entry.note), _NOTE_LENGTH, placeholder="\u00a0…")))
        if len(entries) > _MOST:
            st.caption(viewer.plural("and {n} more", "and {n} more", len(entries) - _MOST))
