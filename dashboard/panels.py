"""The headings of panels, so that they look alike and a screen reader can go from one to the next."""

from __future__ import annotations

import streamlit as st


def title(text: str, note: str = "") -> None:
    """A panel's heading, and beside it in grey what it covers."""
    st.header(f"{text} :gray[· {note}]" if note else text, anchor=False, width="content")
