"""The table of the Health page: worst first, a click on a name or another word opens the integration."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import streamlit as st

from assess.overview import BoardRow
from dashboard import alert_reads, links, strip, tables, words
from dashboard.tables import Column
from dashboard.viewer import Viewer

PAGE_SIZE = 50
_CLICK = "open-integration"
_MUTES = ("muted", "maintenance")
"""What holds an integration's messages back."""


def draw(viewer: Viewer, rows: Sequence[BoardRow], muted: Mapping[str, Sequence[str]]) -> None:
    """The rows of one page of the table, and what its strips mean; muted: flags by integration."""
    pages = -(-len(rows) // PAGE_SIZE)
    number = st.session_state.get("health-page", 1) if pages > 1 else 1
    shown = rows[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
    chosen = tables.draw(
        viewer,
        "health-table",
        columns(viewer, muted),
        shown,
        alt=viewer.text(
            "All integrations, the worst first; the same facts stand on each integration's page."
        ),
        opens=_CLICK,
    )
    if pages > 1:
        st.pagination(pages, key="health-page")
    _legend(viewer, {flag for row in shown for flag in muted.get(row.verdict.integration.key, ())})
    if chosen is not None:
        links.open_integration(shown[chosen].verdict.integration.key)


def columns(viewer: Viewer, muted: Mapping[str, Sequence[str]]) -> list[Column[BoardRow]]:
    """What stands in the table, from left to right."""
    text = viewer.text
    looks = [*words.HEALTH.values(), *words.FLAGS.values(), *(_sign(flag) for flag in _MUTES)]
    now = viewer.now
    return [
        tables.button(text("Integration"), lambda row: row.verdict.integration.name, key=_CLICK, width=212, pinned=True, help=text("A click opens the integration.")),
        tables.states(viewer, text("State"), lambda row: _in_table(row, muted.get(row.verdict.integration.key, ())), looks, width=104),
        tables.words(text("Why"), lambda row: viewer.render(row.verdict.reason), width=234),
        tables.number(text("Lasts"), lambda row: _seconds_since(row, now), viewer.about, width=54, help=text("For how long it has not been healthy.")),
        tables.number(text("Late by"), _late_seconds, viewer.about, width=74),
        tables.number(text("Success"), lambda row: row.numbers.success_ratio, viewer.percent, width=60, help=text("Succeeded and partial runs among those that count, in the last 24 hours.")),
        _strip(viewer),
        tables.number(text("Records failed"), lambda row: row.facts.failed_records_open, viewer.number, width=90, help=text("Records that did not arrive and whose cause is still open.")),
        tables.number(text("API errors"), lambda row: row.numbers.error_ratio, viewer.percent, width=76, help=text("Failed calls among all calls of the last 24 hours.")),
        tables.number(text("Quota"), lambda row: row.quota_used_ratio, _whole_percent(viewer), width=52, help=text("How much of the fullest rate limit is used, as last seen.")),
        tables.words(text("Owner"), lambda row: row.owner, width=124),
        tables.instant(viewer, text("Last run"), last_run_at, ago=True, width=84),
        tables.words(text("Method"), lambda row: _method(viewer, row), width=66),
    ]  # fmt: skip


def looks_of(row: BoardRow, muted: Sequence[str] = ()) -> list[words.Look]:
    """Its state, then its flags; muted: those of what holds its messages back."""
    return [words.HEALTH[row.verdict.health], *(words.FLAGS[flag] for flag in (*row.verdict.flags, *muted))]


def _in_table(row: BoardRow, muted: Sequence[str]) -> list[words.Look]:
    """The same in little room: lateness has a column of its own, what is not judged is only told as that."""
    flags = [words.FLAGS[flag] for flag in row.verdict.flags if flag != "late"]
    first = [words.HEALTH[row.verdict.health]] if row.verdict.counts or not flags else []
    return [*first, *flags, *(_sign(flag) for flag in muted)]


def _sign(flag: str) -> words.Look:
    """A flag by its sign alone; its word stands below the table."""
    return replace(words.FLAGS[flag], word="")


def _seconds_since(row: BoardRow, now: datetime) -> float | None:
    since = alert_reads.since_of(row, now)
    return None if since is None else max((now - since).total_seconds(), 0.0)


def _method(viewer: Viewer, row: BoardRow) -> str:
    word = viewer.text(words.METHOD_SHORT[row.verdict.integration.method])
    return word[:1].upper() + word[1:]


def _whole_percent(viewer: Viewer) -> Callable[[float | None], str]:
    return lambda ratio: viewer.percent(ratio, 0)


def last_run_at(row: BoardRow) -> datetime | None:
    """When its newest run ended, or began where none has ended."""
    return (row.last_run.finished_at or row.last_run.started_at) if row.last_run else None


def _late_seconds(row: BoardRow) -> float | None:
    late_by = row.verdict.judgement.late_by
    return late_by.total_seconds() if late_by else None


def _strip(viewer: Viewer) -> Column[BoardRow]:
    label = viewer.text("30 days")
    config = st.column_config.ImageColumn(
        label, width=134, help=viewer.text("One block a day, today on the right.")
    )
    return Column(label, lambda row: strip.picture(row.strip, viewer.dark), config)


def _legend(viewer: Viewer, mutes: Collection[str]) -> None:
    text = viewer.text
    parts = [
        ":green[■] " + text("all runs succeeded"),
        ":orange[■] " + text("some failed"),
        ":red[■] " + text("half or more failed"),
        ":gray[■] " + text("none that count"),
        ":gray[▂] " + text("no runs"),
    ]
    signs = [f"{words.FLAGS[flag].mark} {text(words.FLAGS[flag].word)}" for flag in _MUTES if flag in mutes]
    st.caption(
        "  \n".join([text("30 days") + ": " + " · ".join(parts), *([" · ".join(signs)] if signs else [])])
    )
