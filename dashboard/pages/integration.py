"""The page Integration: what is going on with one of them, what to do first and whom to call."""

from __future__ import annotations

import streamlit as st

from core.i18n import N_
from core.settings import Integration
from dashboard import actions, board_reads, frame, links, notices, ranges, reads, tabs, words
from dashboard.page import Page
from dashboard.pages import (
    _alerts_drawers,
    _integration_alerts,
    _integration_calls,
    _integration_limits,
    _integration_record,
    _integration_records,
    _integration_run,
    _integration_runs,
    _integration_settings,
    _integration_sides,
    _integration_standing,
)
from dashboard.ranges import Range
from dashboard.refresh import refreshing
from dashboard.viewer import Viewer
from dashboard.words import plain

REFRESH_SECONDS = 15
MOST_CHOICES = 60
"""So many links are drawn where no integration is chosen; the choice above finds any."""
TABS = {
    "runs": (N_("Runs"), _integration_runs.draw),
    "api": (N_("API"), _integration_calls.draw),
    "limits": (N_("Limits and keys"), _integration_limits.draw),
    "records": (N_("Failed records"), _integration_records.draw),
    "sides": (N_("Both sides"), _integration_sides.draw),
    "alerts": (N_("Alerts"), _integration_alerts.draw),
    "settings": (N_("Settings"), _integration_settings.draw),
}


def draw(viewer: Viewer) -> None:
    """The integration that the address names; without one, a choice."""
    known = {one.key: one for one in reads.settings().integrations}
    key = links.chosen(links.INTEGRATION, list(known), None)
    frame.heading(viewer, plain(known[key].name) if key else viewer.text("Integration"))
    actions.report()
    if not known:
        notices.no_integrations(viewer, reads.settings_path())
        return
    with st.container(horizontal=True, vertical_alignment="center", key="toolbar"):
        _choose(viewer, known, key)
        span = ranges.choose(viewer)
    if key is None:
        _none_chosen(viewer)
        return
    _standing(key)
    _details(viewer, key, span)


def _choose(viewer: Viewer, known: dict[str, Integration], key: str | None) -> None:
    st.selectbox(
        viewer.text("Integration"),
        list(known),
        index=None,
        format_func=lambda one: known[one].name if one in known else str(one),
        placeholder=viewer.text("Choose an integration"),
        key=links.seed(links.INTEGRATION, key),
        on_change=links.keep(links.INTEGRATION, None),
        label_visibility="collapsed",
        width=320,
    )


def _none_chosen(viewer: Viewer) -> None:
    asked = st.query_params.get(links.INTEGRATION)
    title = (
        viewer.text("There is no integration “{key}”", key=plain(asked))
        if asked
        else viewer.text("No integration is chosen")
    )
    notices.empty(title, viewer.text("Choose one above, or here:"), icon="search")
    _choices()


@refreshing(REFRESH_SECONDS)
def _choices(viewer: Viewer) -> None:
    """A link to each, the worst first, with its state."""
    rows = board_reads.board(viewer.now).rows
    if not rows:
        notices.no_polls(viewer)
        return
    with st.grid(3, min_column_width=280, gap="small", key="choices"):
        for row in rows[:MOST_CHOICES]:
            look = words.HEALTH[row.verdict.health]
            name = plain(row.verdict.integration.name)
            label = f":{look.color}[:material/{look.icon}:] **{name}** :gray[· {viewer.text(look.word)}]"
            links.link_to_integration(label, row.verdict.integration.key)
    if len(rows) > MOST_CHOICES:
        more = len(rows) - MOST_CHOICES
        st.caption(viewer.plural("and {n} more", "and {n} more", more))


@refreshing(REFRESH_SECONDS)
def _standing(viewer: Viewer, key: str) -> None:
    standing = board_reads.standing(key, viewer.now)
    if standing is None:
        notices.no_polls(viewer)
        return
    notices.stale(viewer, standing.row.refreshed_at)
    _integration_standing.draw(viewer, standing)


def _details(viewer: Viewer, key: str, span: Range) -> None:
    tabs.draw(viewer, TABS, key, span)
    # One drawer at a time: the address asks for one of them.
    if not (_integration_record.draw_chosen(viewer, key) or _integration_run.draw_chosen(viewer, key)):
        _alerts_drawers.draw_chosen(viewer)


PAGE = Page(title=N_("Integration"), icon="sync_alt", path="integration", order=1, draw=draw)
