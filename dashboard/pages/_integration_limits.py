"""The tab Limits and keys: how far each rate limit is used, when it resets, and how each key stands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

import streamlit as st

from core.i18n import N_
from dashboard import board_reads, charts, notices, panels, reads, tables
from dashboard.charts import Series
from dashboard.ranges import RANGES, Range
from dashboard.refresh import refreshing
from dashboard.tables import Column
from dashboard.viewer import Viewer
from dashboard.words import HEALTH, Look
from health.rule import Rule
from health.status import Health, Level, level_of
from storage.queries.rows import CredentialRow, QuotaRow

REFRESH_SECONDS = 30


def draw(viewer: Viewer, key: str, span: Range) -> None:
    """Limits, their use over this range, and keys; it refreshes by itself."""
    _limits(key, span.key)


@refreshing(REFRESH_SECONDS, quiet=True)
def _limits(viewer: Viewer, key: str, range_key: str) -> None:
    span = RANGES[range_key]
    quotas, keys = reads.quotas(key, viewer.now), reads.credentials(key, viewer.now)
    if not quotas and not keys:
        notices.empty(
            viewer.text("No limit and no key has been seen"),
            viewer.text(
                "A source of type probe looks at both with one cheap request: add one to see them here."
            ),
            icon="speed",
        )
        return
    standing = board_reads.standing(key, viewer.now)
    rules = [one.rule for one in standing.row.verdict.judgement.readings] if standing else []
    if quotas:
        panels.title(viewer.text("Rate limits"))
        tables.draw(
            viewer,
            "table-quotas",
            quota_columns(viewer, rules),
            quotas,
            alt=viewer.text("Rate limits as last seen"),
        )
        _history(viewer, key, span)
    if keys:
        panels.title(viewer.text("Keys"))
        tables.draw(
            viewer, "table-keys", key_columns(viewer, rules), keys, alt=viewer.text("Keys as last seen")
        )


def _history(viewer: Viewer, key: str, span: Range) -> None:
    text = viewer.text
    series = reads.quota_series(key, span, viewer.now)
    if not series.times:
        return
    with st.container(border=True, key="panel-quota"):
        panels.title(text("How far the limits were used"))
        charts.lines(
            viewer, "chart-quota", series.times,
            [Series(name, values) for name, values in series.used.items()],
            span=(span.since(viewer.now), viewer.now), show=viewer.percent, ceiling=1.0,
            alt=text("Used share of each rate limit over time; the same numbers are in the table."),
        )  # fmt: skip
    panels.folded(
        text("The same as a table"), "table", "folded-quota-series", lambda: _as_table(viewer, series)
    )


def _as_table(viewer: Viewer, series: reads.QuotaSeries) -> None:
    rows = list(reversed(list(enumerate(series.times))))
    columns: list[Column[tuple[int, object]]] = [
        tables.instant(viewer, viewer.text("Time"), lambda row: series.times[row[0]]),
        *(
            tables.number(name, lambda row, values=values: values[row[0]], viewer.percent)  # type: ignore[misc]
            for name, values in series.used.items()
        ),
    ]
    alt = viewer.text("Used share over time")
    tables.draw(viewer, "table-quota-series", columns, rows, alt=alt, height="auto")


def quota_columns(viewer: Viewer, rules: Sequence[Rule] = ()) -> list[Column[QuotaRow]]:
    """What stands in the table of rate limits; rules: from where on one of them runs out."""
    text, now = viewer.text, viewer.now
    short = Look(N_("Running out"), "▲", "warning", *_paint("degraded"))
    refused = Look(N_("Refused for the limit"), "✕", "block", *_paint("failing"))
    fine = Look(N_("Within the limit"), "✓", "check", *_paint("healthy"))
    return [
        tables.words(text("Limit"), lambda row: row.reading.quota or row.reading.scope, width=110),
        tables.states(viewer, text("State"), lambda row: [refused if row.reading.limited else short if _runs_out(row, rules, now) else fine], [refused, short, fine], width=150),
        tables.share(text("Used"), lambda row: row.reading.used_ratio, width=106),
        tables.number(text("Remaining"), lambda row: row.reading.remaining, viewer.number, width=100),
        tables.number(text("Of"), lambda row: row.reading.limit, viewer.number, width=90),
        replace(tables.instant(viewer, text("Resets"), lambda row: row.reading.resets_at, width=130), show=_resets(viewer)),
        tables.instant(viewer, text("Last reading"), lambda row: row.reading.observed_at, ago=True, width=120),
        tables.words(text("Shared key"), lambda row: row.reading.scope, width=160, help=text("Sources with the same name here spend the same limit.")),
        tables.words(text("Source"), lambda row: row.source, width=120),
    ]  # fmt: skip


def _runs_out(row: QuotaRow, rules: Sequence[Rule], now: datetime) -> bool:
    """Whether a rule warns of so full a limit; one that has reset since it was read is full no more."""
    used, resets_at = row.reading.used_ratio, row.reading.resets_at
    holds = resets_at is None or resets_at > now
    return used is not None and holds and _warns(rules, "quota_used_ratio", used)


def _expires_soon(row: CredentialRow, rules: Sequence[Rule], now: datetime) -> bool:
    at = row.reading.expires_at
    left = (at - now).total_seconds() if at is not None else None
    return left is not None and _warns(rules, "credential_expires_in_seconds", left)


def _warns(rules: Sequence[Rule], indicator: str, value: float) -> bool:
    return any(
        rule.indicator == indicator and level_of(rule, value) in (Level.WARNING, Level.CRITICAL)
        for rule in rules
    )


def key_columns(viewer: Viewer, rules: Sequence[Rule] = ()) -> list[Column[CredentialRow]]:
    """What stands in the table of keys; rules: from where on one of them expires soon."""
    text, now = viewer.text, viewer.now
    soon = Look(N_("Expires soon"), "▲", "warning", *_paint("degraded"))
    looks = {
        True: Look(N_("Valid"), "✓", "check", *_paint("healthy")),
        False: Look(N_("Refused"), "✕", "block", *_paint("failing")),
        None: Look(N_("Not known"), "?", "help", *_paint("unknown")),
    }
    return [
        tables.words(text("Source"), lambda row: row.source, width=160),
        tables.states(
            viewer,
            text("State"),
            lambda row: [
                soon if row.reading.valid and _expires_soon(row, rules, now) else looks[row.reading.valid]
            ],
            [soon, *looks.values()],
            width=130,
        ),
        tables.words(text("Why"), lambda row: row.reading.reason, width=320),
        replace(
            tables.instant(viewer, text("Expires"), lambda row: row.reading.expires_at, width=190),
            show=_expires(viewer),
        ),
        tables.instant(
            viewer, text("Last reading"), lambda row: row.reading.observed_at, ago=True, width=130
        ),
    ]


def _resets(viewer: Viewer) -> Callable[[object], str]:
    """In how long a limit is whole again; one whose time has come since it was read is so already."""

    def show(raw: object) -> str:
        at = tables.instant_of(raw)
        return viewer.text("already reset") if at is not None and at <= viewer.now else viewer.ago(at)

    return show


def _expires(viewer: Viewer) -> Callable[[object], str]:
    """The day to put into a calendar, and how far away it is."""

    def show(raw: object) -> str:
        at = tables.instant_of(raw)
        return viewer.ago(at) if at is None else f"{viewer.day(at)} ({viewer.ago(at)})"

    return show


def _paint(state: str) -> Sequence[str]:
    look = HEALTH[Health(state)]
    return (look.color, look.light, look.dark)
