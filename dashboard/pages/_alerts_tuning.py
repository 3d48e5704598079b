"""The drawer that tunes a rule: type other thresholds, see what they would have done, then save."""

from __future__ import annotations

from functools import partial

import streamlit as st

from core.alerting import ThresholdOverride
from core.errors import StorageError
from core.i18n import N_
from dashboard import actions, alert_commands, alert_reads, links, panels, reads, rule_reads, tuning
from dashboard.pages import _alerts_backtest
from dashboard.pages._alerts_rules import limits
from dashboard.tuning import TuningError, Wanted
from dashboard.viewer import Viewer
from dashboard.words import plain
from health.rule import Rule

SPANS = {7: N_("7 days"), 30: N_("30 days"), 90: N_("90 days")}
_FIELDS = ("warning", "critical", "resolve")


def draw_chosen(viewer: Viewer) -> bool:
    """Open the drawer for the rule that the address names; whether it did."""
    asked = st.query_params.get(links.TUNE)
    if not asked:
        return False
    key, _, integration = asked.partition(alert_reads.SEPARATOR)
    try:
        rule = rule_reads.rule_of(key, integration)
        own = rule_reads.own_rule(key, integration)
    except StorageError:
        return False
    drawn = links.drawer(links.TUNE, viewer.text("Thresholds"), "large")(_drawer)
    drawn(viewer, rule, own, integration)
    return True


def _drawer(viewer: Viewer, rule: Rule | None, own: Rule | None, integration: str) -> None:
    actions.follow()
    text = viewer.text
    if rule is None or own is None:
        st.markdown(text("There is no such rule on this integration."))
        return
    window = rule.effective_window
    name, reads_what = text(rule.name), text(rule_reads.title_of(rule))
    parts = [plain(reads.name_of(integration)), *([reads_what] if reads_what != name else [])]
    if window is not None:
        parts.append(text("over {window}", window=viewer.translator.window(window)))
    if rule.hold:
        parts.append(text("fires after {duration}", duration=viewer.duration(rule.hold)))
    st.markdown(f"**{plain(name)}**  \n{' · '.join(parts)}")
    _standing(viewer, rule_reads.override_of(rule.key, integration), own)
    wanted = _typed(viewer, rule)
    if wanted is None:
        return
    days = st.segmented_control(
        text("Tried on the last"), list(SPANS), default=30, key="tune-days", required=True,
        format_func=lambda one: text(SPANS[one]),
    ) or 30  # fmt: skip
    with st.spinner(text("Replaying the history …")):
        found = rule_reads.backtest(rule, integration, wanted, days, viewer.now)
    _alerts_backtest.draw(viewer, rule, wanted, found)
    _save(viewer, rule, integration, wanted)


def _standing(viewer: Viewer, override: ThresholdOverride | None, own: Rule) -> None:
    """What a person tuned already, and the way back."""
    if override is None:
        return
    text = viewer.text
    with st.container(horizontal=True, vertical_alignment="center", key="tune-standing"):
        where = text("on all integrations") if not override.integration else text("on this integration")
        said = text(
            "Tuned {where} by {who} on {time}; the rule's own: {limits}",
            where=where,
            who=plain(override.by),
            time=viewer.instant(override.at),
            limits=limits(viewer, tuning.wanted_of(own), own.key),
        )
        st.markdown(f":blue[:material/tune:] {said}", width="stretch")
        st.button(
            text("Undo"), icon=":material/undo:", key="tune-undo", disabled=not actions.possible(),
            on_click=partial(_undo, viewer, override),
        )  # fmt: skip


def _undo(viewer: Viewer, override: ThresholdOverride) -> None:
    alert_commands.undo(viewer, override)
    forget()


def forget() -> None:
    """Let go of what was typed and tried."""
    for name in [name for name in st.session_state if str(name).startswith("tune-")]:
        del st.session_state[name]


def _typed(viewer: Viewer, rule: Rule) -> Wanted | None:
    """What the three fields say; None, with the reason below them, where that is no threshold."""
    text, now = viewer.text, tuning.wanted_of(rule)
    labels = {
        "warning": text("Warning from"),
        "critical": text("Critical from"),
        "resolve": text("Resolved from"),
    }
    helps = {
        "warning": text("Degraded from here on, and a warning fires. Empty: no warning."),
        "critical": text("Failing from here on, and a critical alert fires. Empty: never critical."),
        "resolve": text("What fires is over from here on. Empty: as soon as no threshold is met."),
    }
    for place, name in zip(st.columns(3, gap="small"), _FIELDS, strict=True):
        place.text_input(labels[name], getattr(now, name), key=f"tune-{rule.key}-{name}", help=helps[name], max_chars=30)  # fmt: skip
    typed = [str(st.session_state.get(f"tune-{rule.key}-{name}") or "") for name in _FIELDS]
    try:
        return tuning.read(rule, *typed)
    except TuningError as error:
        st.error(plain(viewer.render(error.problem)), icon=":material/edit_off:")
        return None


def _save(viewer: Viewer, rule: Rule, integration: str, wanted: Wanted) -> None:
    text = viewer.text
    same = wanted == tuning.wanted_of(rule)
    with st.container(border=True, key="panel-save", gap="small"):
        panels.title(text("Save"))
        everywhere = st.checkbox(
            text("on all integrations that this rule covers, not only on {name}", name=plain(reads.name_of(integration))),
            key="tune-everywhere",
        )  # fmt: skip
        st.text_input(
            text("Why"), key="tune-note", max_chars=500, placeholder=text("For those who find it later")
        )

        def act() -> None:
            note = str(st.session_state.get("tune-note") or "")
            if alert_commands.tune(viewer, rule.key, "" if everywhere else integration, wanted, note):
                st.query_params.pop(links.TUNE, None)
                forget()

        st.button(
            text("Save"), type="primary", icon=":material/save:", key="tune-save", on_click=act,
            disabled=same or not actions.possible(),
        )  # fmt: skip
        if same:
            st.caption(text("These are the thresholds that hold now."))
        else:
            st.caption(
                text("It holds from the next look on, for health as well, and can be undone at any time.")
            )
