"""The tab Silences and maintenance: what is held back, until when and why; adding one, ending one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import streamlit as st

from alerts.windows import next_start, open_spell
from core.muting import MaintenanceWindow, Silence
from dashboard import actions, alert_commands, alert_reads, panels, reads, rule_reads, words
from dashboard.pages import _alerts_muting_forms
from dashboard.refresh import refreshing
from dashboard.viewer import Viewer
from dashboard.words import plain

REFRESH_SECONDS = 30


def draw(viewer: Viewer, integration: str | None) -> None:
    """Both lists side by side, each with the form that adds to it."""
    silences, maintenance = st.columns(2, gap="small")
    with silences, st.container(border=True, key="panel-silences", height="stretch"):
        _silences(integration)
        _alerts_muting_forms.silence(viewer, integration)
    with maintenance, st.container(border=True, key="panel-maintenance", height="stretch"):
        _maintenance(integration)
        _alerts_muting_forms.maintenance(viewer, integration)
    st.caption(
        viewer.text(
            "Both hold messages back; alerts are evaluated and shown as ever. What still fires when one ends is told then, with the time at which it began."
        )
    )


@refreshing(REFRESH_SECONDS, quiet=True)
def _silences(viewer: Viewer, integration: str | None) -> None:
    actions.follow()
    text = viewer.text
    found = [
        one for one in alert_reads.silences(viewer.now) if one.ended_at is None and one.ends_at > viewer.now
    ]
    panels.title(text("Silences"), viewer.number(len(found)) if found else "")
    if not found:
        st.caption(text("Nothing is silenced."))
    for one in sorted(found, key=lambda one: one.ends_at):
        _silence(viewer, one)


def _silence(viewer: Viewer, one: Silence) -> None:
    text = viewer.text
    with st.container(horizontal=True, vertical_alignment="center", key=f"line-silence-{one.silence_id}"):
        when = (
            text("until {time} ({ago})", time=viewer.instant(one.ends_at), ago=viewer.ago(one.ends_at))
            if one.starts_at <= viewer.now
            else text(
                "from {start} until {end}",
                start=viewer.instant(one.starts_at),
                end=viewer.instant(one.ends_at),
            )
        )
        icon = (
            ":gray[:material/notifications_off:]"
            if one.starts_at <= viewer.now
            else ":blue[:material/schedule:]"
        )
        st.markdown(f"{icon} **{what(viewer, one.where)}** · {when}{_why(viewer, one)}", width="stretch")
        if not one.provisioned:
            st.button(
                text("End"), key=f"end-silence-{one.silence_id}", disabled=not actions.possible(),
                on_click=partial(alert_commands.end_silence, viewer, one),
            )  # fmt: skip


@refreshing(REFRESH_SECONDS, quiet=True)
def _maintenance(viewer: Viewer, integration: str | None) -> None:
    actions.follow()
    text = viewer.text
    found = [one for one in alert_reads.maintenance(viewer.now) if _is_to_come(one, viewer)]
    panels.title(text("Maintenance"), viewer.number(len(found)) if found else "")
    if not found:
        st.caption(text("No work is planned."))
    for one in found:
        _window(viewer, one)


def _is_to_come(one: MaintenanceWindow, viewer: Viewer) -> bool:
    return one.ended_at is None and (bool(one.cron) or (one.ends_at is not None and one.ends_at > viewer.now))


def _window(viewer: Viewer, one: MaintenanceWindow) -> None:
    text = viewer.text
    with st.container(
        horizontal=True, vertical_alignment="center", key=f"line-maintenance-{one.maintenance_id}"
    ):
        spell = open_spell(one, viewer.now)
        icon = ":orange[:material/engineering:]" if spell else ":blue[:material/schedule:]"
        st.markdown(
            f"{icon} **{plain(one.name)}** · {what(viewer, one.where)} · {_when(viewer, one)}{_why(viewer, one)}",
            width="stretch",
        )
        if not one.provisioned:
            st.button(
                text("Take out") if one.cron else text("End"), key=f"end-maintenance-{one.maintenance_id}",
                disabled=not actions.possible(), on_click=partial(alert_commands.end_maintenance, viewer, one),
            )  # fmt: skip


def _when(viewer: Viewer, one: MaintenanceWindow) -> str:
    text, spell = viewer.text, open_spell(one, viewer.now)
    if spell:
        return text("now, until {time} ({ago})", time=viewer.instant(spell[1]), ago=viewer.ago(spell[1]))
    start = next_start(one, viewer.now)
    if start is None:
        return text("never again")
    told = text("next {time} ({ago})", time=viewer.instant(start), ago=viewer.ago(start))
    if not one.cron:
        return told
    again = text(
        "`{cron}` in {zone}, for {duration}",
        cron=one.cron.replace("`", ""),
        zone=plain(one.timezone),
        duration=viewer.duration(one.duration_seconds),
    )
    return f"{told} · {again}"


def _why(viewer: Viewer, one: Silence | MaintenanceWindow) -> str:
    by = (
        viewer.text("from the configuration")
        if one.provisioned
        else viewer.text("by {who}", who=plain(one.by))
    )
    return f"  \n:gray[{by}{': ' + plain(one.note) if one.note else ''}]"


def what(viewer: Viewer, where: Mapping[str, Sequence[str]]) -> str:
    """What a silence or a window matches, in words."""
    if not where:
        return viewer.text("everything")
    titles = {
        "tag": viewer.text("tag"),
        "system": viewer.text("system"),
        "method": viewer.text("method"),
        "criticality": viewer.text("criticality"),
    }
    parts = []
    for name, values in sorted(where.items(), key=lambda item: item[0] != "integration"):
        said = ", ".join(plain(_value(viewer, name, value)) for value in values)
        parts.append(f"{titles[name]}: {said}" if name in titles else said)
    return " · ".join(parts)


def _value(viewer: Viewer, facet: str, value: str) -> str:
    match facet:
        case "integration":
            return reads.name_of(value)
        case "rule":
            return viewer.text(rule_reads.rule_name(value))
        case "method" | "criticality":
            named: dict[str, str] = {**words.METHOD, **words.CRITICALITY}
            return viewer.text(named.get(value, value))
    return value
