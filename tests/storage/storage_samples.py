"""What the writer's tests write: a small configuration and records made short."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from core.records import RunStatus, SyncRun
from core.settings import Registries, Settings, SourceSettings, loads
from core.units import Unit
from storage.keys import SourceKey

NOW = datetime(2026, 11, 24, 12, 30, tzinfo=UTC)
CRM = SourceKey("crm", "log")
HR = SourceKey("hr", "api")

CONFIGURATION = """
timezone: {zone}
contacts:
  support: {{name: Support, email: support@example.com}}
integrations:
  - key: crm
    name: CRM
    method: api
    source_system: CRM
    tags: [sales]
    contacts: [{{who: support, after: 10m}}]
    sources:
      - {{type: sample, name: log}}
      - {{type: sample, name: gateway, side: source}}
  - key: hr
    name: HR
    method: csv
    source_system: HR
    sources: [{{type: sample, name: api, every: 5m}}]
"""


def configuration(text: str = CONFIGURATION, *, zone: str = "Europe/Moscow") -> Settings:
    """Settings with two integrations; or those of another text."""
    registries = Registries(sources={"sample": SourceSettings}, indicators={"run_failure_ratio": Unit.RATIO})
    return loads(text.format(zone=zone), "monitor.yaml", registries)


def at(minutes: float) -> datetime:
    """So many minutes before NOW."""
    return NOW - timedelta(minutes=minutes)


def run(
    external_id: str,
    status: str = "succeeded",
    *,
    started: float | None = 11,
    finished: float | None = 10,
    job: str = "sync",
    attempt: int = 1,
    records_read: int | None = None,
    records_failed: int | None = None,
    error_message: str | None = None,
    trigger: str | None = None,
    url: str | None = None,
    duration_seconds: float | None = None,
) -> SyncRun:
    """A run; started, finished: minutes before NOW."""
    return SyncRun(
        external_id=external_id,
        status=RunStatus(status),
        job=job,
        started_at=None if started is None else at(started),
        finished_at=None if finished is None else at(finished),
        attempt=attempt,
        records_read=records_read,
        records_failed=records_failed,
        error_message=error_message,
        trigger=trigger,
        url=url,
        duration_seconds=duration_seconds,
    )
