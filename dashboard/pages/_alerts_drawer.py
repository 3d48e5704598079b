"""The drawer with one alert: why it stands so, what to do first, who was told, and what happened to it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import partial

import streamlit as st

from assess.diagnosis import Diagnosis, OfSight
from core.alert_states import AlertEvent, Phase
from core.alerting import Notice
from core.errors import StorageError
from core.i18n import N_
from dashboard import (
    actions,
    alert_commands,
    alert_lines,
    alert_reads,
    alert_words,
    board_reads,
    delivery_reads,
    links,
    panels,
    reads,
    tables,
)
from dashboard.alert_reads import Alert
from dashboard.viewer import Viewer
from dashboard.words import plain
from health.diagnosis import Outcome
from health.rules import COLLECTOR_BLIND

PRESETS = {
    "1h": (N_("1 h"), timedelta(hours=1)),
    "2h": (N_("2 h"), timedelta(hours=2)),
    "8h": (N_("8 h"), timedelta(hours=8)),
    "24h": (N_("24 h"), timedelta(hours=24)),
}
"""For how long one silences with one click."""

_STANDS = (Phase.PENDING, Phase.FIRING, Phase.RECOVERING)


def draw_chosen(viewer: Viewer) -> None:
    """Open the drawer of the alert that the address names."""
    asked = st.query_params.get(links.ALERT)
    if not asked:
        return
    try:
        found = alert_reads.alert(asked, viewer.now)
    except StorageError:
        return  # the page behind says already that nothing can be read
    links.drawer(links.ALERT, viewer.text("Alert"))(_drawer)(viewer, found)


def _drawer(viewer: Viewer, alert: Alert | None) -> None:
    actions.follow()
    if alert is None:
        st.markdown(viewer.text("This alert does not stand, and nothing is known of it."))
        return
    st.markdown(alert_lines.badges(viewer, alert))
    st.markdown(
        f"**{alert_lines.title(viewer, alert)}** · {plain(reads.name_of(alert.state.key.integration))}"
    )
    reason = alert_lines.reason(viewer, alert)
    if reason:
        st.markdown(reason)
    tables.facts("alert", _facts(viewer, alert))
    if alert.state.phase in _STANDS:
        _first_step(viewer, alert)
        _actions(viewer, alert)
    panels.title(viewer.text("Who was told"))
    _told(viewer, delivery_reads.notices_of(alert.state.episode))
    panels.title(viewer.text("What happened"))
    _happened(viewer, alert_reads.events_of(alert.state.key), alert)


def _facts(viewer: Viewer, alert: Alert) -> dict[str, str]:
    text, state, rule = viewer.text, alert.state, alert.rule
    told = {
        text("Reading"): alert_words.measured(viewer, state.value, alert.unit),
        text("Threshold"): alert_words.threshold(viewer, state.threshold, alert.unit),
        text("Since"): viewer.instant(state.since, seconds=True) if state.since else "",
        text("Fired"): viewer.instant(state.fired_at, seconds=True) if state.fired_at else "",
        text("Last read"): viewer.ago(state.read_at) if state.read_at else "",
        text("Last evaluated"): viewer.ago(state.evaluated_at) if state.evaluated_at else "",
    }
    if rule is not None:
        told[text("Resolved from")] = over_from(viewer, alert)
        if rule.hold:
            told[text("Fires after")] = viewer.duration(rule.hold)
        if rule.effective_window is not None:
            told[text("Looks back over")] = viewer.translator.window(rule.effective_window)
    return {name: value for name, value in told.items() if value}


def over_from(viewer: Viewer, alert: Alert) -> str:
    """From where on it is over."""
    rule = alert.rule
    if rule is None or rule.resolve is None:
        return viewer.text("as soon as no threshold is met")
    return alert_words.limit(viewer, rule.resolve)


def _first_step(viewer: Viewer, alert: Alert) -> None:
    """The probable cause and what to do first, from the checklist of its integration."""
    key = alert.state.key.integration
    standing = board_reads.standing(key, viewer.now)
    if standing is None:
        return
    diagnosis: Diagnosis | OfSight = standing.diagnosis
    if alert.state.key.rule == COLLECTOR_BLIND.key and standing.diagnosis.of_sight is not None:
        diagnosis = standing.diagnosis.of_sight
    lines = []
    if diagnosis.cause:
        lines.append(f"{viewer.text('Probable cause')}: **{plain(viewer.render(diagnosis.cause))}**")
    failed = (
        one.next_step for one in standing.diagnosis.checks if one.outcome is Outcome.FAIL and one.next_step
    )
    step = diagnosis.next_step or next(failed, "")
    if step:
        lines.append(f":gray[→ {plain(viewer.text(step))}]")
    if diagnosis.call:
        lines.append(f":gray[→ {plain(viewer.render(diagnosis.call))}]")
    if lines:
        panels.title(viewer.text("What to do first"))
        st.markdown("  \n".join(lines))
    links.link_to(
        "integration", viewer.text("Open the integration"), ":material/sync_alt:", **{links.INTEGRATION: key}
    )


def _actions(viewer: Viewer, alert: Alert) -> None:
    with st.container(border=True, key="panel-alert-actions", gap="small"):
        _taking_up(viewer, alert)
        _silencing(viewer, alert)
        if alert.rule is not None and alert.tunable:
            asked = f"{alert.rule.key}{alert_reads.SEPARATOR}{alert.state.key.integration}"
            if st.button(viewer.text("Change its threshold"), icon=":material/tune:", key="alert-tune"):
                links.turn(links.ALERT, links.TUNE, asked)
                st.rerun()


def _taking_up(viewer: Viewer, alert: Alert) -> None:
    text, able = viewer.text, actions.possible()
    if alert.state.acknowledged is not None:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(alert_lines.taken_up(viewer, alert), width="stretch")
            st.button(
                text("Take it back"), key="alert-give-back", disabled=not able,
                on_click=partial(alert_commands.give_back, viewer, alert),
            )  # fmt: skip
        return
    if alert.state.phase is not Phase.FIRING:
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input(text("Note"), key="alert-note", max_chars=500, placeholder=text("What you are doing about it"), width="stretch")  # fmt: skip

        def act() -> None:
            alert_commands.acknowledge(viewer, alert, str(st.session_state.get("alert-note") or ""))

        st.button(text("Acknowledge"), icon=":material/assignment_ind:", type="primary", key="alert-take", disabled=not able, on_click=act)  # fmt: skip


def _silencing(viewer: Viewer, alert: Alert) -> None:
    text, able = viewer.text, actions.possible()
    held = alert.muting.silence
    if held is not None:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(alert_lines.muted(viewer, alert), width="stretch")
            if held.provisioned:
                st.caption(text("Stands in the configuration, and is ended there."))
            else:
                st.button(
                text("End the silence"), key="alert-speak", disabled=not able,
                on_click=partial(alert_commands.end_silence, viewer, held),
                )  # fmt: skip
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        length = st.segmented_control(
            text("No messages for"), list(PRESETS), default="2h", key="alert-length", required=True,
            format_func=lambda key: text(PRESETS[key][0]),
        )  # fmt: skip
        whole = st.checkbox(text("all alerts of this integration"), key="alert-whole")
        chosen = PRESETS[length or "2h"][1]
        st.button(
            text("Silence"), icon=":material/notifications_off:", key="alert-silence", disabled=not able,
            on_click=partial(alert_commands.silence_alert, viewer, alert, chosen, "", whole=whole),
        )  # fmt: skip


def _told(viewer: Viewer, notices: Sequence[Notice]) -> None:
    if not notices:
        st.caption(viewer.text("Nobody yet. Who is told stands in the rule's `notify` and in the integration's `contacts`."))  # fmt: skip
        return
    lines = []
    for notice in notices:
        look = alert_words.delivery_of(notice)
        at = notice.finished_at or notice.created_at
        error = f" — {plain(notice.error)}" if notice.error else ""
        lines.append(
            f":{look.color}[:material/{look.icon}:] {viewer.text(alert_words.NOTICE[notice.kind])} · "
            f"{plain(delivery_reads.addressee(notice.target))} · {viewer.text(look.word)}, {viewer.instant(at, seconds=True)}{error}"
        )
    st.markdown("  \n".join(lines))


def _happened(viewer: Viewer, events: Sequence[AlertEvent], alert: Alert) -> None:
    if not events:
        st.caption(viewer.text("Nothing is known of it yet."))
        return
    st.markdown("  \n".join(event_line(viewer, one, alert) for one in events))


def event_line(viewer: Viewer, event: AlertEvent, alert: Alert) -> str:
    """One turn: when, what, how bad, by whom and with which words."""
    look = alert_words.EVENT[event.kind]
    parts = [
        f":{look.color}[:material/{look.icon}:] {viewer.instant(event.at, seconds=True)} {viewer.text(look.word)}"
    ]
    if event.by:
        parts.append(plain(event.by))
    elif event.value is not None:
        parts.append(plain(alert_words.measured(viewer, event.value, alert.unit)))
    if event.note:
        parts.append(plain(event.note))
    return " · ".join(parts)
