"""The board: every integration judged, the worst first, and what changed within a day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache

from assess.feeding import completed
from assess.judge import WORST_FIRST, Verdict, unrouted_records, verdict_before, verdict_of, worst
from assess.numbers import DayNumbers, day_numbers, last_run, quota_used, used_ratio, weakest_credential
from assess.plan import Watch, plan_of
from assess.snapshot import snapshot_of
from core.facts import CredentialFact, Facts, QuotaFact, RunFact
from core.routing import UNROUTED
from core.same import Same
from core.settings import Settings
from health.status import Health, Level, RuleReading
from storage import queries
from storage.queries.rows_series import DayCell, OverviewRow

STRIP_DAYS = 30
_IMPORTANCE = {"high": 0, "normal": 1, "low": 2}
_RUNNING_OUT = frozenset(
    {"credential_invalid", "credential_expires_in_seconds", "quota_used_ratio", "quota_exhausted_in_seconds"}
)


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One integration with all that its line and its page's head need.

    last_run: the newest ended run, else the newest open one; quota: the fullest limit that still holds;
    quota_used_ratio: its used share in [0, 1]; credential: the key to worry about; strip: the last 30 local
    days, oldest first; owner: the name of the first to call, "" where nobody is named; refreshed_at: the
    instant of the facts.
    """

    verdict: Verdict
    facts: Facts
    numbers: DayNumbers
    last_run: RunFact | None
    quota: QuotaFact | None
    quota_used_ratio: float | None
    credential: CredentialFact | None
    strip: tuple[DayCell, ...]
    owner: str
    refreshed_at: datetime


@dataclass(frozen=True, slots=True)
class RunningOut:
    """A key or a limit that a rule warns of."""

    row: BoardRow
    reading: RuleReading


@dataclass(frozen=True, slots=True)
class Changes:
    """Against 24 hours before, only integrations that count: their rows, the worst first.

    new: not healthy now, and healthy or without records then; recovered: the other way round; still_open:
    not healthy then and now; missed: with scheduled runs that have not started; running_out: keys and
    limits that a rule warns of.
    """

    new: tuple[BoardRow, ...] = ()
    recovered: tuple[BoardRow, ...] = ()
    still_open: tuple[BoardRow, ...] = ()
    missed: tuple[BoardRow, ...] = ()
    running_out: tuple[RunningOut, ...] = ()


@dataclass(frozen=True, slots=True)
class Board:
    """All integrations at an instant. health: the worst that counts; counts: how many are how.

    apart: integrations that are paused or not live, which `counts` leaves out as it does the unrouted; refreshed_at: the oldest
    facts among the rows, None without any.
    """

    as_of: datetime
    health: Health
    counts: Mapping[Health, int]
    apart: int
    rows: tuple[BoardRow, ...]
    changes: Changes
    refreshed_at: datetime | None


def board(connection: queries.Connection, settings: Settings, now: datetime) -> Board:
    """The board as of now, from the snapshot; what the snapshot does not hold yet is read anew."""
    settings = completed(connection, settings)
    plan = plan_of(settings)
    snapshot = {row.integration: row for row in snapshot_of(connection, plan, now)}
    rows, before = [], {}
    for key, watch in plan.watches.items():
        stored = snapshot.get(key)
        if stored is None:
            continue
        row = _row(watch, stored, settings, now)
        if key != UNROUTED or unrouted_records(row.facts):
            rows.append(row)
        then = _then(watch, stored.before)
        if then is not None:
            before[key] = then
    return _board(rows, before, now)


def board_row(
    connection: queries.Connection, settings: Settings, integration: str, now: datetime
) -> BoardRow | None:
    """One integration's row; None where it is not configured, and no route made it."""
    settings = completed(connection, settings)
    watch = plan_of(settings).watches.get(integration)
    if watch is None:
        return None
    plan = replace(
        plan_of(settings), watches={integration: watch}, windows=watch.windows, volumes=watch.volumes
    )
    found = [row for row in snapshot_of(connection, plan, now) if row.integration == integration]
    return _row(watch, found[0], settings, now) if found else None


