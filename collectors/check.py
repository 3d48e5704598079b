"""Reaches a source once and shows the first records as they would be stored; writes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from collectors.arrival import Arrival
from collectors.http import Clients, HttpClient
from collectors.outcome import Outcome
from collectors.run import closing
from collectors.source import BRINGS, Source, SourceContext
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
) -> Checked:
    """Look at one source from its beginning, as its first poll would. Raises nothing of the source's."""
    began = clock()
    http = HttpClient(clients)
    outcome = Outcome()
    first: dict[str, list[object]] = {}
    counts: dict[str, int] = {}
    ctx = SourceContext(integration, settings.name, settings.side, began, http)
    try:
        async with closing(sources[settings.type].collect(settings, {}, ctx)) as batches:
            seen = 0
            async for batch in batches:
                arrived = _arrived(batch, settings, masker, began)
                outcome.took(arrived)
                _keep(arrived, first, counts)
                seen += 1
                if seen >= _ENOUGH_BATCHES or sum(counts.values()) >= FIRST:
                    break
    except SourceError as error:
        outcome.failed(masker.text(error.message), error.permanent, error.retry_after)
    except Exception as error:  # noqa: BLE001  a fault in one source must not stop the others
        outcome.failed(
            masker.text(f"{type(error).__name__}: {error}")[:500], permanent=False, retry_after=None
        )
    outcome.counted(http.requests, http.bytes)
    poll = outcome.poll(began, clock(), None)
    return Checked(integration, settings.name, settings.type, poll, first, counts)


def _arrived(batch: Batch, settings: SourceSettings, masker: Masker, now: datetime) -> Batch:
    given = getattr(settings, "stale_after", None)
    stale_after = given if isinstance(given, timedelta) else None
    return Arrival(settings.side, masker, now, stale_after, settings.brings).batch(batch)


def _keep(batch: Batch, first: dict[str, list[object]], counts: dict[str, int]) -> None:
    for kind in BRINGS:
        records: Sequence[object] = getattr(batch, kind)
        if records:
            kept = first.setdefault(kind, [])
            kept.extend(records[: FIRST - len(kept)] if len(kept) < FIRST else ())
            counts[kind] = counts.get(kind, 0) + len(records)
