"""The tab History: what fired, got worse, recovered and was taken up, newest first."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.alert_states import AlertEvent, EventKind
from dashboard import alert_reads, alert_words, notices, panels, ranges, reads, rule_reads, tables
from dashboard.pages._alerts_now import open_alert
from dashboard.ranges import RANGES, Range
from dashboard.refresh import refreshing
from dashboard.tables import Column
from dashboard.viewer import Viewer

REFRESH_SECONDS = 30
_CLICK = "open-event"


def draw(viewer: Viewer, integration: str | None) -> None:
    """The turns within a range; it refreshes by itself."""
    span = ranges.choose(viewer)
    _history(integration, span.key)


@refreshing(REFRESH_SECONDS, quiet=True)
def _history(viewer: Viewer, integration: str | None, range_key: str) -> None:
    span: Range = RANGES[range_key]
    page = alert_reads.events(integration, span.since(viewer.now), span.key)
    if not page.items:
        notices.empty(
            viewer.text("No alert turned in this range"),
            viewer.text(
                "Look back further above. What each rule would have done stands in its threshold's backtest."
            ),
            icon="history",
        )
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        panels.title(viewer.text("What happened"), _summed(viewer, page.items))
        st.space("stretch")
        notices.as_of(viewer, viewer.now)
    row = tables.draw(
        viewer, "table-alert-events", columns(viewer), page.items,
        alt=viewer.text("Turns of alerts, newest first"), height=tables.tall(len(page.items)), opens=_CLICK,
    )  # fmt: skip
    if page.next:
        st.caption(viewer.plural("The newest {n} turn of this range.", "The newest {n} turns of this range.", len(page.items)))  # fmt: skip
    if row is not None:
        open_alert(alert_reads.reference(page.items[row].key))


def _summed(viewer: Viewer, events: Sequence[AlertEvent]) -> str:
    fired = sum(one.kind is EventKind.FIRED for one in events)
    return viewer.plural("{n} firing", "{n} firings", fired)


def columns(viewer: Viewer) -> list[Column[AlertEvent]]:
    """What stands in the table, from left to right."""
    text = viewer.text
    return [
        tables.button(text("Alert"), lambda row: alert_reads.name_of_rule(viewer, row.key), key=_CLICK, width=210, help=text("A click opens the alert.")),
        tables.states(viewer, text("What happened"), lambda row: [alert_words.EVENT[row.kind]], alert_words.EVENT.values(), width=150),
        tables.instant(viewer, text("Time"), lambda row: row.at, width=140),
        tables.words(text("Integration"), lambda row: reads.name_of(row.key.integration), width=200),
        tables.states(viewer, text("How bad"), lambda row: [alert_words.SEVERITY[row.severity]] if row.severity else [], alert_words.SEVERITY.values(), width=150),
        tables.words(text("Reading"), lambda row: _reading(viewer, row), width=170),
        tables.words(text("By"), lambda row: row.by, width=90),
        tables.words(text("Note"), lambda row: row.note, width=260),
    ]  # fmt: skip


def _reading(viewer: Viewer, event: AlertEvent) -> str:
    unit = rule_reads.unit_of_rule(event.key.rule)
    value = alert_words.measured(viewer, event.value, unit)
    if alert_words.at_first(event.threshold, unit):
        return value
    limit = alert_words.threshold(viewer, event.threshold, unit)
    return f"{value} ({limit})" if limit and event.value is not None else value
