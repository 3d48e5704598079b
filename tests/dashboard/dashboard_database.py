"""A database as a month of work leaves it, seen from a given instant: one integration of each kind of trouble."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from assess.refresh import snapshots
from core.histogram import Histogram
from core.records import (
    ApiCalls,
    Batch,
    BatchMode,
    CredentialReading,
    ErrorClass,
    ErrorOrigin,
    FailedRecord,
    Poll,
    PollResult,
    Problem,
    QuotaReading,
    RunStatus,
    SyncRun,
)
from core.settings import Registries, Settings, SourceSettings
from core.settings.loading import loads
from storage.keys import SourceKey
from storage.migrate import upgrade
from storage.store import Store, open_store
from storage.writer import Writer

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CONFIGURATION = """
timezone: Europe/Moscow
language: {language}
contacts:
  support: {{name: Integration support, email: support@butterboard.online, phone: "+7 495 000-00-00"}}
  anna: {{name: Анна Серова, email: anna.serova@butterboard.online}}
integrations:
"""
ONE = """
  - key: {key}
    name: {name}
    method: {method}
    source_system: {system}
    criticality: {criticality}
    schedule: {{every: 1h, grace: 20m}}
    slo: {{success: 99.5%, of: runs, window: 30d}}
    contacts: [{{who: support, after: 0m}}, {{who: anna, after: 30m}}]
    docs: https://developers.butterboard.online/api
    paused: {paused}
    sources:
      - {{type: rest, name: sync-log, every: 60s, side: target}}
      - {{type: access_log, name: gateway, every: 60s, side: target}}
      - {{type: probe, name: probe, every: 5m, side: source}}
