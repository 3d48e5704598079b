"""Takes in what is pushed: finds whose token it is, reads the events, stores them and tells what became of each."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from api.limits import Bucket
from collectors.arrival import Arrival
from collectors.bodies import Item, items_of
from collectors.event_fields import EventError
from collectors.events import Event, read_event
from collectors.sources.push import PUSH_BRINGS, PushSettings
from core.errors import StorageError
from core.masking import Masker
from core.problems import Told
from core.records import Batch, Json, Poll, PollResult, Problem, RunStatus, SyncRun
from core.routing import UNROUTED
from core.settings import Settings
from storage.keys import SourceKey
from storage.retention import raw_horizon
from storage.writer import Writer
from storage.writer_pushed import HEARTBEAT, Pushed

log = structlog.get_logger(__name__)

AUDITED_A_MINUTE = 30
REFUSED_A_MINUTE = 120
"""So many wrong tokens are answered in a minute; then everybody without a right one waits."""

_ACTIONS = {"": RunStatus.SUCCEEDED, "start": RunStatus.RUNNING, "fail": RunStatus.FAILED}


@dataclass(frozen=True, slots=True)
class Sender:
    """A push source that may send now. key: its owner's key and its name; limit: of its calls."""

    key: SourceKey
    settings: PushSettings
    limit: Bucket

    @property
    def owned(self) -> Mapping[str, str]:
        """The fields of an event that name its source, with the value each must have."""
        own = {"source": self.key.source, "side": self.settings.side.value}
        return own if self.key.integration == UNROUTED else {**own, "integration": self.key.integration}

    @property
    def heartbeat(self) -> str:
        """The key in the address of its heartbeats."""
        owner = None if self.key.integration == UNROUTED else self.key.integration
        return self.settings.heartbeat_key(owner)


