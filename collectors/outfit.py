"""What all polls of one process share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from collectors.arrival import unchanged
from collectors.http import Clients
from collectors.proxy import own_proxy
from collectors.source import Source, utc
from collectors.together import Together
from core.clock import Clock
from core.clock import now as wall_clock
from core.masking import Masker
from core.records import Batch, Cursor, Poll
from core.settings import SourceSettings
from core.settings.proxy import ProxySettings
from storage.keys import SourceKey, Written
from storage.store import Store


class Writes(Protocol):
    """What a poll needs of `storage.writer.Writer`."""

    def write(
        self, source: SourceKey, batch: Batch, *, revision: int, now: datetime, horizon: datetime | None
    ) -> Written:
        """Store a batch and its cursor in one transaction. Raises CursorMoved."""

    def save_poll(self, source: SourceKey, poll: Poll) -> None:
        """Store how a poll went."""

    def known_cursor(self, source: SourceKey) -> tuple[int, Cursor] | None:
        """Revision and cursor of a source, where no database has to be asked."""

    def cursor(self, source: SourceKey) -> tuple[int, Cursor]:
        """Revision and cursor of a source, from the database."""


@dataclass(frozen=True, slots=True)
class Outfit:
    """What all polls of one process share.

    sources: the registry, by type; redact: takes the configuration's secrets out of a text, should a
    source say one back; zone_of: the time zone of an integration, by its key; together:
    stores what polls bring and how they went, many at once (None: each by itself); proxy_of: what a
    source's calls go through.
    """

    store: Store
    writer: Writes
    clients: Clients
    masker: Masker
    sources: Mapping[str, Source[SourceSettings]]
    clock: Clock = wall_clock
    redact: Callable[[str], str] = unchanged
    zone_of: Callable[[str], ZoneInfo] = utc
    together: Together | None = None
    proxy_of: Callable[[SourceSettings], ProxySettings | None] = own_proxy
