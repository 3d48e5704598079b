"""Reaches a source once and shows the first records as they would be stored; writes nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from zoneinfo import ZoneInfo

from collectors.arrival import Arrival, unchanged
from collectors.http import Clients, HttpClient
from collectors.outcome import Outcome
from collectors.run import closing
from collectors.source import BRINGS, Source, SourceContext, utc
from core.clock import Clock
from core.clock import now as wall_clock
from core.errors import SourceError
from core.masking import Masker
from core.records import Batch, Poll
from core.settings import SourceSettings

FIRST = 5
"""Records of each kind that are shown."""

_ENOUGH_BATCHES = 3


@dataclass(frozen=True, slots=True)
class Checked:
    """What a source answered.

    poll: how the look went, `error` and every problem in it; first: kind (a word of `BRINGS`) → its
    first records, masked as they would be stored; counts: how many of each kind were read. A look
    ends once it has seen enough, so the counts are not all there is.
    """

    integration: str
    name: str
    type: str
    poll: Poll
    first: Mapping[str, Sequence[object]] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether it was reached and everything it said could be read."""
        return self.poll.error is None and self.poll.bad_items == 0


async def check(
    integration: str,
    settings: SourceSettings,
    *,
    clients: Clients,
    masker: Masker,
    sources: Mapping[str, Source[SourceSettings]],
    clock: Clock = wall_clock,
    redact: Callable[[str], str] = unchanged,
    zone: ZoneInfo | None = None,
) -> Checked:
    """Look at one source from its beginning, as its first poll would. Raises nothing of the source's."""
    began = clock()
    given = getattr(settings, "stale_after", None)
    stale_after = given if isinstance(given, timedelta) else None
    arrival = Arrival(settings.side, masker, began, stale_after, settings.brings, redact)
    ctx = SourceContext(
        integration, settings.name, settings.side, began, HttpClient(clients), zone=zone or utc(integration)
    )
    shown = _Shown()
    try:
        async with closing(sources[settings.type].collect(settings, {}, ctx)) as batches:
            async for batch in batches:
                shown.take(arrival.batch(batch))
                if shown.enough:
                    break
    except SourceError as error:
        shown.outcome.failed(arrival.text(error.message), error.permanent, error.retry_after)
    except Exception as error:  # noqa: BLE001  a fault in one source must not stop the others
        text = arrival.text(f"{type(error).__name__}: {error}")[:500]
        shown.outcome.failed(text, permanent=False, retry_after=None)
    shown.outcome.counted(ctx.http.requests, ctx.http.bytes)
    poll = shown.outcome.poll(began, clock(), None)
    return Checked(integration, settings.name, settings.type, poll, shown.first, shown.counts)


class _Shown:
    """What was read so far, and the first of it."""

    def __init__(self) -> None:
        self.outcome = Outcome()
        self.first: dict[str, list[object]] = {}
        self.counts: dict[str, int] = {}
        self._batches = 0

    @property
    def enough(self) -> bool:
        """Whether there is no need to read on."""
        return self._batches >= _ENOUGH_BATCHES or sum(self.counts.values()) >= FIRST

    def take(self, batch: Batch) -> None:
        """Count a batch, and keep its first records."""
        self._batches += 1
        self.outcome.took(batch)
        for kind in BRINGS:
            records: Sequence[object] = getattr(batch, kind)
            if records:
                kept = self.first.setdefault(kind, [])
                kept.extend(records[: max(0, FIRST - len(kept))])
                self.counts[kind] = self.counts.get(kind, 0) + len(records)
