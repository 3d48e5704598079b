"""What a backtest found: both sets of thresholds side by side, drawn over the readings, and how it is known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import streamlit as st

from alerts.backtest import Backtest, Firing, Replay
from dashboard import alert_words, panels, tables, tuning
from dashboard.pages import _alerts_backtest_chart
from dashboard.tables import Column
from dashboard.tuning import Wanted
from dashboard.viewer import Viewer
from health.rule import Rule


@dataclass(frozen=True, slots=True)
class _Line:
    """One of the two sides of the comparison, or one firing of it."""

    side: str
    firing: Firing


def draw(viewer: Viewer, rule: Rule, wanted: Wanted, found: Backtest) -> None:
    """The comparison in one sentence and two cards, the drawing, the table, and how it is known."""
    text = viewer.text
    if found.series.reaches_back_to is None:
        st.info(text("Nothing is known of this reading within that time, so nothing can be tried on it."), icon=":material/history_toggle_off:")  # fmt: skip
        return
    same = wanted == tuning.wanted_of(rule)
    st.markdown(f"**{sentence(viewer, found, same=same)}**")
    present, proposed = st.columns(2, gap="small")
    with present, st.container(border=True, key="panel-present", height="stretch"):
        _card(viewer, text("As it is now"), rule, rule, found, found.present)
    with proposed, st.container(border=True, key="panel-proposed", height="stretch"):
        if same:
            panels.title(text("With others"))
            st.caption(text("Write other thresholds above to see here what they would have done."))
        else:
            _card(viewer, text("With these"), rule, tuning.tuned(rule, wanted), found, found.proposed)
    _alerts_backtest_chart.draw(viewer, rule, wanted, found)
    panels.folded(
        text("The same as a table"), "table", "folded-backtest", lambda: _table(viewer, found, same)
    )
    st.caption(how_known(viewer, found))


def sentence(viewer: Viewer, found: Backtest, *, same: bool) -> str:
    """What would have been, against what was; same: nothing else was typed."""
    start = found.series.reaches_back_to or found.until
    reach, does = viewer.duration(whole(found.until - start)), len(found.present.firings)
    if same:
        return viewer.plural(
            "As it is now it fires {n} time within {reach}",
            "As it is now it fires {n} times within {reach}",
            does,
            reach=reach,
        )
    return viewer.plural(
        "It would have fired {n} time within {reach}; as it is now: {does}",
        "It would have fired {n} times within {reach}; as it is now: {does}",
        len(found.proposed.firings),
        reach=reach,
        does=viewer.number(does),
    )


def whole(reach: timedelta) -> timedelta:
    """In whole days where it is several: the hour at which the history begins tells nobody anything."""
    return timedelta(days=round(reach / timedelta(days=1))) if reach > timedelta(days=2) else reach


def _card(viewer: Viewer, title: str, rule: Rule, judging: Rule, found: Backtest, replay: Replay) -> None:
    text, wanted, unit = viewer.text, tuning.wanted_of(judging), tuning.unit_of(rule)
    limits = [alert_words.threshold(viewer, one, unit) for one in (wanted.warning, wanted.critical) if one]
    panels.title(title, " / ".join(limits))
    longest = max(((one.until or found.until) - one.since for one in replay.firings), default=None)
    tables.facts(
        f"replay-{'now' if judging is rule else 'then'}",
        {
            text("Firings"): viewer.number(len(replay.firings)),
            text("Firing for"): viewer.duration(replay.firing_for) if replay.firings else alert_words.NOTHING,
            text("The longest"): viewer.duration(longest) if longest else alert_words.NOTHING,
            text("Messages"): viewer.number(replay.messages),
        },
    )


def _table(viewer: Viewer, found: Backtest, same: bool) -> None:
    text = viewer.text
    lines = [_Line(text("As it is now"), one) for one in found.present.firings]
    lines += [_Line(text("With these"), one) for one in ([] if same else found.proposed.firings)]
    if not lines:
        st.caption(text("It would never have fired."))
        return
    columns: list[Column[_Line]] = [
        tables.instant(viewer, text("Fired"), lambda row: row.firing.since, width=150),
        tables.words(text("Threshold"), lambda row: row.side, width=130),
        tables.states(viewer, text("How bad"), lambda row: [alert_words.SEVERITY[row.firing.severity]], alert_words.SEVERITY.values(), width=150),
        tables.number(text("Lasted"), lambda row: ((row.firing.until or found.until) - row.firing.since).total_seconds(), viewer.duration, width=120),
    ]  # fmt: skip
    newest = sorted(lines, key=lambda line: line.firing.since, reverse=True)
    tables.draw(
        viewer, "table-firings", columns, newest, alt=text("Firings of both, newest first"), height="auto"
    )


def how_known(viewer: Viewer, found: Backtest) -> str:
    """From when on anything is known, and how each part of it came about."""
    text, series = viewer.text, found.series
    parts = [text("History reaches back to {time}.", time=viewer.instant(series.reaches_back_to))]
    evaluated = series.evaluated_from
    if evaluated is not None and evaluated == series.reaches_back_to:
        parts.append(text("All readings stand as they were evaluated then."))
    else:
        end = text("Until {time}", time=viewer.instant(evaluated)) if evaluated else text("So far")
        parts.append(
            text("{until} the readings are worked out from stored facts, one every {step}", until=end, step=viewer.duration(timedelta(minutes=round(series.step / timedelta(minutes=1))) if series.step > timedelta(minutes=2) else series.step))
            + (text(" and at the end of each run.") if series.at_ends_of_runs else ".")
        )  # fmt: skip
        if evaluated is not None:
            parts.append(text("From then on they stand as they were evaluated."))
    if series.by_the_hour_until is not None:
        parts.append(text("API calls before {time} are known by the hour only.", time=viewer.instant(series.by_the_hour_until)))  # fmt: skip
    if series.thinned:
        parts.append(text("Runs are too many to look at each: not every one was."))
    parts.append(
        text("Messages are those to one reader if nobody acknowledges the alert, repeats among them.")
    )
    return " ".join(parts)
