"""The two forms that hold messages back: a silence from now on, and planned work once or every week."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import streamlit as st

from core.i18n import N_
from dashboard import actions, alert_commands, reads, rule_reads
from dashboard.alert_commands import Where
from dashboard.pages._alerts_drawer import PRESETS
from dashboard.viewer import Viewer

UNTIL = "until"
WEEKDAYS = {
    "1": N_("Mon"),
    "2": N_("Tue"),
    "3": N_("Wed"),
    "4": N_("Thu"),
    "5": N_("Fri"),
    "6": N_("Sat"),
    "0": N_("Sun"),
}
"""By their number in a cron expression."""


def silence(viewer: Viewer, integration: str | None) -> None:
    """What to silence, for how long and why."""
    text = viewer.text
    with st.popover(text("New silence"), icon=":material/add:", disabled=not actions.possible()):
        _where(viewer, "new-silence", integration)
        lengths = [*PRESETS, UNTIL]
        length = st.segmented_control(
            text("No messages for"), lengths, default="2h", key="new-silence-length", required=True,
            format_func=lambda key: text(PRESETS[key][0]) if key in PRESETS else text("until …"),
        )  # fmt: skip
        if length == UNTIL:
            now = viewer.now.astimezone(viewer.zone).replace(tzinfo=None, second=0, microsecond=0)
            st.datetime_input(text("Until"), now + timedelta(hours=2), min_value=now, key="new-silence-until", help=_zone(viewer), format="DD.MM.YYYY")  # fmt: skip
        st.text_input(text("Why"), key="new-silence-note", max_chars=500)
        st.button(text("Silence"), type="primary", key="new-silence-add", on_click=lambda: _silence(viewer))


def maintenance(viewer: Viewer, integration: str | None) -> None:
    """Planned work: its name, what it concerns, and when it takes place."""
    text = viewer.text
    with st.popover(text("Plan maintenance"), icon=":material/add:", disabled=not actions.possible()):
        st.text_input(text("Name"), key="new-window-name", max_chars=100)
        _where(viewer, "new-window", integration)
        often = st.segmented_control(
            text("How often"), ["once", "weekly"], default="once", key="new-window-often", required=True,
            format_func=lambda key: text("Once") if key == "once" else text("Every week"),
        )  # fmt: skip
        _once(viewer) if often == "once" else _weekly(viewer)
        st.text_input(text("Why"), key="new-window-note", max_chars=500)
        st.button(text("Plan"), type="primary", key="new-window-add", on_click=lambda: _plan(viewer))


def _once(viewer: Viewer) -> None:
    now = viewer.now.astimezone(viewer.zone).replace(tzinfo=None, second=0, microsecond=0)
    start = now.replace(minute=0) + timedelta(hours=1)
    st.datetime_input(
        viewer.text("From"), start, key="new-window-from", help=_zone(viewer), format="DD.MM.YYYY"
    )
    st.datetime_input(viewer.text("Until"), start + timedelta(hours=2), key="new-window-until", help=_zone(viewer), format="DD.MM.YYYY")  # fmt: skip


def _weekly(viewer: Viewer) -> None:
    text = viewer.text
    st.pills(
        text("On"), list(WEEKDAYS), selection_mode="multi", default=["6"], key="new-window-days",
        format_func=lambda day: text(WEEKDAYS[day]),
    )  # fmt: skip
    st.time_input(text("At"), time(23, 0), key="new-window-at", help=_zone(viewer))
    st.number_input(text("For so many hours"), 0.25, 168.0, 2.0, 0.25, key="new-window-hours")


def _where(viewer: Viewer, name: str, integration: str | None) -> None:
    known = {one.key: one.name for one in reads.settings().integrations}
    st.multiselect(
        viewer.text("Integrations"), list(known), default=[integration] if integration in known else [],
        format_func=lambda key: known.get(key, str(key)), key=f"{name}-integrations",
        placeholder=viewer.text("All integrations"),
    )  # fmt: skip
    st.multiselect(
        viewer.text("Alerts"), rule_reads.rule_keys(), key=f"{name}-rules",
        format_func=lambda key: viewer.text(rule_reads.rule_name(key)),
        placeholder=viewer.text("All alerts"),
    )  # fmt: skip


def _chosen_where(name: str) -> Where:
    chosen = {
        "integration": tuple(st.session_state.get(f"{name}-integrations") or ()),
        "rule": tuple(st.session_state.get(f"{name}-rules") or ()),
    }
    return {facet: values for facet, values in chosen.items() if values}


def _silence(viewer: Viewer) -> None:
    length = st.session_state.get("new-silence-length") or "2h"
    until: timedelta | datetime | None = (
        PRESETS[length][1] if length in PRESETS else _instant(viewer, "new-silence-until")
    )
    note = str(st.session_state.get("new-silence-note") or "")
    if until is not None:
        alert_commands.silence(viewer, _chosen_where("new-silence"), until, note)


def _plan(viewer: Viewer) -> None:
    said = st.session_state.get
    name = str(said("new-window-name") or "").strip() or viewer.text("Maintenance")
    note, where = str(said("new-window-note") or ""), _chosen_where("new-window")
    if (said("new-window-often") or "once") == "once":
        start, end = _instant(viewer, "new-window-from"), _instant(viewer, "new-window-until")
        if start is not None and end is not None:
            alert_commands.plan_once(viewer, name, where, start, end, note)
        return
    at, days = said("new-window-at"), said("new-window-days") or []
    if isinstance(at, time) and days:
        cron = f"{at.minute} {at.hour} * * {','.join(sorted(days))}"
        length = timedelta(hours=float(said("new-window-hours") or 2))
        again = alert_commands.Recurring(cron, viewer.zone.key, length)
        alert_commands.plan_again(viewer, name, where, again, note)


def _instant(viewer: Viewer, key: str) -> datetime | None:
    """What was chosen, which is wall-clock time of the viewer's zone, as an instant."""
    chosen = st.session_state.get(key)
    return chosen.replace(tzinfo=viewer.zone).astimezone(UTC) if isinstance(chosen, datetime) else None


def _zone(viewer: Viewer) -> str:
    return viewer.text("In {zone}", zone=viewer.zone.key)
