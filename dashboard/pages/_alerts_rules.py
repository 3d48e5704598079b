"""The tab Thresholds: from where on each rule fires, what it reads now, and which thresholds people tuned."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import streamlit as st

from core.alerting import ThresholdOverride
from dashboard import (
    actions,
    alert_commands,
    alert_reads,
    alert_words,
    links,
    panels,
    reads,
    rule_reads,
    tables,
    tuning,
)
from dashboard.refresh import refreshing
from dashboard.rule_reads import RuleRow
from dashboard.tables import Column
from dashboard.viewer import Viewer
from dashboard.words import Look, plain
from health.status import Level

REFRESH_SECONDS = 30
_CLICK = "open-rule"


def draw(viewer: Viewer, integration: str | None) -> None:
    """The rules of one integration with their readings, or all rules; it refreshes by itself."""
    _rules(integration)


@refreshing(REFRESH_SECONDS, quiet=True)
def _rules(viewer: Viewer, integration: str | None) -> None:
    actions.follow()
    draw_overrides(viewer, rule_reads.overrides(), integration)
    draw_rules(viewer, integration)


def draw_rules(viewer: Viewer, integration: str | None) -> None:
    """The table of rules; a click on a name opens its thresholds."""
    text, rows = viewer.text, rule_reads.rules(integration, viewer.now)
    panels.title(
        text("Rules"), plain(reads.name_of(integration)) if integration else text("of all integrations")
    )
    row = tables.draw(
        viewer, f"table-rules-{integration or 'all'}", columns(viewer, of_one=integration is not None), rows,
        alt=text("Rules with their thresholds, causes before effects"), height="content", opens=_CLICK,
    )  # fmt: skip
    st.caption(
        text("A click on a name tries other thresholds on the stored history before they are saved. Health and alerts go by the same thresholds.")
    )  # fmt: skip
    if row is not None:
        open_tuning(rows[row].rule.key, integration or rows[row].example)


def open_tuning(rule: str, integration: str) -> None:
    """Open the thresholds of a rule, to be tried on one integration."""
    st.query_params[links.TUNE] = f"{rule}{alert_reads.SEPARATOR}{integration}"
    st.rerun()


def columns(viewer: Viewer, *, of_one: bool) -> list[Column[RuleRow]]:
    """What stands in the table, from left to right."""
    text = viewer.text

    def limit(name: str) -> Column[RuleRow]:
        labels = {"warning": text("Warning"), "critical": text("Critical"), "resolve": text("Resolved from")}

        def value(row: RuleRow) -> str:
            one = getattr(row.rule, name)
            return alert_words.limit(viewer, one) if one is not None else ""

        return tables.words(labels[name], value, width=100)

    first: list[Column[RuleRow]] = [
        tables.button(text("Rule"), lambda row: text(row.rule.name), key=_CLICK, width=210, help=text("A click opens its thresholds and their backtest."), pinned=True),
    ]  # fmt: skip
    now: list[Column[RuleRow]] = [
        tables.states(
            viewer,
            text("State"),
            lambda row: [_level(row)],
            [*alert_words.LEVEL.values(), alert_words.LINGERS],
            width=140,
        ),
        tables.words(text("Now"), lambda row: _now(viewer, row), width=90),
    ]
    return [
        *first,
        *(now if of_one else []),
        limit("warning"),
        limit("critical"),
        limit("resolve"),
        tables.states(viewer, text("Tuned"), lambda row: [alert_words.TUNED] if row.tuned else [], [alert_words.TUNED], width=90),
        tables.words(text("Looks back over"), lambda row: _window(viewer, row), width=130),
        tables.number(text("Fires after"), lambda row: row.rule.hold.total_seconds() or None, viewer.duration, width=110),
        tables.words(text("Tells"), lambda row: ", ".join(row.rule.notify) or text("contacts"), width=150),
        *([] if of_one else [tables.number(text("Integrations"), lambda row: row.covers, viewer.number, width=100)]),
        tables.words(text("Stands in"), lambda row: text("the configuration") if row.rule.configured else text("built in"), width=120),
    ]  # fmt: skip


def _level(row: RuleRow) -> Look:
    if row.lingers:
        return alert_words.LINGERS
    return alert_words.LEVEL[row.reading.level if row.reading else Level.NO_DATA]


def _now(viewer: Viewer, row: RuleRow) -> str:
    value = row.reading.reading.value if row.reading else None
    return alert_words.measured(viewer, value, tuning.unit_of(row.rule))


def _window(viewer: Viewer, row: RuleRow) -> str:
    window = row.rule.effective_window
    return viewer.translator.window(window) if window is not None else ""


def draw_overrides(viewer: Viewer, found: Sequence[ThresholdOverride], integration: str | None) -> None:
    """The tuned thresholds, each with who tuned it and a way back; nothing where there are none."""
    shown = [one for one in found if integration is None or one.integration in ("", integration)]
    if not shown:
        return
    text = viewer.text
    with st.container(border=True, key="panel-overrides"):
        panels.title(text("Tuned by people"), viewer.number(len(shown)))
        for one in shown:
            with st.container(
                horizontal=True, vertical_alignment="center", key=f"line-override-{one.override_id}"
            ):
                st.markdown(_override(viewer, one), width="stretch")
                st.button(
                    text("Undo"), icon=":material/undo:", key=f"undo-{one.override_id}", disabled=not actions.possible(),
                    on_click=partial(alert_commands.undo, viewer, one),
                )  # fmt: skip


def _override(viewer: Viewer, one: ThresholdOverride) -> str:
    text = viewer.text
    where = plain(reads.name_of(one.integration)) if one.integration else text("all integrations")
    note = f": {plain(one.note)}" if one.note else ""
    by = text("by {who} on {time}", who=plain(one.by), time=viewer.instant(one.at))
    own = rule_reads.own_rule(one.rule, one.integration)
    instead = (
        text("instead of {limits}", limits=limits(viewer, tuning.wanted_of(own), one.rule)) if own else ""
    )
    change = f" · {instead}" if instead else ""
    now = limits(viewer, tuning.Wanted(one.warning, one.critical, one.resolve), one.rule)
    return f"**{plain(text(rule_reads.rule_name(one.rule)))}** · {where} · {now}{change}  \n:gray[{by}{note}]"


def limits(viewer: Viewer, wanted: tuning.Wanted, rule: str) -> str:
    """Three thresholds on one line."""
    unit = rule_reads.unit_of_rule(rule)
    named = (
        (viewer.text("warning"), wanted.warning),
        (viewer.text("critical"), wanted.critical),
        (viewer.text("resolved"), wanted.resolve),
    )
    said = (f"{name} {plain(alert_words.threshold(viewer, text, unit))}" for name, text in named if text)
    return ", ".join(said)
