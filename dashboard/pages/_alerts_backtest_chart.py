"""The drawing of a backtest: the readings with both thresholds, and below them when each would have fired."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import plotly.graph_objects as go

from alerts.backtest import Backtest, Replay
from assess.history import Sample
from core.alert_states import Severity
from core.units import Threshold, Unit
from dashboard import alert_words, charts, tuning
from dashboard.tuning import Wanted
from dashboard.viewer import Viewer
from health.rule import Rule

MOST_POINTS = 1200
"""More readings than this are drawn by the worst of each few."""

_HEIGHT = 320
_SHARES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.5)


def draw(viewer: Viewer, rule: Rule, wanted: Wanted, found: Backtest) -> None:
    """Put it on the page."""
    start = found.series.reaches_back_to or found.until
    figure = charts.figure_over(viewer, (start, found.until))
    figure.update_layout(height=_HEIGHT, barmode="overlay")
    proposed = tuning.tuned(rule, wanted)
    shown = worst_of(found.series.samples, MOST_POINTS, rises=(rule.warning or rule.critical or _ZERO).rises)
    _readings(figure, viewer, rule, shown)
    _limits(figure, viewer, rule, proposed, (start, found.until))
    for row, (name, replay) in enumerate(
        ((viewer.text("With these"), found.proposed), (viewer.text("As it is now"), found.present))
    ):
        _firings(figure, viewer, row, name, replay, found.until)
    _axes(figure, viewer, rule, proposed, shown)
    charts.show_chart(
        figure,
        "chart-backtest",
        viewer.text("Readings over time with both thresholds, and when each would have fired; the table holds the same."),
    )  # fmt: skip


_ZERO = Threshold.parse("> 0", Unit.COUNT)


def worst_of(samples: Sequence[Sample], most: int, *, rises: bool) -> list[Sample]:
    """At most so many samples: of each few the worst, so that no peak is lost."""
    size = -(-len(samples) // most)
    if size <= 1:
        return list(samples)
    chunks = (samples[place : place + size] for place in range(0, len(samples), size))
    return [_worst(chunk, rises) for chunk in chunks]


def _worst(chunk: Sequence[Sample], rises: bool) -> Sample:
    known = [one for one in chunk if one.value is not None]
    if not known:
        return chunk[0]
    return max(known, key=lambda one: (one.value or 0.0) if rises else -(one.value or 0.0))


def _readings(figure: go.Figure, viewer: Viewer, rule: Rule, samples: Sequence[Sample]) -> None:
    unit = tuning.unit_of(rule)
    figure.add_trace(
        go.Scatter(
            x=charts.local(viewer, [one.at for one in samples]), y=[one.value for one in samples],
            mode="lines", line={"color": charts.ink(viewer.dark).lines[0], "width": 1.6, "shape": "hv"},
            name=viewer.text("Reading"), connectgaps=False,
            text=[alert_words.measured(viewer, one.value, unit) for one in samples],
            hovertemplate=f"%{{text}} {viewer.text('Reading')}<extra></extra>",
        )
    )  # fmt: skip


def _limits(
    figure: go.Figure, viewer: Viewer, present: Rule, proposed: Rule, span: tuple[datetime, datetime]
) -> None:
    """The present thresholds dotted, the proposed ones drawn through."""
    at = charts.local(viewer, span)
    for severity in (Severity.WARNING, Severity.CRITICAL):
        look, now, then = (
            alert_words.SEVERITY[severity],
            _limit(present, severity),
            _limit(proposed, severity),
        )
        for one, dash, name in ((now, "dot", viewer.text("now")), (then, "solid", viewer.text("with these"))):
            if one is None or (dash == "dot" and one == then):
                continue
            label = f"{viewer.text(look.word)}, {viewer.text('now') if now == then else name}"
            figure.add_trace(
                go.Scatter(
                    x=at, y=[one.value, one.value], mode="lines", name=label, hoverinfo="skip",
                    line={"color": look.paint(viewer.dark), "width": 1.4, "dash": dash},
                )
            )  # fmt: skip


def _limit(rule: Rule, severity: Severity) -> Threshold | None:
    return rule.warning if severity is Severity.WARNING else rule.critical


def _firings(figure: go.Figure, viewer: Viewer, row: int, name: str, replay: Replay, until: datetime) -> None:
    for severity in (Severity.WARNING, Severity.CRITICAL):
        look = alert_words.SEVERITY[severity]
        some = [one for one in replay.firings if one.severity is severity]
        if not some:
            continue
        spans = [((one.until or until) - one.since).total_seconds() for one in some]
        figure.add_trace(
            go.Bar(
                x=[seconds * 1000 for seconds in spans], base=charts.local(viewer, [one.since for one in some]),
                y=[row] * len(some), orientation="h", width=0.62, yaxis="y2", showlegend=False,
                marker={"color": look.paint(viewer.dark), "line": {"width": 1.5, "color": look.paint(viewer.dark)}},
                text=[viewer.duration(seconds) for seconds in spans], textposition="none",
                hovertemplate=f"{name}: {viewer.text(look.word)}, %{{text}}<extra></extra>",
            )
        )  # fmt: skip


def _axes(figure: go.Figure, viewer: Viewer, rule: Rule, proposed: Rule, samples: Sequence[Sample]) -> None:
    unit = tuning.unit_of(rule)
    limits = (rule.warning, rule.critical, proposed.warning, proposed.critical)
    top = max([one.value for one in samples if one.value is not None] + [one.value for one in limits if one], default=1.0)  # fmt: skip
    marks = (
        [0, 0.25, 0.5, 0.75, 1] if unit is Unit.RATIO and 0.5 < top <= 1 else charts.ticks(top, _steps(unit))
    )
    figure.update_yaxes(
        domain=[0.24, 1], range=[0, marks[-1] * 1.04], tickvals=marks,
        ticktext=[alert_words.measured(viewer, mark, unit) for mark in marks],
    )  # fmt: skip
    colors = charts.ink(viewer.dark)
    figure.update_layout(
        hovermode="closest",
        yaxis2={
            "domain": [0, 0.16], "range": [-0.5, 1.5], "tickvals": [0, 1], "showgrid": False, "zeroline": False,
            "ticktext": [viewer.text("With these"), viewer.text("As it is now")], "automargin": True,
            "tickfont": {"color": colors.faint, "size": 11},
        },
    )  # fmt: skip
    figure.update_xaxes(anchor="y2")


def _steps(unit: Unit) -> Sequence[float]:
    steps: dict[Unit, Sequence[float]] = {Unit.SECONDS: charts.SECONDS, Unit.RATIO: _SHARES}
    return steps.get(unit, charts.COUNTS)
