"""Compares the stored rollups with those computed anew from raw rows, and looks for doubled runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import sqlalchemy as sa

from core.clock import from_micros
from storage import schema
from storage.days import Days, hour_of
from storage.pruned import pruned_until
from storage.recompute import Key, Rollup, call_rollups, group_rollup, run_rollups, stored_rollup
from storage.store import Store
from storage.zone import zone_of


class Difference(NamedTuple):
    """One thing that is not as its raw rows say. table, key: where; stored, computed: the two answers."""

    table: str
    key: str
    stored: str
    computed: str

    def __str__(self) -> str:
        return f"{self.table} {self.key}: stored {self.stored}, computed {self.computed}"


def verify(store: Store) -> list[Difference]:
    """Every difference between raw rows and what follows from them; [] when all is well.

    It covers what is not pruned. One snapshot is read, so that a writer may go on meanwhile.
    """
    with store.read() as connection:
        if store.engine_name == "postgresql":
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        return [*_runs(connection), *_calls(connection), *_groups(connection), *_doubled(connection)]


def _runs(connection: sa.Connection) -> list[Difference]:
    hour, day = (schema.run_hour, schema.run_hour_duration), (schema.run_day, schema.run_day_duration)
    return _summed(connection, schema.sync_run, run_rollups, hour, day)


def _calls(connection: sa.Connection) -> list[Difference]:
    hour, day = (schema.call_hour, schema.call_hour_latency), (schema.call_day, schema.call_day_latency)
    return _summed(connection, schema.call_minute, call_rollups, hour, day)


def _summed(
    connection: sa.Connection,
    raw: sa.Table,
    rollups: Callable[..., list[Rollup]],
    hour: tuple[sa.Table, sa.Table],
    day: tuple[sa.Table, sa.Table],
) -> list[Difference]:
    """What is summed by hour and by day. hour, day: the table of sums, and that of their histograms."""
    days = Days(zone_of(connection))
    raw_from = pruned_until(connection, raw)
    hours, by_day = rollups(connection, hour_of, days.day_of)
    stored_hours, stored_days = stored_rollup(connection, *hour), stored_rollup(connection, *day)
    since = max(raw_from, pruned_until(connection, hour[0]))
    since_day = _first_day(days, max(raw_from, pruned_until(connection, day[0])))
    return [
        *_compare(hour[0].name, stored_hours, hours, since),
        *_compare(day[0].name, stored_days, by_day, since_day),
    ]


def _groups(connection: sa.Connection) -> list[Difference]:
    since = max(pruned_until(connection, schema.failed_record), pruned_until(connection, schema.group_hour))
    stored = stored_rollup(connection, schema.group_hour, None)
    return _compare(schema.group_hour.name, stored, group_rollup(connection), since)


def _first_day(days: Days, since: int) -> int:
    """The first local day that is kept whole; 0 when nothing was pruned."""
    if since <= 0:
        return 0
    return since if days.day_of(since) == since else days.next_day(days.day_of(since))


def _compare(table: str, stored: Rollup, computed: Rollup, since: int) -> list[Difference]:
    found = []
    for key in sorted(stored.keys() | computed.keys()):
        mine, theirs = stored.get(key), computed.get(key)
        # A minute in which nobody called is known, and adds nothing: a stored row of nothing is not looked at either.
        if theirs is not None and theirs.nothing:
            theirs = None
        if key[1] < since or mine == theirs:
            continue
        where = _name(table, key)
        if mine is None or theirs is None or mine.sums != theirs.sums:
            found.append(Difference(table, where, str(mine and mine.sums), str(theirs and theirs.sums)))
        else:
            found.append(Difference(f"{table} (histogram)", where, str(mine.buckets), str(theirs.buckets)))
    return found


def _name(table: str, key: Key) -> str:
    owner = "group" if table == schema.group_hour.name else "integration"
    return f"{owner} {key[0]}, {from_micros(key[1]).isoformat()}, {', '.join(map(str, key[2:]))}".rstrip(", ")


def _doubled(connection: sa.Connection) -> list[Difference]:
    """Runs that stand in more than one row."""
    runs, opened = schema.sync_run, schema.open_run
    every = sa.union_all(
        sa.select(runs.c.source_id, runs.c.job_id, runs.c.external_id),
        sa.select(opened.c.source_id, opened.c.job_id, opened.c.external_id),
    ).subquery()
    identity = (every.c.source_id, every.c.job_id, every.c.external_id)
    count = sa.func.count()
    query = sa.select(*identity, count).group_by(*identity).having(count > 1).limit(100)
    return [
        Difference("sync_run", f"source {source}, job {job}, {external_id}", f"{rows} rows", "1 row")
        for source, job, external_id, rows in connection.execute(query)
    ]
