"""What channels send through: one HTTP call, and one checked connection for mail.

The house hands the makers in, because HTTP clients are made in one place only (`collectors.http`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

Headers = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A call to make. Its repr shows nothing secret. method is POST unless said otherwise."""

    url: str = field(repr=False)
    headers: Headers = field(default=(), repr=False)
    body: bytes | None = field(default=None, repr=False)
    method: str = "POST"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. body: at most its first 64 KiB; retry_after: what the other side asked for;
    described: status and beginning of the body, for an error's text; location: where it redirects to."""

    status: int
    body: bytes
    described: str
    received_at: datetime
    retry_after: timedelta | None = None
    location: str | None = None


class Transport(Protocol):
    """Makes one HTTP call: no redirect is followed, nothing is tried twice.

    Where the name leads is checked after it is resolved, before the connection (`core.addresses`);
    public_only: for an address that was typed on a page. Raises ChannelError where no answer came.
    """

    async def send(self, call: Outgoing, *, public_only: bool = False) -> Answer:
        """The answer, whatever its status."""
        ...
