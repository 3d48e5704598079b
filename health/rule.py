"""A rule: from which reading of an indicator on an integration is degraded or failing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from core.units import Threshold, Window
from health.registry import indicators

NoData = Literal["keep", "alert", "ok"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. window: None = the indicator's own; where: see `RuleSettings`; configured: by a person.

    warning, critical: from where on degraded and failing; fewer than min_events events are no data.
    The rest is for alerts alone. resolve: a firing one is over from there on, None = as soon as neither
    threshold is met; hold: it lasts so long before it fires (`for`); keep_firing_for: it is over so long
    before it has recovered; no_data: stays as it is, fires, or is over; repeat: told again after that;
    notify: keys of the channels told at once.
    unless_scheduled: only for integrations without a schedule; if_promised: only for those with an `slo`
    under which its thresholds can be reached at all.
    """

    key: str
    name: str
    indicator: str
    window: Window | None = None
    warning: Threshold | None = None
    critical: Threshold | None = None
    min_events: int = 1
    where: Mapping[str, Sequence[str]] = field(default_factory=dict)
    unless_scheduled: bool = False
    if_promised: bool = False
    configured: bool = False
    resolve: Threshold | None = None
    hold: timedelta = timedelta(0)
    keep_firing_for: timedelta = timedelta(0)
    no_data: NoData = "keep"
    repeat: timedelta = timedelta(hours=4)
    notify: tuple[str, ...] = ()

    @property
    def effective_window(self) -> Window | None:
        """The window it looks back over; None where its indicator looks at none."""
        return self.window or indicators()[self.indicator].default_window
