"""The tab Alerts of one integration: what fires, what is silenced, and from where on each rule fires."""

from __future__ import annotations

import streamlit as st

from dashboard import actions, alert_reads, links, panels, rule_reads
from dashboard.pages import _alerts_now, _alerts_rules
from dashboard.ranges import Range
from dashboard.refresh import refreshing
from dashboard.viewer import Viewer

REFRESH_SECONDS = 15


def draw(viewer: Viewer, key: str, span: Range) -> None:
    """Everything about its alerts; it refreshes by itself."""
    _alerts(key)


@refreshing(REFRESH_SECONDS, quiet=True)
def _alerts(viewer: Viewer, key: str) -> None:
    actions.follow()
    found = [one for one in alert_reads.alerts(viewer.now) if one.state.key.integration == key]
    with st.container(border=True, key="panel-own-alerts"):
        with st.container(horizontal=True, vertical_alignment="center"):
            panels.title(viewer.text("Alerts"), viewer.number(len(found)) if found else "")
            st.space("stretch")
            links.link_to(
                "alerts", viewer.text("History and silences"), ":material/arrow_forward:",
                **{links.INTEGRATION: key},
            )  # fmt: skip
        if not found:
            st.markdown(f":green[:material/check_circle:] {viewer.text('Nothing is firing.')}")
        _alerts_now.draw_rows(viewer, found, "own", of_one=True)
    _alerts_rules.draw_overrides(viewer, rule_reads.overrides(), key)
    _alerts_rules.draw_rules(viewer, key)
