"""What a channel is: the settings it takes, the function that sends one letter, and what it is handed.

A module in `alerts/channels/` exports one `CHANNEL = Channel(...)`; its name is the channel's type.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Generic, TypeVar

from core.settings.channels import ChannelSettings

if TYPE_CHECKING:
    from alerts.letter import Letter
    from alerts.transport import Transport
    from core.settings import Contact

S = TypeVar("S", bound=ChannelSettings)


@dataclass(frozen=True, slots=True)
class Sending:
    """What one sending hands to a channel.

    key: the message's dedup key, the same whenever it is sent again; now: aware UTC; transport: makes
    HTTP calls; contact: on whose behalf, None where a rule names the channel itself; public_only: the
    address was typed on a page.
    """

    key: str
    now: datetime
    transport: Transport
    contact: Contact | None = None
    public_only: bool = False


Send = Callable[[S, "Letter", Sending], Awaitable[str]]
"""Sends one letter and returns how it was taken, in a few words. Raises ChannelError."""


@dataclass(frozen=True, slots=True)
class Channel(Generic[S]):
    """One type of channel. settings: what stands in the file for it; send: sends one letter."""

    settings: type[S]
    send: Send[S]
