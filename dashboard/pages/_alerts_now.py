"""The tab Now: every firing alert with why, since when and who knows, and what one can do about it at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import partial

import streamlit as st

from core.alert_states import Phase
from dashboard import actions, alert_commands, alert_lines, alert_reads, links, panels, reads
from dashboard.alert_reads import Alert
from dashboard.pages import _alerts_verdict
from dashboard.refresh import refreshing
from dashboard.viewer import Viewer
from dashboard.words import plain

REFRESH_SECONDS = 10
PAGE_SIZE = 20
SHORT = timedelta(hours=2)


def draw(viewer: Viewer, integration: str | None) -> None:
    """Those of one integration, or of all; it refreshes by itself."""
    _now(integration)


@refreshing(REFRESH_SECONDS, quiet=True)
def _now(viewer: Viewer, integration: str | None) -> None:
    actions.follow()
    found = [
        one for one in alert_reads.alerts(viewer.now) if integration in (None, one.state.key.integration)
    ]
    firing = [one for one in found if one.state.phase is Phase.FIRING]
    changing = [one for one in found if one.state.phase is not Phase.FIRING]
    with st.container(border=True, key="panel-firing"):
        panels.title(viewer.text("Firing"), viewer.number(len(firing)) if firing else "")
        if not firing:
            _nothing(viewer, integration)
        draw_rows(viewer, firing, "firing")
    if changing:
        with st.container(border=True, key="panel-changing"):
            panels.title(viewer.text("On the way"), viewer.text("not yet firing, or recovering"))
            draw_rows(viewer, changing, "changing")


def draw_rows(viewer: Viewer, alerts: Sequence[Alert], name: str, *, of_one: bool = False) -> None:
    """One row each under its integration, a page of them at a time; of_one: that is not named."""
    pages = -(-len(alerts) // PAGE_SIZE)
    number = st.session_state.get(f"page-{name}", 1) if pages > 1 else 1
    shown = alerts[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
    for key in dict.fromkeys(one.state.key.integration for one in shown):
        with st.container(key=f"group-{name}-{key}", gap=None):
            if not of_one:
                links.link_to_integration(f"**{plain(reads.name_of(key))}**", key)
            for alert in (one for one in shown if one.state.key.integration == key):
                _row(viewer, alert, name)
    if pages > 1:
        st.pagination(pages, key=f"page-{name}")


def _nothing(viewer: Viewer, integration: str | None) -> None:
    name = plain(reads.name_of(integration)) if integration else ""
    known = _alerts_verdict.is_known(viewer, alert_reads.standing(viewer.now))
    said = (
        viewer.text("Nothing is firing for {name}.", name=name) if name else viewer.text("Nothing is firing.")
    )
    if known:
        st.markdown(f":green[:material/check_circle:] {said}")
    else:
        said = viewer.text("Nothing is known to be firing.")
        st.markdown(f":gray[:material/help:] {said}")
    st.caption(
        viewer.text("What fired before stands in History; from where on each rule fires, in Thresholds.")
    )


def _row(viewer: Viewer, alert: Alert, name: str) -> None:
    key = f"{name}-{alert.reference}"
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"line-row-{key}"):
        st.markdown("  \n".join(_lines(viewer, alert)), width="stretch")
        with st.container(horizontal=True, width="content", gap="xsmall", key=f"acts-{key}"):
            _acts(viewer, alert, key)


def _lines(viewer: Viewer, alert: Alert) -> list[str]:
    reason, against = alert_lines.reason(viewer, alert), alert_lines.against(viewer, alert)
    head = f"{alert_lines.badges(viewer, alert)} **{alert_lines.title(viewer, alert)}** — {reason or against}"
    rest = [against] if reason else []
    rest += [alert_lines.since(viewer, alert), alert_lines.told(viewer, alert)]
    notes = [alert_lines.taken_up(viewer, alert), alert_lines.muted(viewer, alert)]
    return [head, f":gray[{' · '.join(part for part in (*rest, *notes) if part)}]"]


def _acts(viewer: Viewer, alert: Alert, key: str) -> None:
    text, able = viewer.text, actions.possible()
    if alert.state.phase is Phase.FIRING and alert.state.acknowledged is None:
        st.button(
            text("Acknowledge"),
            icon=":material/assignment_ind:",
            key=f"take-{key}",
            disabled=not able,
            help=text(
                "Says that you are on it: no repeats and no escalation until it is over or gets worse."
            ),
            on_click=partial(alert_commands.acknowledge, viewer, alert, ""),
        )
    if alert.muting.silence is None and alert.state.phase is not Phase.RECOVERING:
        st.button(
            text("Silence 2 h"),
            icon=":material/notifications_off:",
            key=f"silence-{key}",
            disabled=not able,
            help=text("No messages about this alert for two hours. It is evaluated and shown as ever."),
            on_click=partial(alert_commands.silence_alert, viewer, alert, SHORT, ""),
        )
    if st.button(text("Details"), icon=":material/chevron_right:", key=f"open-{key}", type="tertiary"):
        open_alert(alert.reference)


def open_alert(reference: str) -> None:
    """Open the drawer of an alert."""
    st.query_params[links.ALERT] = reference
    st.rerun()