@dataclass(frozen=True, slots=True)
class Refused:
    """One item that was not taken. where: its index or line; id: where it could be read."""

    where: str
    id: str | None
    problems: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a body. stored, duplicates: events; unrouted: records that match no integration."""

    stored: int = 0
    duplicates: int = 0
    unrouted: int = 0
    refused: Sequence[Refused] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """What follows from settings."""

    settings: Settings
    senders: tuple[Sender, ...]
    masker: Masker


@dataclass
class Inbox:
    """What is needed to take in, by the settings at work, which may change meanwhile.

    masker_of: the masker of settings; redact: takes secrets out of a text; changed: told the key of an
    integration whose records have changed.
    """

    settings: Callable[[], Settings]
    writer: Writer
    masker_of: Callable[[Settings], Masker]
    redact: Callable[[str], str] = str
    changed: Callable[[str], None] = lambda _: None
    _known: Known | None = field(init=False, default=None)
    _refusals: Bucket = field(init=False, default_factory=lambda: Bucket(REFUSED_A_MINUTE))
    _audits: Bucket = field(init=False, default_factory=lambda: Bucket(AUDITED_A_MINUTE))
    _unaudited: int = field(init=False, default=0)

    def sender(self, token: str) -> Sender | None:
        """Whose token it is; every one is compared, each in constant time."""
        given, found = token.encode("utf-8", "replace"), None
        for one in self._now().senders:
            if hmac.compare_digest(one.settings.token.get_secret_value().encode(), given):
                found = one
        return found

    def refuse(self, path: str, client: str, reason: str, now: datetime) -> timedelta | None:
        """Note a refusal in the trail, a few a minute; how long to wait where there were too many."""
        wait = self._refusals.take(now)
        if self._audits.take(now) is None:
            detail: dict[str, Json] = {"reason": reason, "not_noted_before": self._unaudited}
            self._unaudited = 0
            try:
                self.writer.record_action(f"caller {client}"[:100], "push refused", path[:200], detail, now)
            except StorageError as error:
                log.error("refusal not noted", error=str(error))
        else:
            self._unaudited += 1
        return wait

    def take(self, sender: Sender, body: bytes, content_type: str, now: datetime) -> Taken:
        """Store the good events of a body. Raises BodyError where it has none, StorageError."""
        horizon = raw_horizon(self._now().settings.retention, now)
        events, refused = [], []
        for item in items_of(body, content_type):
            try:
                events.append(self._event(sender, item, now, horizon))
            except EventError as error:
                refused.append(Refused(item.where, _id_in(item.value), error.problems))
        arrival = self._arrival(sender, now)
        pushed = [Pushed(one.id, one.kind, _arrived(arrival, one)) for one in events]
        poll = _poll(now, len(pushed) + len(refused), len(refused), len(body), _problems(arrival, refused))
        done = self.writer.push(sender.key, pushed, poll, now=now, horizon=horizon)
        self.changed(sender.key.integration)
        return Taken(done.stored, len(pushed) - done.stored, done.written.unrouted, refused)

    def beat(self, sender: Sender, action: str, rid: str, message: str, now: datetime) -> str:
        """Store a heartbeat; the external id of its run. action: `` `start` or `fail`."""
        status = _ACTIONS[action]
        text = (message.strip() or None) if status is RunStatus.FAILED else None
        run = SyncRun(
            external_id=rid,
            job=sender.heartbeat,
            status=status,
            trigger=HEARTBEAT,
            started_at=now if status is RunStatus.RUNNING else None,
            finished_at=None if status is RunStatus.RUNNING else now,
            error_message=text,
        )
        run = self._arrival(sender, now).run(run)
        external_id = self.writer.beat(
            sender.key, run, _poll(now, 1, 0, len(message), (), records=1), now=now
        )
        self.changed(sender.key.integration)
        return external_id

    def _event(self, sender: Sender, item: Item, now: datetime, horizon: datetime) -> Event:
        if item.problem is not None:
            raise EventError([("", item.problem)])
        event = read_event(item.value, now, horizon, sender.owned)
        wanted = sender.settings.brings or PUSH_BRINGS
        if event.kind not in wanted:
            raise EventError([("kind", f"{event.kind} is not what this source brings; add it to its brings")])
        return event

    def _arrival(self, sender: Sender, now: datetime) -> Arrival:
        return Arrival(sender.settings.side, self._now().masker, now, redact=self.redact)

    def _now(self) -> Known:
        """What follows from the settings at work; worked out anew when others are taken over."""
        settings, known = self.settings(), self._known
        if known is None or known.settings is not settings:
            before = {one.key: one.limit for one in known.senders} if known else {}
            known = self._known = Known(settings, _senders(settings, before), self.masker_of(settings))
        return known


def _senders(settings: Settings, before: Mapping[SourceKey, Bucket]) -> tuple[Sender, ...]:
    """Every source that pushes; before: what they had called, which a new configuration does not forget."""
    owned = [
        (one.key, source)
        for one in settings.integrations
        if not one.paused and one.stage != "retired"
        for source in one.sources
    ]
    shared = [(UNROUTED, source) for source in settings.sources]
    found = []
    for owner, source in (*owned, *shared):
        if isinstance(source, PushSettings):
            key = SourceKey(owner, source.name)
            limit = before.get(key)
            if limit is None or limit.per_minute != source.max_per_minute:
                limit = Bucket(source.max_per_minute)
            found.append(Sender(key, source, limit))
    return tuple(found)


def _arrived(arrival: Arrival, event: Event) -> object:
    """The record masked and classified, as every record is when it arrives."""
    batch: Batch = arrival.batch(_batch_of(event))
    return getattr(batch, event.kind)[0]


def _batch_of(event: Event) -> Batch:
    return Batch(cursor={}, **{event.kind: [event.record]})  # type: ignore[arg-type]


def _poll(
    now: datetime, items: int, bad: int, size: int, problems: Sequence[Problem], *, records: int = 0
) -> Poll:
    """One call, to be counted in the poll of its minute."""
    return Poll(
        started_at=now.replace(second=0, microsecond=0),
        finished_at=now,
        result=PollResult.OK,
        records=records,
        items=items,
        bad_items=bad,
        bytes=size,
        requests=1,
        problems=problems,
    )


def _problems(arrival: Arrival, refused: Sequence[Refused]) -> list[Problem]:
    """The problems of a call by field, the first of each as it was told."""
    told = Told()
    for one in refused:
        for place, text in one.problems:
            told.add("bad_event", place[:100] or "event", text[:300])
    return arrival.problems(told.listed())


def _id_in(value: object) -> str | None:
    found = value.get("id") if isinstance(value, dict) else None
    return str(found)[:200] if isinstance(found, str | int) else None
