"""What a source is: the settings it takes, the function that reads it, and what it is handed.

A module in `collectors/sources/` exports one `SOURCE = Source(...)`; its name is the source's type.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Generic, TypeVar
from zoneinfo import ZoneInfo

from core.records import Batch, Cursor, Side
from core.settings import SourceSettings

if TYPE_CHECKING:
    from collectors.http import HttpClient

S = TypeVar("S", bound=SourceSettings)
_UTC = ZoneInfo("UTC")

RUNS = "runs"
FAILED_RECORDS = "failed_records"
RECORD_EVENTS = "record_events"
COUNTS = "counts"
CALLS = "calls"
QUOTAS = "quotas"
CREDENTIALS = "credentials"
FILES = "files"

BRINGS = frozenset({RUNS, FAILED_RECORDS, RECORD_EVENTS, COUNTS, CALLS, QUOTAS, CREDENTIALS, FILES})
"""The kinds of records there are; each is also the name of a field of `Batch`."""


@dataclass(frozen=True, slots=True)
class SourceContext:
    """What one poll hands to a source.

    integration, name: whose source it is and what it is called; side: which end it looks at;
    now: when the poll began, aware UTC; all_history: read everything there is, however old;
    horizon: records that ended before it would be refused by storage (None: nothing is);
    http: makes calls with all polling manners, and counts them; zone: the integration's, for what the
    source's own settings leave open.
    """

    integration: str
    name: str
    side: Side
    now: datetime
    http: HttpClient
    all_history: bool = False
    horizon: datetime | None = None
    zone: ZoneInfo = _UTC

    @property
    def key(self) -> str:
        """`integration/source`, for messages and logs."""
        return f"{self.integration}/{self.name}"


def utc(_integration: str) -> ZoneInfo:
    """Stands where nothing is known of the integrations' time zones."""
    return _UTC


Collect = Callable[[S, Cursor, SourceContext], AsyncIterator[Batch]]
"""Reads on from a cursor; each batch carries the cursor that stands after it. Raises SourceError."""


def _nothing(_settings: SourceSettings) -> int:
    return 0


@dataclass(frozen=True, slots=True)
class Source(Generic[S]):
    """One type of source.

    settings: what stands in the file for it; brings: which of `BRINGS` it can bring; cost: how many
    HTTP calls one poll makes at least, of the watched system's quota (0 for files); polled: it is
    looked at, where False means that it pushes by itself.
    """

    settings: type[S]
    collect: Collect[S]
    brings: frozenset[str]
    cost: Callable[[S], int] = _nothing
    polled: bool = True


class closing:  # noqa: N801 - used as a function is
    """Close a source's generator at once when the poll ends early, so that it lets go of its files."""

    __slots__ = ("_batches",)

    def __init__(self, batches: AsyncIterator[Batch]) -> None:
        self._batches = batches

    async def __aenter__(self) -> AsyncIterator[Batch]:
        return self._batches

    async def __aexit__(self, *_: object) -> None:
        if isinstance(self._batches, AsyncGenerator):
            await self._batches.aclose()
