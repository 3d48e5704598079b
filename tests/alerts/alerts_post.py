"""A dispatcher on a real database and a real receiver, with a clock that a test moves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from alerts.circumstances import Circumstances
from alerts.dispatch import Dispatcher, Post
from composition.names import channels, registries
from composition.outbound import HttpTransport
from core.alert_states import AlertKey
from core.alerting import AlertOutcome, Notice, NoticeKind, NoticeState, Target
from core.settings import Settings, loads
from storage import queries
from storage.queries.alert_rows import ChannelState
from storage.queries.outbox import due_channels
from storage.store import Store
from storage.writer import Writer
from tests.alerts.alerts_letters import CAUSE, NOW, notice

HOOK = Target("hook")
SECOND = Target("second")

INTEGRATIONS = """
language: en
integrations:
  - {key: peoplesoft, name: PeopleSoft, method: api, source_system: PeopleSoft, sources: []}
  - {key: crm, name: CRM, method: api, source_system: CRM, sources: []}
"""


class Office:
    """Everything that delivery needs. now: the clock; hook, second: addresses of the two channels."""

    def __init__(self, store: Store, transport: HttpTransport, hook: str, second: str = "") -> None:
        self.now = NOW
        self.store = store
        self.writer = Writer(store)
        self.settings = configured(hook, second)
        self.writer.configure(self.settings, NOW)
        self.transport = transport
        self.dispatcher = self.started()

    def started(self, outbox: object = None) -> Dispatcher:
        """A dispatcher, as after a start of the process."""
        return Dispatcher(
            Post(
                settings=lambda: self.settings,
                channels=channels(),
                outbox=outbox or self.writer,  # type: ignore[arg-type]
                due=self.due,
                transport=self.transport,
                circumstances=self.circumstances,
                clock=lambda: self.now,
                worker="test",
                redact=self.settings.redact,
                jitter=lambda: 0.0,
            )
        )

    def due(self, now: datetime) -> frozenset[str]:
        with self.store.read() as connection:
            return due_channels(connection, now)

    def circumstances(self, integration: str, now: datetime) -> Circumstances | None:
        return CAUSE

    def move(self, **parts: float) -> None:
        """Let time pass."""
        self.now += timedelta(**parts)

    def put(self, *notices: Notice) -> None:
        """Into the outbox, as an evaluation does."""
        self.writer.evaluate(lambda _: AlertOutcome(notices=notices), self.now)

    async def deliver(self) -> None:
        """One tick of the worker, and all that it began."""
        await self.dispatcher.deliver(self.now)
        await self.dispatcher.settle()

    def stored(self, state: NoticeState | None = None) -> Sequence[Notice]:
        """The notices, oldest first."""
        with self.store.read() as connection:
            return list(reversed(queries.notices(connection, state=state).items))

    def channel(self, key: str = "hook") -> ChannelState:
        with self.store.read() as connection:
            return next(one for one in queries.channel_states(connection) if one.channel == key)


def configured(hook: str, second: str = "") -> Settings:
    """Two integrations, and one or two webhooks."""
    ways = f"channels:\n  hook: {{type: webhook, url: '{hook}'}}\n"
    if second:
        ways += f"  second: {{type: webhook, url: '{second}'}}\n"
    return loads(INTEGRATIONS + ways, "monitor.yaml", registries())


def told(
    kind: NoticeKind = NoticeKind.FIRED,
    target: Target = HOOK,
    integration: str = "peoplesoft",
    episode: str = "ep-1",
) -> Notice:
    """A notice that is due."""
    return notice(
        kind, target=target, key=AlertKey("failures-in-a-row", integration), episode=episode, notice_id=None
    )
