"""What the pages read as it is stored, through short connections and a few seconds of shared memory.

Nothing here writes. What is read is frozen, so one copy serves all visitors; it ages honestly, because
every panel says of when it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

import streamlit as st

from core.records import OPEN_STATUSES, RunStatus
from core.settings import Settings
from dashboard.house import ConfigurationState, house
from dashboard.ranges import Range
from storage import queries
from storage.queries import Connection, Page
from storage.queries.routes import unrouted_values as unrouted
from storage.queries.rows import (
    CountRow,
    CredentialRow,
    QuotaRow,
    RecordEventRow,
    RunRow,
)
from storage.queries.rows_operation import AuditRow, DatabaseFacts, PollRow, SourceState
from storage.queries.rows_series import CallPoint, EndpointRow, RunPoint

T = TypeVar("T")
SHORTLY = timedelta(seconds=5)
"""For how long one reading serves everybody."""
MOST = 200
"""Rows in the longest lists."""


@dataclass(frozen=True, slots=True)
class QuotaSeries:
    """used: for each limit's name its used share at each of the times, None = no data."""

    times: Sequence[datetime]
    used: Mapping[str, Sequence[float | None]]


def settings() -> Settings:
    """The settings at work."""
    return house().settings()


def name_of(key: str) -> str:
    """What people call an integration; its key where it is no longer configured."""
    one = settings().integration(key)
    return one.name if one else key


def configuration() -> ConfigurationState:
    """How the configuration file stands."""
    return house().configuration()


def settings_path() -> str:
    """The configuration file's path, as a person writes it."""
    return str(settings().path)


def database_address() -> str:
    """The database's address without its password."""
    return house().open_store().url


def run_series(key: str, span: Range, now: datetime) -> Sequence[RunPoint]:
    """Runs by outcome over the range."""
    since = span.since(now)
    return shared(
        f"run series {key} {span.key}",
        lambda connection: queries.run_series(connection, key, since, now, span.step),
    )


def call_series(key: str, span: Range, now: datetime) -> Sequence[CallPoint]:
    """API calls over the range."""
    since = span.since(now)
    return shared(
        f"call series {key} {span.key}",
        lambda connection: queries.call_series(connection, key, since, now, span.step),
    )


def endpoints(key: str, span: Range, now: datetime) -> Sequence[EndpointRow]:
    """API calls by endpoint within the range."""
    since = span.since(now)
    return shared(
        f"endpoints {key} {span.key}", lambda connection: queries.endpoints(connection, key, since, now)
    )


def runs(key: str, span: Range, now: datetime) -> Page[RunRow]:
    """The newest runs of the range."""
    since = span.since(now)
    return shared(
        f"runs {key} {span.key}",
        lambda connection: queries.runs(connection, integration=key, since=since, limit=MOST),
    )


def run(key: str, reference: str, now: datetime) -> RunRow | None:
    """One run by its reference in an address: `o` or `e` for open or ended, and its id."""
    kind, number = reference[:1], reference[1:]
    if kind not in "oe" or not number.isdecimal():
        return None
    wanted = OPEN_STATUSES if kind == "o" else frozenset(RunStatus) - OPEN_STATUSES

    def find(connection: Connection) -> RunRow | None:
        after: str | None = None
        for _ in range(5):
            page = queries.runs(connection, integration=key, statuses=wanted, after=after, limit=1000)
            found = next((row for row in page.items if row.id == int(number)), None)
            if found or not page.next:
                return found
            after = page.next
        return None

    return shared(f"run {key} {reference}", find)


def quotas(key: str, now: datetime) -> Sequence[QuotaRow]:
    """Each rate limit as last seen."""
    return shared(f"quotas {key}", lambda connection: queries.latest_quotas(connection, now, key))


def credentials(key: str, now: datetime) -> Sequence[CredentialRow]:
    """Each key as last seen."""
    return shared(f"keys {key}", lambda connection: queries.latest_credentials(connection, now, key))


def counts(key: str) -> Sequence[CountRow]:
    """How many records each source of the integration counted last, by entity."""
    return shared(f"counts {key}", lambda connection: queries.latest_counts(connection, key))


def record_events(key: str, span: Range, now: datetime) -> Sequence[RecordEventRow]:
    """The last steps of records in the range, newest first."""
    since = span.since(now)
    return shared(
        f"events {key} {span.key}",
        lambda connection: queries.record_events(connection, key, since=since, limit=200).items,
    )


def quota_series(key: str, span: Range, now: datetime) -> QuotaSeries:
    """How far each limit was used, by the hour, at its fullest."""
    since = span.since(now)
    hours = shared(
        f"quota hours {key} {span.key}",
        lambda connection: queries.quota_hours(connection, key, since, now),
    )
    times = sorted({hour.at for hour in hours})
    used: dict[str, dict[datetime, float | None]] = {}
    for hour in hours:
        used.setdefault(" · ".join(dict.fromkeys([hour.scope, hour.quota])), {})[hour.at] = (
            hour.most_used_ratio
        )
    return QuotaSeries(times, {name: [values.get(at) for at in times] for name, values in used.items()})


def source_states(now: datetime) -> Sequence[SourceState]:
    """Every source, how it was last seen and what it costs."""
    return shared("sources", lambda connection: queries.source_states(connection, now))


def unrouted_values() -> Sequence[tuple[str, str]]:
    """(shared source, value) of the values that match no integration."""
    return shared("unrouted", unrouted)


def polls() -> Sequence[PollRow]:
    """The latest looks."""
    return shared("polls", lambda connection: queries.polls(connection, limit=20).items)


def audit() -> Sequence[AuditRow]:
    """The latest actions."""
    return shared("audit", lambda connection: queries.audit_trail(connection, limit=100).items)


def database_facts() -> DatabaseFacts:
    """Which database it is, and how large."""
    return shared("database", queries.database_facts)


def shared(what: str, read: Callable[[Connection], T]) -> T:
    """What was read of late for anybody, or a reading now; a failed reading is not remembered."""
    current = house()
    key = (id(current), settings().digest, what)
    return _remembered(key, lambda: _read(read))


@st.cache_resource(ttl=SHORTLY, max_entries=500, show_spinner=False)
def _remembered(key: tuple[int, str, str], _read_now: Callable[[], T]) -> T:
    return _read_now()


def forget() -> None:
    """Read everything anew; a test that changes the house asks for it."""
    _remembered.clear()


def _read(read: Callable[[Connection], T]) -> T:
    with house().open_store().read() as connection:
        return read(connection)
