"""The tabs of a page: only the one shown is drawn, and which one it is stands in the address."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from dashboard import links
from dashboard.viewer import Viewer

TAB = "tab"
Tabs = Mapping[str, tuple[str, Callable[..., None]]]
"""By what the address says: a tab's name (a message id), and what draws it."""


def draw(viewer: Viewer, tabs: Tabs, *args: object) -> None:
    """The tabs, and in the chosen one what its function draws of the arguments."""
    default = next(iter(tabs))
    slug = links.chosen(TAB, list(tabs), default) or default
    labels = {name: viewer.text(label) for name, (label, _) in tabs.items()}
    widget = f"{links.choice_key(TAB)}-{viewer.language}"
    if st.session_state.get(widget) != labels[slug]:
        st.session_state[widget] = labels[slug]

    def keep() -> None:
        label = st.session_state.get(widget)
        chosen = next((name for name, shown in labels.items() if shown == label), default)
        if chosen == default:
            st.query_params.pop(TAB, None)
        else:
            st.query_params[TAB] = chosen

    drawn = st.tabs(list(labels.values()), key=widget, on_change=keep)
    with drawn[list(tabs).index(slug)]:
        tabs[slug][1](viewer, *args)
