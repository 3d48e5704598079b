"""A configured store for the judge's tests, written to with hand-made records."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from assess.refresh import snapshots
from core.records import (
    ApiCalls,
    Batch,
    BatchMode,
    CredentialReading,
    FailedRecord,
    Poll,
    PollResult,
    QuotaReading,
    RunStatus,
    SyncRun,
)
from core.settings import Registries, Settings, SourceSettings, loads
from health.registry import units
from storage.keys import SourceKey
from storage.store import Store
from storage.writer import Writer

NOW = datetime(2026, 11, 24, 12, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class Sample(SourceSettings):
    """A source that brings whatever a test writes."""

    errors: tuple[str, ...] = ("4xx", "5xx")
    not_errors: tuple[str, ...] = ()


ONE = """
  - key: {key}
    name: {name}
    method: api
    source_system: HR
    {more}
    sources: [{{type: sample, name: log, every: 1m}}]
"""


def settings_of(*integrations: str, head: str = "") -> Settings:
    """Settings with these integrations (see `one`)."""
    text = f"timezone: Europe/Moscow\n{head}\nintegrations:\n" + "".join(integrations)
    return loads(text, "monitor.yaml", Registries(sources={"sample": Sample}, indicators=units()))


def one(key: str, name: str = "", more: str = "tags: []") -> str:
    """An integration with one source named `log`, polled each minute."""
    return ONE.format(key=key, name=name or key.upper(), more=more)


def run(external_id: str, status: str = "succeeded", minutes: float = 10, **more: object) -> SyncRun:
    """A run that ended so many minutes before NOW, after a minute."""
    ended = NOW - minutes * MINUTE
    return SyncRun(
        external_id=external_id,
        status=RunStatus(status),
        started_at=ended - MINUTE,
        finished_at=None if status in ("running", "queued") else ended,
        **more,  # type: ignore[arg-type]
    )


class House:
    """A store configured with settings, which were known for 40 days."""

    def __init__(self, store: Store, settings: Settings, known_for: timedelta = timedelta(days=40)) -> None:
        self.store, self.settings = store, settings
        self.writer = Writer(store)
        self.writer.configure(settings, NOW - known_for)
        self._revisions: dict[SourceKey, int] = {}

    def write(
        self,
        key: str,
        *runs: SyncRun,
        calls: tuple[ApiCalls, ...] = (),
        quotas: tuple[QuotaReading, ...] = (),
        credentials: tuple[CredentialReading, ...] = (),
        failed_records: tuple[FailedRecord, ...] = (),
        source: str = "log",
    ) -> None:
        """Store records of one integration's source."""
        of = SourceKey(key, source)
        revision = self._revisions.get(of, 0)
        batch = Batch(
            cursor={},
            mode=BatchMode.ABSOLUTE,
            runs=runs,
            calls=calls,
            quotas=quotas,
            credentials=credentials,
            failed_records=failed_records,
        )
        written = self.writer.write(of, batch, revision=revision, now=NOW, horizon=None)
        self._revisions[of] = written.revision

    def poll(
        self, key: str, minutes: float = 0.5, result: str = "ok", error: str | None = None, bad_items: int = 0
    ) -> None:
        """Store a poll of the source `log` that ended so many minutes before NOW."""
        ended = NOW - minutes * MINUTE
        poll = Poll(
            started_at=ended - timedelta(seconds=1),
            finished_at=ended,
            result=PollResult(result),
            error=error,
            bad_items=bad_items,
        )
        self.writer.save_poll(SourceKey(key, "log"), poll)

    def refresh(self, now: datetime = NOW, *, yesterday: bool = True) -> None:
        """Compute and store the overview, as the worker does."""
        with self.store.read() as connection:
            rows = snapshots(connection, self.settings, now, yesterday=yesterday)
        self.writer.save_overview(rows)


__all__ = ["MINUTE", "NOW", "House", "Sample", "one", "run", "settings_of"]
