"""A house for the tests of alerts: a real store, a made source, the evaluator, and a clock of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from alerts.evaluate import Evaluator
from assess.refresh import snapshots
from core.alert_states import AlertEvent, AlertState
from core.alerting import Notice
from core.errors import StorageError
from core.records import Batch, BatchMode, Poll, PollResult, RunStatus, SyncRun
from core.settings import ChannelSettings, Registries, Settings, SourceSettings, loads
from health.registry import units
from storage import queries
from storage.keys import SourceKey
from storage.store import Store
from storage.writer import Writer

BEGIN = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
TICK = timedelta(seconds=10)

FAILURES = '{key: failures, name: Failures, indicator: consecutive_failures, warning: ">= 1", critical: ">= 3", for: 0s}'


CHAT = "chat: {type: made, group_wait: 0s, group_interval: 0s}"


def settings_of(
    *rules: str, integrations: str = "", head: str = "", every: str = "1m", channels: str = CHAT
) -> Settings:
    """Settings with these rules (built-in ones besides), the integration `crm` with one source, and a chat."""
    crm = f"{{key: crm, name: CRM, method: api, source_system: HR, sources: [{{type: made, name: log, every: {every}}}]}}"
    text = f"""
timezone: Europe/Riga
{head}
channels:
  {channels}
integrations: [{integrations or crm}]
alerts: [{", ".join(rules)}]
"""
    registries = Registries(
        sources={"made": SourceSettings}, indicators=units(), channels={"made": ChannelSettings}
    )
    return loads(text, "monitor.yaml", registries)


class House:
    """Polls, evaluates and delivers by its own hour.

    told: kinds of the notices that arrived, as (integration, rule, kind), oldest first.
    """

    def __init__(self, store: Store, settings: Settings, now: datetime = BEGIN) -> None:
        self.store, self.settings, self.now = store, settings, now
        self.writer = Writer(store)
        self.writer.configure(settings, now - 40 * 24 * HOUR)
        self._revisions: dict[SourceKey, int] = {}
        self._runs = 0
        self.sent: list[Notice] = []
        self.restart()

    def restart(self) -> None:
        """The process begins anew: what it knew besides the database is gone."""
        self.evaluator = Evaluator(lambda: self.settings, self.store, self.writer, self.now)

    def take_over(self, settings: Settings) -> None:
        """Another configuration is at work from now on."""
        self.settings = settings
        self.writer.configure(settings, self.now)

    def wait(self, lasting: timedelta) -> House:
        """Time passes."""
        self.now += lasting
        return self

    def poll(self, integration: str = "crm", result: str = "ok", source: str = "log") -> House:
        """The source has been looked at just now."""
        poll = Poll(started_at=self.now, finished_at=self.now, result=PollResult(result))
        self.writer.save_poll(SourceKey(integration, source), poll)
        return self

    def run(self, status: str, integration: str = "crm", ended: datetime | None = None) -> House:
        """A run ended just now (or then), after a minute, and was read by a poll."""
        self._runs += 1
        end = ended or self.now
        run = SyncRun(
            external_id=f"r{self._runs}", status=RunStatus(status), started_at=end - MINUTE, finished_at=end
        )
        key = SourceKey(integration, "log")
        batch = Batch(cursor={}, mode=BatchMode.ABSOLUTE, runs=(run,))
        revision = self._revisions.get(key, 0)
        written = self.writer.write(key, batch, revision=revision, now=self.now, horizon=None)
        self._revisions[key] = written.revision
        return self.poll(integration)

    def evaluate(self) -> House:
        """Refresh what the evaluation reads, and evaluate."""
        with self.store.read() as connection:
            rows = snapshots(connection, self.settings, self.now, yesterday=False)
        self.writer.save_overview(rows)
        self.evaluator.evaluate(self.now)
        return self

    def tick(self, lasting: timedelta = TICK, *, polled: bool = True, step: timedelta = 3 * TICK) -> House:
        """Evaluate each step for so long; polled: after a look at every source."""
        until = self.now + lasting
        while self.now < until:
            self.wait(min(step, until - self.now))
            if polled:
                for one in self.settings.integrations:
                    for source in one.sources:
                        self.poll(one.key, source=source.name)
            self.evaluate()
        return self

    def deliver(self) -> House:
        """Everything that is due arrives."""
        for parcel in self.writer.lease("test", self.now, 100, 30, lambda them: f"b{them[0].notice_id}"):
            self.writer.delivered(parcel.name, self.now)
            self.sent += parcel.notices
        return self

    @property
    def told(self) -> list[tuple[str, str, str]]:
        """What has arrived."""
        return [(one.key.integration, one.key.rule, one.kind.value) for one in self.sent]

    def events(self, rule: str | None = None) -> list[AlertEvent]:
        """What happened to the alerts of a rule (None: of all), oldest first."""
        with self.store.read() as connection:
            found = [row.event for row in queries.alert_events(connection, limit=200).items]
        return [one for one in reversed(found) if rule in (None, one.key.rule)]

    def kinds(self, rule: str | None = None) -> list[str]:
        """Kinds of what happened, oldest first."""
        return [one.kind.value for one in self.events(rule)]

    def states(self) -> list[AlertState]:
        """Alerts that are not normal."""
        with self.store.read() as connection:
            return [row.state for row in queries.alerts(connection)]

    def audit(self) -> list[str]:
        """Actions in the audit trail, the last first."""
        with self.store.read() as connection:
            return [row.action for row in queries.audit_trail(connection, limit=200).items]


@contextmanager
def locked(house: House) -> Iterator[None]:
    """Our own database is locked: whatever would read or write it fails."""

    def refused(*_: object, **__: object) -> object:
        raise StorageError("database is locked")

    store = house.store
    read, transact = store.read, store.transact
    store.read = store.transact = refused  # type: ignore[assignment,method-assign]
    try:
        yield
    finally:
        store.read, store.transact = read, transact  # type: ignore[method-assign]
