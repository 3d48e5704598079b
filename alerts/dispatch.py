"""Sends what the outbox holds: one task per channel, one message after the other, each failure made data."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import structlog

from alerts.channel import Channel, Sending
from alerts.circumstances import Circumstances
from alerts.messages import letter_of
from alerts.outbox import FIRST_WAIT, LEASE_SECONDS, Outbox, name_of, retry_at
from alerts.reader import contact_of
from alerts.transport import Transport
from core.clock import Clock
from core.errors import ChannelError, MonitorError

if TYPE_CHECKING:
    from alerts.letter import Letter
    from core.alerting import Parcel
    from core.settings import ChannelSettings, Settings

log = structlog.get_logger(__name__)

SEND_SECONDS = 60.0
"""One message may take so long, well within its lease."""
STOP_SECONDS = 10.0
MOST_IN_HAND = 32
"""Parcels that are leased at once while all goes well; after a failure it begins again with one."""
LOOK_WITHOUT_CHANNELS = timedelta(minutes=1)
"""So often it is asked whether something is due where no channel is configured."""

DISPATCHER = "dispatcher"
"""Who disables a channel, in the audit."""


@dataclass(frozen=True)
class Post:
    """What the dispatcher works with, handed in by whoever put the house together.

    due: channels with messages that may leave now (it blocks); circumstances: what is known of an
    integration when a message about it leaves (it blocks; None = nothing); worker: names this process
    among others on the same database; send_seconds: what one message may take; jitter: in [0, 1).
    """

    settings: Callable[[], Settings]
    channels: Mapping[str, Channel[ChannelSettings]]
    outbox: Outbox
    due: Callable[[datetime], Set[str]]
    transport: Transport
    circumstances: Callable[[str, datetime], Circumstances | None]
    clock: Clock
    worker: str
    redact: Callable[[str], str] = str
    lease_seconds: float = LEASE_SECONDS
    send_seconds: float = SEND_SECONDS
    jitter: Callable[[], float] = random.random


@dataclass
class Dispatcher:
    """Belongs to one event loop. A channel that hangs holds up nobody but itself; one that failed rests until
    its message is tried again, so that those behind it do not storm it."""

    post: Post
    _running: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _resting: dict[str, datetime] = field(default_factory=dict)
    _stopping: bool = False
    _looked_at: datetime | None = None

    async def deliver(self, now: datetime) -> None:
        """Start sending on every channel that has something due and is not at it already; returns at once."""
        # Where there is no channel no message is made: only those of one that was taken out may still be due.
        last = self._looked_at
        lately = last is not None and timedelta() <= now - last < LOOK_WITHOUT_CHANNELS
        if lately and not self.post.settings().channels:
            return
        self._looked_at = now
        due = await asyncio.to_thread(self.post.due, now)
        for channel in sorted(due - self._running.keys()):
            if not self._stopping and self._resting.get(channel, now) <= now:
                task = asyncio.create_task(self._empty(channel), name=f"deliver {channel}")
                self._running[channel] = task
                task.add_done_callback(partial(self._ended, channel))

    async def settle(self) -> None:
        """Wait until no channel is sending."""
        while self._running:
            await asyncio.wait(self._running.values())

    async def close(self) -> None:
        """Let the messages in hand leave; one that does not in time is sent again after its lease."""
        self._stopping = True
        tasks = list(self._running.values())
        if not tasks:
            return
        _, late = await asyncio.wait(tasks, timeout=STOP_SECONDS)
        for task in late:
            task.cancel()
            log.warning("a message did not leave in time", task=task.get_name())

    def _ended(self, channel: str, task: asyncio.Task[None]) -> None:
        self._running.pop(channel, None)
        if task.cancelled() or (error := task.exception()) is None:
            return
        if isinstance(error, MonitorError):
            log.error("outbox not reached", channel=channel, error=str(error))
        else:
            log.error("delivery broke", channel=channel, exc_info=error)

    async def _empty(self, channel: str) -> None:
        """Message after message, until none is due or one has failed.

        More and more are taken in hand at once while all goes well; what is left in hand goes back.
        """
        limit, worker = 1, self.post.worker
        while not self._stopping:
            now = self.post.clock()
            seconds = self.post.lease_seconds
            parcels = await asyncio.to_thread(
                self.post.outbox.lease, worker, now, limit, seconds, name_of, {channel}
            )
            until = now + timedelta(seconds=seconds - self.post.send_seconds)
            sent = await self._send_all(channel, parcels, until)
            if left := [parcel.name for parcel in parcels[sent:]]:
                await asyncio.to_thread(self.post.outbox.release, worker, left)
            if len(parcels) < limit or self._resting.get(channel, now) > now:
                return
            limit = min(limit * 2, MOST_IN_HAND)

    async def _send_all(self, channel: str, parcels: Sequence[Parcel], until: datetime) -> int:
        """How many of them are dealt with. None is begun that might outlive its lease, none after a failure
        of the channel."""
        for number, parcel in enumerate(parcels):
            if (number and self.post.clock() >= until) or self._stopping:
                return number
            if not await self._send(channel, parcel):
                return number + 1
        return len(parcels)

    async def _send(self, channel: str, parcel: Parcel) -> bool:
        """One message. False: the channel is better left alone for a moment."""
        try:
            said = await self._attempt(channel, parcel)
        except ChannelError as error:
            again = await self._failed(channel, parcel, error)
            if not error.of_message:
                self._resting[channel] = again or self.post.clock() + FIRST_WAIT
            return error.of_message
        self._resting.pop(channel, None)
        await asyncio.to_thread(self.post.outbox.delivered, parcel.name, self.post.clock())
        said = self.post.redact(said)
        log.info("message delivered", channel=channel, message=parcel.name, answer=said)
        return True

    async def _attempt(self, channel: str, parcel: Parcel) -> str:
        settings, now = self.post.settings(), self.post.clock()
        chosen = settings.channels.get(channel)
        if chosen is None:
            raise ChannelError(
                f"the channel {channel} is not configured any more", permanent=True, of_message=True
            )
        target = parcel.target
        letter = await asyncio.to_thread(self._write, settings, parcel, now)
        sending = Sending(parcel.name, now, self.post.transport, contact_of(settings, target))
        try:
            async with asyncio.timeout(self.post.send_seconds):
                return await self.post.channels[chosen.type].send(chosen, letter, sending)
        except TimeoutError:
            raise ChannelError(f"the message was not taken within {self.post.send_seconds:g} s") from None
        except MonitorError:
            raise
        except Exception as error:
            log.error("channel broke", channel=channel, exc_info=error)
            raise ChannelError(f"the channel broke: {type(error).__name__}: {error}") from error

    def _write(self, settings: Settings, parcel: Parcel, now: datetime) -> Letter:
        """The letter, with what is known now; without that where it cannot be read."""
        known: Circumstances | None = None
        try:
            known = self.post.circumstances(parcel.integration, now)
        except MonitorError as error:
            log.warning("message without its cause", integration=parcel.integration, error=str(error))
        try:
            return letter_of(parcel.notices, settings, parcel.name, now, known)
        except MonitorError as error:
            raise ChannelError(str(error), permanent=True, of_message=True) from None

    async def _failed(self, channel: str, parcel: Parcel, error: ChannelError) -> datetime | None:
        """Note the failure; when it is tried again, None: never."""
        now, why = self.post.clock(), self.post.redact(error.message)
        again = retry_at(parcel, error, now, self.post.jitter())
        await asyncio.to_thread(self.post.outbox.failed, parcel.name, why, again, now)
        if error.permanent and not error.of_message:
            await asyncio.to_thread(self.post.outbox.disable_channel, channel, why, DISPATCHER, now)
        log.warning(
            "message given up" if again is None else "message not delivered",
            channel=channel,
            message=parcel.name,
            error=why,
            again_at=again.isoformat() if again else None,
        )
        return again
