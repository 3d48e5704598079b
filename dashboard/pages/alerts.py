"""The page Alerts: what fires, who has been told, what is silenced, and from where on a rule fires."""

from __future__ import annotations

import streamlit as st

from core.i18n import N_
from dashboard import actions, frame, links, notices, reads, tabs
from dashboard.page import Page
from dashboard.pages import (
    _alerts_deliveries,
    _alerts_drawers,
    _alerts_history,
    _alerts_muting,
    _alerts_now,
    _alerts_rules,
    _alerts_verdict,
)
from dashboard.refresh import refreshing
from dashboard.viewer import Viewer

REFRESH_SECONDS = 10
TABS = {
    "now": (N_("Now"), _alerts_now.draw),
    "history": (N_("History"), _alerts_history.draw),
    "deliveries": (N_("Deliveries"), _alerts_deliveries.draw),
    "silences": (N_("Silences and maintenance"), _alerts_muting.draw),
    "thresholds": (N_("Thresholds"), _alerts_rules.draw),
}


def draw(viewer: Viewer) -> None:
    """The verdict, then one tab; a drawer where the address names an alert or a rule to tune."""
    frame.heading(viewer, viewer.text("Alerts"))
    actions.report()
    if not reads.settings().integrations:
        notices.no_integrations(viewer, reads.settings_path())
        return
    actions.read_only(viewer)
    _verdict()
    chosen = _choose(viewer)
    tabs.draw(viewer, TABS, chosen)
    _alerts_drawers.draw_chosen(viewer)


@refreshing(REFRESH_SECONDS)
def _verdict(viewer: Viewer) -> None:
    _alerts_verdict.draw(viewer)


def _choose(viewer: Viewer) -> str | None:
    """Of which integration; None = of all."""
    known = {one.key: one.name for one in reads.settings().integrations}
    chosen = links.chosen(links.INTEGRATION, list(known), None)
    st.selectbox(
        viewer.text("Integration"),
        list(known),
        index=None,
        format_func=lambda key: known.get(key, str(key)),
        placeholder=viewer.text("All integrations"),
        key=links.seed(links.INTEGRATION, chosen),
        on_change=links.keep(links.INTEGRATION, None),
        label_visibility="collapsed",
        width=320,
    )
    return chosen


PAGE = Page(title=N_("Alerts"), icon="notifications", path="alerts", order=3, draw=draw)