def _then(watch: Watch, facts: Facts | None) -> Verdict | None:
    """Yesterday's verdict; None where nothing was known. Unknown because nobody watched yet is no trouble to recover from."""
    if facts is None:
        return None
    verdict = _verdict_before(Same(watch), Same(facts))
    return verdict if facts.sources or verdict.health is not Health.UNKNOWN else None


@lru_cache(maxsize=4096)
def _verdict_before(watch: Same[Watch], facts: Same[Facts]) -> Verdict:
    """Yesterday's verdict does not change until its facts are read anew."""
    return verdict_before(watch.held, facts.held)


def _row(watch: Watch, stored: OverviewRow, settings: Settings, now: datetime) -> BoardRow:
    facts, one = stored.facts, watch.integration
    quota = quota_used(facts, now)
    first = next(
        (settings.contacts[ref.who].name for ref in one.contacts if ref.who in settings.contacts), ""
    )
    return BoardRow(
        verdict=verdict_of(watch, facts, now),
        facts=facts,
        numbers=day_numbers(facts, watch.context),
        last_run=last_run(facts),
        quota=quota,
        quota_used_ratio=used_ratio(quota) if quota else None,
        credential=weakest_credential(facts),
        strip=strip_until(stored.strip, now.astimezone(settings.zone).date()),
        owner=first,
        refreshed_at=stored.refreshed_at,
    )


def strip_until(cells: Sequence[DayCell], today: date) -> tuple[DayCell, ...]:
    """The 30 days that end today, oldest first; a day without runs is an empty cell."""
    by_day = {cell.day: cell for cell in cells}
    days = (today - timedelta(days=back) for back in reversed(range(STRIP_DAYS)))
    return tuple(by_day.get(day) or DayCell(day) for day in days)


def _board(rows: list[BoardRow], before: Mapping[str, Verdict], now: datetime) -> Board:
    ordered = tuple(sorted(rows, key=_worst_first))
    judged = [row for row in ordered if row.verdict.counts]
    found = Counter(row.verdict.health for row in judged)
    return Board(
        as_of=now,
        health=worst([row.verdict for row in ordered]),
        counts={health: found[health] for health in WORST_FIRST},
        apart=sum(not one.verdict.counts and one.verdict.integration.key != UNROUTED for one in ordered),
        rows=ordered,
        changes=_changes(judged, before),
        refreshed_at=min((row.refreshed_at for row in ordered), default=None),
    )


def _worst_first(row: BoardRow) -> tuple[bool, int, int, str, str]:
    one = row.verdict.integration
    place = WORST_FIRST.index(row.verdict.health)
    return not row.verdict.counts, place, _IMPORTANCE[one.criticality], one.name.casefold(), one.key


def _changes(rows: Sequence[BoardRow], before: Mapping[str, Verdict]) -> Changes:
    def bad_before(row: BoardRow) -> bool:
        then = before.get(row.verdict.integration.key)
        return then is not None and then.health is not Health.HEALTHY

    bad = [row for row in rows if row.verdict.health is not Health.HEALTHY]
    well = [row for row in rows if row.verdict.health is Health.HEALTHY]
    return Changes(
        new=tuple(row for row in bad if not bad_before(row)),
        recovered=tuple(row for row in well if bad_before(row)),
        still_open=tuple(row for row in bad if bad_before(row)),
        missed=tuple(row for row in rows if row.verdict.judgement.late),
        running_out=tuple(
            RunningOut(row, reading)
            for row in rows
            for reading in row.verdict.judgement.readings
            if reading.rule.indicator in _RUNNING_OUT and reading.level in (Level.WARNING, Level.CRITICAL)
        ),
    )
