"""What a person does on a page: one command of the writer each, in a callback, and what came of it.

A page's code runs anew for everything and may be cut off at any line, so it only ever draws; writing is
for callbacks, which run whole.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import streamlit as st

from core.errors import MonitorError
from dashboard import reads
from dashboard.house import house
from dashboard.viewer import Viewer
from storage.writer import Writer

ACTOR = "local"
"""Whom the audit trail names: whoever sits at this machine."""

_SAID = "said-of-action"


def possible() -> bool:
    """Whether this process may write."""
    return house().commands() is not None


def perform(viewer: Viewer, done: str, act: Callable[[Writer, datetime], object]) -> bool:
    """Do it as of now by our clock, whatever the browser's says; whether it was done.

    done: what is told afterwards. What went wrong is told instead, and nothing has changed then.
    """
    writer = house().commands()
    if writer is None:
        _tell(remedy(viewer), "block")
        return False
    try:
        act(writer, house().now())
    except MonitorError as error:
        _tell(viewer.text("Not done: {problem}", problem=str(error)), "error")
        return False
    reads.forget()
    _tell(done, "check")
    return True


def remedy(viewer: Viewer) -> str:
    """Why nothing can be changed here, and what to do about it."""
    return viewer.text(
        "This dashboard only reads: when it started, another process owned the database. Open the dashboard of that process; if that one has ended, start this one again with `integration-monitor run`."
    )


def report() -> None:
    """Tell what came of the last action, once; a page says so before anything else."""
    told = st.session_state.pop(_SAID, None)
    if told is not None:
        text, icon = told
        st.toast(text, icon=f":material/{icon}:")


def follow() -> None:
    """Draw the whole page anew after an action in a part of it; a part begins with this."""
    if _SAID in st.session_state:
        st.rerun()


def read_only(viewer: Viewer) -> None:
    """Say above a page that nothing can be changed on it."""
    if not possible():
        st.info(remedy(viewer), icon=":material/lock:")


def _tell(text: str, icon: str) -> None:
    st.session_state[_SAID] = (text, icon)
