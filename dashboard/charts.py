"""Charts that people explore: our Plotly template in both themes, times in the viewer's zone."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import plotly.graph_objects as go
import streamlit as st

from dashboard.viewer import Viewer

_MANY = 60
"""With more points than this bars touch and lines have no dots."""

_FONT = '"Source Sans", sans-serif'
_CONFIG = {"displayModeBar": False, "responsive": True, "showTips": False}


COUNTS = tuple(digit * 10**power for power in range(10) for digit in (1, 2, 5))
SECONDS = (
    *(digit / 1000 * 10**power for power in range(3) for digit in (1, 2, 5)),
    *(1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400, 172800, 604800),
)
"""Steps between the marks of an axis: round numbers, and round durations in seconds."""


@dataclass(frozen=True, slots=True)
class Ink:
    """The colours of a drawing in one theme."""

    text: str
    faint: str
    grid: str
    paper: str
    lines: tuple[str, ...]


_LIGHT = Ink(
    "#0f172a", "#475569", "#e2e8f0", "#ffffff", ("#1d4ed8", "#b45309", "#0e7490", "#7c3aed", "#64748b")
)
_DARK = Ink(
    "#e5eaf3", "#a9b7cb", "#26324a", "#131c2e", ("#60a5fa", "#fbbf24", "#22d3ee", "#a78bfa", "#94a3b8")
)


@dataclass(frozen=True, slots=True)
class Series:
    """One line or one layer of bars. values: None where there is no data, drawn as a gap."""

    name: str
    values: Sequence[float | None]
    color: str | None = None
    texts: Sequence[str] | None = None


def ticks(top: float, steps: Sequence[float]) -> list[float]:
    """Round marks from 0 to the first one not below `top`: at most five steps."""
    step = next((one for one in steps if one * 5 >= top), top / 5)
    count = max(1, math.ceil(top / step))
    return [step * number for number in range(count + 1)]


def ink(dark: bool) -> Ink:
    """The colours of this theme."""
    return _DARK if dark else _LIGHT


def bars(
    viewer: Viewer,
    key: str,
    times: Sequence[datetime],
    layers: Sequence[Series],
    *,
    alt: str,
    span: tuple[datetime, datetime],
    width: float,
    unit: str = "",
) -> None:
    """Stacked bars over time. span: what the axis covers; width: seconds that one bar stands for."""
    at = local(viewer, times)
    traces = [
        {
            "type": "bar", "x": at, "y": list(layer.values), "name": layer.name, "customdata": layer.texts,
            "marker": {"color": layer.color, "line": {"width": 0}}, "offset": 0,
            "width": width * 1000 * (0.86 if len(at) <= _MANY else 1),
            "hovertemplate": f"%{{y}} {layer.name}<extra></extra>",
        }
        for layer in layers
    ]  # fmt: skip
    stacked = [sum(layer.values[place] or 0 for layer in layers) for place in range(len(at))]
    marks = ticks(max(stacked, default=0), COUNTS)
    axis = {"range": [0, marks[-1]], "tickvals": marks, "ticktext": [viewer.number(mark) for mark in marks]}
    # The last bar stands for a stretch that is not over yet, and is drawn in its whole width all the same.
    ends = max([span[1], *(time + timedelta(seconds=width) for time in times[-1:])])
    layout = {**_layout(viewer, (span[0], ends), axis), "barmode": "stack", "bargap": 0}
    show_chart(go.Figure(data=traces, layout=layout), key, alt)


def lines(
    viewer: Viewer,
    key: str,
    times: Sequence[datetime],
    layers: Sequence[Series],
    *,
    alt: str,
    span: tuple[datetime, datetime],
    show: Callable[[float | None], str],
    ceiling: float | None = None,
) -> None:
    """Lines over time; a missing value is a gap. show: a value as text; ceiling: a line not to cross."""
    at, colors = local(viewer, times), ink(viewer.dark).lines
    traces = [
        {
            "type": "scatter", "x": at, "y": list(layer.values), "name": layer.name, "connectgaps": False,
            "mode": "lines+markers" if len(at) <= _MANY else "lines", "marker": {"size": 4},
            "line": {"color": layer.color or colors[place % len(colors)], "width": 1.8,
                     "dash": "solid" if place % 2 == 0 else "dot"},
            "text": [show(value) for value in layer.values],
            "hovertemplate": f"%{{text}} {layer.name}<extra></extra>",
        }
        for place, layer in enumerate(layers)
    ]  # fmt: skip
    known = [value for layer in layers for value in layer.values if value is not None]
    marks = [0, 0.25, 0.5, 0.75, 1] if ceiling else ticks(max(known, default=1.0), SECONDS)
    axis = {
        "range": [0, marks[-1] * 1.05],
        "tickvals": marks,
        "ticktext": [show(mark) if mark or ceiling else "0" for mark in marks],
    }
    show_chart(go.Figure(data=traces, layout=_layout(viewer, span, axis)), key, alt)


def figure_over(viewer: Viewer, span: tuple[datetime, datetime]) -> go.Figure:
    """An empty drawing over a stretch of time, in the viewer's zone and theme."""
    return go.Figure(layout=_layout(viewer, span, {}))


def _layout(
    viewer: Viewer, span: tuple[datetime, datetime], y_axis: Mapping[str, object]
) -> dict[str, object]:
    """The same as one dictionary, because Plotly takes milliseconds for each single change of a figure."""
    colors = ink(viewer.dark)
    short = (span[1] - span[0]).total_seconds() <= 2 * 86400
    day = "%d.%m" if viewer.language == "ru" else "%-d %b"
    axis = {
        "gridcolor": colors.grid,
        "zeroline": False,
        "tickfont": {"color": colors.faint, "size": 11},
        "automargin": True,
    }
    return {
        "template": "none", "height": 240, "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
        "paper_bgcolor": "rgba(0,0,0,0)", "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": _FONT, "color": colors.text, "size": 12},
        "hovermode": "x unified", "dragmode": False, "separators": ", " if viewer.language == "ru" else ".,",
        "hoverlabel": {"bgcolor": colors.paper, "bordercolor": colors.grid, "font": {"color": colors.text}},
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "font": {"color": colors.text}},
        "xaxis": {
            **axis, "showgrid": False, "range": local(viewer, span), "nticks": 8, "ticks": "outside",
            "tickformat": f"%H:%M\n{day}" if short else day, "hoverformat": f"{day} %H:%M", "tickcolor": colors.grid,
        },
        "yaxis": {**axis, **y_axis},
    }  # fmt: skip


def local(viewer: Viewer, times: Sequence[datetime]) -> list[datetime]:
    """Instants as the viewer's wall clock."""
    # Plotly draws aware times in UTC: give it the wall clock of the viewer's zone instead.
    return [at.astimezone(viewer.zone).replace(tzinfo=None) for at in times]


def show_chart(figure: go.Figure, key: str, alt: str) -> None:
    """Put a drawing on the page; alt: what it shows, for those who do not see it."""
    st.plotly_chart(figure, theme=None, key=key, config=_CONFIG, alt=alt)
