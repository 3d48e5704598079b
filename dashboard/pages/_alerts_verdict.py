"""The first lines of the Alerts page: how many fire, whether anybody is told, and what hinders that."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import streamlit as st

from core.alert_states import Phase, Severity
from dashboard import alert_reads, notices, reads
from dashboard.alert_reads import Alert
from dashboard.viewer import Viewer
from dashboard.words import plain

NOT_EVALUATED = timedelta(minutes=2)
"""Alerts are evaluated every few seconds; an older evaluation means that nobody does."""

_DELAYED = timedelta(minutes=10)


def draw(viewer: Viewer) -> None:
    """The verdict and its age, then whatever keeps people from being told."""
    alerts, standing = alert_reads.alerts(viewer.now), alert_reads.standing(viewer.now)
    icon, sentence = verdict(viewer, alerts, known=is_known(viewer, standing))
    with st.container(horizontal=True, vertical_alignment="center", key="verdict-row"):
        with st.container(key="verdict", width="stretch"):
            st.markdown(f"{icon} {sentence}")
        notices.as_of(viewer, standing.evaluated_at)
    _evaluation(viewer, standing)
    _telling(viewer, standing)


def is_known(viewer: Viewer, standing: alert_reads.Standing) -> bool:
    """Whether somebody has just looked at what would fire."""
    at = standing.evaluated_at
    return at is not None and viewer.now - at <= NOT_EVALUATED


def verdict(viewer: Viewer, alerts: Sequence[Alert], *, known: bool = True) -> tuple[str, str]:
    """An icon in its colour, and what fires in one sentence; known: that nothing fires is more than silence."""
    firing = [one for one in alerts if one.state.phase in (Phase.FIRING, Phase.RECOVERING)]
    if not firing and not known:
        return ":gray[:material/help:]", viewer.text("No alert is known to be firing")
    if not firing:
        return ":green[:material/check_circle:]", viewer.text("No alert is firing")
    critical = sum(one.state.severity is Severity.CRITICAL for one in firing)
    parts = [viewer.plural("{n} alert is firing", "{n} alerts are firing", len(firing))]
    if critical:
        parts.append(viewer.plural("{n} is critical", "{n} are critical", critical))
    open_ones = sum(one.state.acknowledged is None for one in firing)
    parts.append(
        viewer.plural("{n} is not acknowledged", "{n} are not acknowledged", open_ones)
        if open_ones
        else viewer.text("all are acknowledged")
    )
    color = "red" if critical else "orange"
    return f":{color}[:material/notifications_active:]", " · ".join(parts)


def _evaluation(viewer: Viewer, standing: alert_reads.Standing) -> None:
    text, at = viewer.text, standing.evaluated_at
    if at is None:
        st.info(
            text(
                "Alerts have not been evaluated yet: that begins with the first look at every source. If this stays, no worker is running: start one with `integration-monitor run`."
            ),
            icon=":material/hourglass_empty:",
        )
    elif not is_known(viewer, standing):
        st.warning(
            text(
                "Alerts were last evaluated {age} ago: what happened since then is not known, and nobody is told of it. Is the worker running?",
                age=viewer.age(at),
            ),
            icon=":material/update_disabled:",
        )


def _telling(viewer: Viewer, standing: alert_reads.Standing) -> None:
    if not reads.settings().channels:
        st.info(
            viewer.text(
                "Nobody is told: no channel is configured. Alerts are shown here only. Add `channels` to {path}.",
                path=plain(reads.settings_path()),
            ),
            icon=":material/notifications_off:",
        )
    if standing.disabled:
        names = ", ".join(plain(one) for one in standing.disabled)
        st.error(
            viewer.plural(
                "{n} channel is switched off after a lasting fault: {names}. See Deliveries.",
                "{n} channels are switched off after lasting faults: {names}. See Deliveries.",
                len(standing.disabled),
                names=names,
            ),
            icon=":material/cloud_off:",
        )
    oldest = standing.waiting_since
    if oldest is not None and viewer.now - oldest > _DELAYED:
        st.warning(
            viewer.plural(
                "{n} message has been waiting, the oldest for {age}. See Deliveries.",
                "{n} messages have been waiting, the oldest for {age}. See Deliveries.",
                standing.waiting,
                age=viewer.age(oldest),
            ),
            icon=":material/schedule_send:",
        )
