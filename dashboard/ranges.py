"""The one choice of how far the pages look back, and the grain that suits each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import streamlit as st

from core.i18n import N_
from dashboard import links
from dashboard.viewer import Viewer

RANGE = "range"


@dataclass(frozen=True, slots=True)
class Range:
    """key: as in the address; label: a message id; step: of the charts' points."""

    key: str
    label: str
    length: timedelta
    step: Literal["hour", "day"]

    @property
    def step_seconds(self) -> float:
        """How long one point stands for."""
        return 3600.0 if self.step == "hour" else 86400.0

    def since(self, now: datetime) -> datetime:
        """Where it begins."""
        return now - self.length


RANGES = {
    one.key: one
    for one in (
        Range("24h", N_("24 hours"), timedelta(hours=24), "hour"),
        Range("7d", N_("7 days"), timedelta(days=7), "hour"),
        Range("30d", N_("30 days"), timedelta(days=30), "day"),
    )
}
DEFAULT = "24h"
LONGEST = RANGES["30d"]


def choose(viewer: Viewer) -> Range:
    """The control; its choice stands in the address."""
    chosen = links.chosen(RANGE, list(RANGES), DEFAULT) or DEFAULT
    st.segmented_control(
        viewer.text("Look back over"),
        list(RANGES),
        format_func=lambda key: viewer.text(RANGES[key].label),
        key=links.seed(RANGE, chosen),
        on_change=links.keep(RANGE, DEFAULT),
        required=True,
        label_visibility="collapsed",
    )
    return RANGES[chosen]
