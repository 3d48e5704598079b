"""The headings of panels, so that they look alike and a screen reader can go from one to the next, and folded parts."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st


def title(text: str, note: str = "") -> None:
    """A panel's heading, and beside it in grey what it covers."""
    st.header(f"{text} :gray[· {note}]" if note else text, anchor=False, width="content")


def folded(label: str, icon: str, key: str, draw: Callable[[], object]) -> None:
    """A part that is folded away: it is drawn only once somebody unfolds it, and costs nothing before."""
    part = st.expander(label, icon=f":material/{icon}:", key=key, on_change="rerun")
    if part.open:
        with part:
            draw()