"""
KINDS = {
    "peoplesoft": ("PeopleSoft → Butterboard", "api", "failing"),
    "bamboohr": ("BambooHR → Butterboard", "api", "key"),
    "zup": ("1С:ЗУП → Butterboard", "csv", "late"),
    "sap": ("SAP SuccessFactors → Butterboard", "custom", "blind"),
    "workday": ("Workday → Butterboard", "api", "slow"),
    "hibob": ("HiBob → Butterboard", "partner", "quota"),
    "personio": ("Personio → Butterboard", "api", "well"),
    "zoho": ("Zoho People → Butterboard", "partner", "well"),
    "adp": ("ADP Workforce Now → Butterboard", "custom", "well"),
    "staff": ("Staff list → Butterboard", "csv", "well"),
    "greenhouse": ("Greenhouse → Butterboard", "api", "well"),
    "odoo": ("Odoo → Butterboard", "api", "paused"),
}


def text_of(language: str) -> str:
    """The configuration of the twelve integrations as a person writes it."""
    return CONFIGURATION.format(language=language) + "".join(
        ONE.format(
            key=key,
            name=name,
            method=method,
            system=name.split(" →")[0],
            criticality="high" if kind == "failing" else "normal",
            paused="true" if kind == "paused" else "false",
        )
        for key, (name, method, kind) in KINDS.items()
    )


def settings(language: str = "en") -> Settings:
    """The same, loaded."""
    return loads(text_of(language), "monitor.yaml", registries())


def registries() -> Registries:
    """The types of sources that the configuration names."""
    return Registries(sources=dict.fromkeys(("rest", "access_log", "probe"), SourceSettings))


def nothing(language: str = "en") -> Settings:
    """A configuration that watches nothing yet."""
    return loads(f"language: {language}\n", "monitor.yaml", registries())


def fill(path: Path, now: datetime, language: str = "en", days: int = 30) -> Store:
    """Make the database and write the month into it; the store can be read."""
    url = f"sqlite:///{path}"
    upgrade(url)
    store = open_store(url, writable=True)
    writer, configuration = Writer(store), settings(language)
    writer.configure(configuration, now - timedelta(days=days))
    for key, (_, _, kind) in KINDS.items():
        if kind != "paused":
            _write(writer, key, kind, now, days)
    writer.record_action(
        "local", "configuration taken over", "monitor.yaml", {"integrations": 12}, now - HOUR
    )
    refresh(store, configuration, now)
    return store


def refresh(store: Store, configuration: Settings, now: datetime) -> None:
    """Bring the snapshot up to an instant, as the worker does."""
    with store.read() as connection:
        rows = snapshots(connection, configuration, now)
    Writer(store).save_overview(rows)


def _write(writer: Writer, key: str, kind: str, now: datetime, days: int) -> None:
    dice = random.Random(key)
    runs = list(_runs(dice, kind, now, days))
    failed = [one for run in runs if run.records_failed for one in _failed(run, run.records_failed)]
    sync = SourceKey(key, "sync-log")
    _batch(writer, sync, Batch(cursor={"at": "end"}, runs=runs, failed_records=failed), now)
    calls = list(_calls(dice, kind, now, days))
    _batch(
        writer, SourceKey(key, "gateway"), Batch(cursor={"line": 1}, mode=BatchMode.DELTA, calls=calls), now
    )
    _batch(
        writer,
        SourceKey(key, "probe"),
        Batch(cursor={}, quotas=list(_quotas(dice, key, kind, now)), credentials=[_credential(kind, now)]),
        now,
    )
    for name in ("sync-log", "gateway", "probe"):
        _poll(writer, SourceKey(key, name), kind, now)


def _batch(writer: Writer, source: SourceKey, batch: Batch, now: datetime) -> None:
    writer.write(source, batch, revision=0, now=now, horizon=None)


def _runs(dice: random.Random, kind: str, now: datetime, days: int) -> Iterator[SyncRun]:
    last = 5 if kind == "late" else 0
    for back in range(days * 24, last, -1):
        started = now - HOUR * back + timedelta(minutes=51)
        status = RunStatus.SUCCEEDED if dice.random() > 0.006 else RunStatus.FAILED
        if kind in {"failing", "key"} and back <= 4:
            status = RunStatus.FAILED
        elif dice.random() < 0.03:
            status = RunStatus.PARTIAL
        yield _run(dice, kind, started, status, back)
    if kind == "well":
        yield SyncRun(
            external_id="now", status=RunStatus.RUNNING, job="people", started_at=now - timedelta(minutes=1)
        )


def _run(dice: random.Random, kind: str, started: datetime, status: RunStatus, back: int) -> SyncRun:
    bad = status in (RunStatus.FAILED, RunStatus.PARTIAL)
    refused = kind == "key" and back <= 4
    read = dice.randint(400, 600)
    lost = dice.randint(3, 40) if bad and not refused else 0
    return SyncRun(
        external_id=f"scheduled__{started:%Y-%m-%dT%H:%M}",
        job="people",
        status=status,
        started_at=started,
        finished_at=started + timedelta(seconds=dice.randint(40, 140)),
        trigger="schedule",
        records_read=read,
        records_written=0 if refused else read - lost,
        records_failed=lost,
        error_origin=(ErrorOrigin.BUTTERBOARD if refused else ErrorOrigin.SOURCE) if bad else None,
        error_class=(ErrorClass.AUTHENTICATION if refused else ErrorClass.MISSING_REFERENCE) if bad else None,
        error_code=("401" if refused else "422") if bad else None,
        error_message=("Unauthorized: the key has expired" if refused else f"manager_id {dice.randint(100, 130)} does not exist: {lost} records refused") if bad else None,
        url="https://airflow.example.org/dags/people/grid",
    )  # fmt: skip


def _failed(run: SyncRun, count: int) -> Iterator[FailedRecord]:
    assert run.started_at is not None
    for number in range(min(count, 5)):
        missing = number % 4 != 3
        yield FailedRecord(
            record_key=f"hmac:{abs(hash((run.external_id, number))) % 16**10:010x}",
            occurred_at=run.started_at + timedelta(seconds=10 + number),
            entity="user",
            job="people",
            run_external_id=run.external_id,
            root_key="118" if missing else None,
            error_origin=ErrorOrigin.SOURCE,
            error_class=ErrorClass.MISSING_REFERENCE if missing else ErrorClass.VALIDATION,
            error_code="422",
            error_message="manager_id 118 does not exist" if missing else "email is not an address",
            fingerprint="manager_id <n> does not exist" if missing else "email is not an address",
            payload='{"email": "j***@b***.com", "manager_id": 118}',
        )


def _calls(dice: random.Random, kind: str, now: datetime, days: int) -> Iterator[ApiCalls]:
    top = now.replace(second=0, microsecond=0)
    for back in range(min(days, 8) * 24 * 4, -1, -1):
        minute = top - timedelta(minutes=15 * back)
        trouble = kind == "slow" and back < 12
        took = Histogram([dice.uniform(0.05, 0.4) * (20 if trouble else 1) for _ in range(12)])
        users, one = ("POST", "/api/v1/users"), ("GET", "/api/v1/users/{id}")
        yield ApiCalls(
            minute=minute,
            method=users[0],
            endpoint=users[1],
            status=201,
            calls=dice.randint(40, 90),
            latency=took,
        )
        yield ApiCalls(
            minute=minute,
            method=one[0],
            endpoint=one[1],
            status=200,
            calls=dice.randint(60, 120),
            latency=took,
        )
        yield ApiCalls(
            minute=minute, method=users[0], endpoint=users[1], status=422, calls=dice.randint(0, 3) or 1
        )
        if trouble or dice.random() < 0.05:
            yield ApiCalls(
                minute=minute, method=one[0], endpoint=one[1], status=502, calls=30 if trouble else 1
            )


def _quotas(dice: random.Random, key: str, kind: str, now: datetime) -> Iterator[QuotaReading]:
    for back in range(7 * 24, -1, -1):
        full = 0.95 if kind == "quota" and back < 3 else 0.2 + 0.4 * dice.random()
        at = now - HOUR * back - timedelta(minutes=2)
        yield QuotaReading(
            scope=f"{key}-key-1",
            quota="requests per hour",
            observed_at=at,
            limit=5000,
            remaining=round(5000 * (1 - full)),
            resets_at=at + timedelta(minutes=33),
            window_seconds=3600,
        )


def _credential(kind: str, now: datetime) -> CredentialReading:
    seen = now - timedelta(minutes=2)
    if kind == "key":
        return CredentialReading(
            observed_at=seen, valid=False, reason="401 Unauthorized: the key has expired"
        )
    return CredentialReading(
        observed_at=seen, valid=True, expires_at=now + (9 if kind == "slow" else 200) * DAY
    )


def _poll(writer: Writer, source: SourceKey, kind: str, now: datetime) -> None:
    for back in range(6, 0, -1):
        at = now - timedelta(seconds=60 * back - 40)
        failed = kind == "blind"
        if failed and back == 6:
            at, failed = now - 3 * HOUR, False
        bad = 2 if kind == "slow" and source.source == "gateway" else 0
        problem = Problem(
            kind="bad_line", where="access.log:4413", message="not a line of the combined format", count=2
        )
        writer.save_poll(
            source,
            Poll(
                started_at=at,
                finished_at=at + timedelta(milliseconds=340),
                result=PollResult.FAILED if failed else PollResult.OK,
                error="connection refused by sap.example.internal:443" if failed else None,
                records=0 if failed else 12,
                items=12,
                bad_items=bad,
                problems=[problem] if bad else [],
                bytes=8120,
                requests=1,
            ),
        )
