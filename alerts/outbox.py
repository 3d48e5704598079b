"""What the dispatcher asks of the outbox, and its pure decisions: a message's name, and when to try again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from core.alerting import Notice, Parcel
from core.errors import ChannelError

FIRST_WAIT = timedelta(seconds=10)
LONGEST_WAIT = timedelta(minutes=10)
LONGEST_ASKED = timedelta(hours=6)
"""A `Retry-After` is kept to, up to this long."""
MAX_AGE = timedelta(hours=24)
"""A message that could not leave for so long becomes a dead letter."""
LEASE_SECONDS = 120
"""Longer than any sending takes: only then may somebody else send it again."""


class Outbox(Protocol):
    """The commands of storage that move messages on; each is one transaction, and blocks. batch: a parcel's name."""

    def lease(
        self,
        worker: str,
        now: datetime,
        limit: int,
        lease_seconds: float,
        name_batch: Callable[[Sequence[Notice]], str],
        channels: Collection[str] | None = None,
    ) -> Sequence[Parcel]:
        """At most `limit` parcels of these channels that are due, the longest waiting first; they are this
        worker's until the lease runs out."""
        ...

    def release(self, worker: str, batches: Collection[str]) -> None:
        """They are not sent after all: anybody may have them again at once."""
        ...

    def delivered(self, batch: str, now: datetime) -> None:
        """It has left."""
        ...

    def failed(self, batch: str, error: str, retry_at: datetime | None, now: datetime) -> None:
        """It has not; None: it is a dead letter."""
        ...

    def disable_channel(self, channel: str, why: str, actor: str, now: datetime) -> None:
        """Nothing leaves through it until a person has looked."""
        ...


def name_of(notices: Sequence[Notice]) -> str:
    """The dedup key of a message: made from what it tells, so that it is the same wherever it is made."""
    told = sorted((one.episode, one.kind.value, one.created_at.isoformat()) for one in notices)
    first = notices[0]
    whole = repr((first.target.channel, first.target.contact, first.key.integration, told))
    return f"im-{hashlib.sha256(whole.encode()).hexdigest()[:24]}"


def retry_at(parcel: Parcel, error: ChannelError, now: datetime, jitter: float) -> datetime | None:
    """When to try again; None: never, it is a dead letter.

    The wait doubles from FIRST_WAIT to LONGEST_WAIT, shortened by up to a quarter (jitter: in [0, 1)), and is
    never shorter than what the other side asked for.
    """
    if error.permanent or now - parcel.first_at >= MAX_AGE:
        return None
    doubled: timedelta = FIRST_WAIT * (1 << min(parcel.attempts, 16))
    wait = min(doubled, LONGEST_WAIT) * (1 - jitter / 4)
    asked = min(error.retry_after or timedelta(), LONGEST_ASKED)
    return now + max(wait, asked)
