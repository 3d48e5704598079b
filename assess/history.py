"""What a rule read on one integration in the past: as it was evaluated then, else worked out from the facts.

For backtests: nothing is made up where no facts reach, and every stretch says how it is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from assess.plan import MEASURING, plan_of
from core.alert_states import AlertKey
from core.settings import Settings
from health.context import IndicatorContext
from health.registry import indicators
from health.rules import Rule, volumes_of, windows_of
from health.status import read_rule
from storage import queries
from storage.facts.stretch import Stretch, oldest_known, stretch

POINTS, RUN_POINTS, FEW_POINTS = 8640, 2880, 720
"""In how many steps a stretch is looked at; fewer where the ends of runs are looked at besides, or histograms read."""
MOST_TURNS = 6000
"""More ends of runs than this are thinned out evenly."""
STORED_AT_LEAST_EVERY = timedelta(hours=1)
"""While anybody evaluates, a reading is stored at least so often."""
_SHORTEST = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Sample:
    """One reading of the past. value: None = no data then, or too few events."""

    at: datetime
    value: float | None
    events: int = 0


@dataclass(frozen=True, slots=True)
class Series:
    """The readings of a rule, rising in time.

    reaches_back_to: from when on there is any, None = nothing is known; step: the longest stretch between
    two that were worked out; evaluated_from: from then on they stand as they were evaluated, None = all are
    worked out from the facts; by_the_hour_until: until then API calls are known by the hour only;
    at_ends_of_runs: whether it was looked at there too; thinned: not at every one of them.
    """

    samples: tuple[Sample, ...] = ()
    reaches_back_to: datetime | None = None
    step: timedelta = _SHORTEST
    evaluated_from: datetime | None = None
    by_the_hour_until: datetime | None = None
    at_ends_of_runs: bool = False
    thinned: bool = False


def series(
    connection: queries.Connection,
    settings: Settings,
    integration: str,
    rule: Rule,
    since: datetime,
    until: datetime,
) -> Series:
    """What the rule read in [since, until]; evaluations are used where its reading is as configured."""
    watch = plan_of(settings).watches.get(integration)
    if watch is None or since >= until:
        return Series()
    own = next((one for one in watch.rules if one.key == rule.key), None)
    evaluated: Sequence[Sample] = ()
    if own is not None and _reads_alike(own, rule):
        evaluated = _evaluated(connection, AlertKey(rule.key, integration), since, until)
    start = max(since, oldest_known(connection, integration) or until)
    end = evaluated[0].at if evaluated else until
    worked_out = (
        _worked_out(connection, rule, replace(watch.context, paused=False), integration, start, end)
        if start < end
        else Series()
    )
    return _joined(worked_out, evaluated)


def _reads_alike(one: Rule, other: Rule) -> bool:
    return (one.indicator, one.effective_window, one.min_events) == (
        other.indicator,
        other.effective_window,
        other.min_events,
    )


def _joined(worked_out: Series, evaluated: Sequence[Sample]) -> Series:
    before = (one for one in worked_out.samples if not evaluated or one.at < evaluated[0].at)
    samples = (*before, *evaluated)
    known = next((place for place, one in enumerate(samples) if one.value is not None), None)
    if known is None:
        return Series()
    return replace(
        worked_out,
        samples=samples[known:],
        reaches_back_to=samples[known].at,
        evaluated_from=evaluated[0].at if evaluated else None,
    )


def _evaluated(
    connection: queries.Connection, key: AlertKey, since: datetime, until: datetime
) -> Sequence[Sample]:
    """The stored readings; the one that held already at `since` stands there."""
    stored = queries.evaluations(connection, key, since, until)
    return [
        Sample(max(one.at, since), one.value, one.events)
        for one in stored
        if one.at > since - STORED_AT_LEAST_EVERY
    ]


def _worked_out(
    connection: queries.Connection,
    rule: Rule,
    context: IndicatorContext,
    integration: str,
    since: datetime,
    until: datetime,
) -> Series:
    measuring = rule.indicator in MEASURING
    windows = windows_of([rule])
    read = stretch(
        connection,
        integration,
        since,
        until,
        windows=windows,
        histograms=windows if measuring else (),
        volumes=volumes_of([rule]),
        parts=_parts(rule),
    )
    points = FEW_POINTS if measuring else RUN_POINTS if "runs" in _parts(rule) else POINTS
    step = max((until - since) / points, _SHORTEST)
    turns = [] if measuring else [at for at in read.turns() if since <= at <= until]
    kept = turns[:: -(-len(turns) // MOST_TURNS)] if len(turns) > MOST_TURNS else turns
    hourly = read.hours_until()
    return Series(
        samples=tuple(_samples(read, rule, context, sorted({*_grid(since, until, step), *kept}))),
        step=step,
        by_the_hour_until=hourly if hourly is not None and hourly > since else None,
        at_ends_of_runs=bool(kept),
        thinned=len(kept) < len(turns),
    )


def _parts(rule: Rule) -> set[str]:
    """What of the facts its indicator reads; one that counts time since, also up to when runs are known."""
    indicator = indicators()[rule.indicator]
    since = indicator.reads == "runs" and indicator.default_window is None
    return {indicator.reads or "sources", *(("sources",) if since else ())}


def _samples(
    read: Stretch, rule: Rule, context: IndicatorContext, instants: Sequence[datetime]
) -> list[Sample]:
    found = []
    for at, facts in zip(instants, read.at(instants), strict=False):
        reading = read_rule(rule, facts, replace(context, now=at)).reading
        found.append(Sample(at, reading.value, reading.events))
    return found


def _grid(since: datetime, until: datetime, step: timedelta) -> list[datetime]:
    return [since + step * place for place in range(int((until - since) / step) + 1)]
