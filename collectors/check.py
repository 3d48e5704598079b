"""Reaches a source once and shows the first records as they would be stored; writes nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from zoneinfo import ZoneInfo

from collectors.arrival import Arrival, unchanged
from collectors.http import Clients, HttpClient
from collectors.outcome import Outcome
from collectors.proxy import Proxy, own_proxy
from collectors.source import BRINGS, Source, SourceContext, closing, utc
from collectors.tls import OwnTls
from core.clock import Clock
from core.clock import now as wall_clock
from core.errors import SourceError
from core.masking import Masker
from core.records import Batch, Poll
from core.settings import SourceSettings
from core.settings.proxy import ProxySettings
from storage.job_inference import infer_jobs_within

FIRST = 5
"""Records of each kind that are shown."""

_ENOUGH_BATCHES = 3
_ENOUGH_PAGES = 2


@dataclass(frozen=True, slots=True)
class Checked:
    """What a source answered.

    poll: how the look went, `error` and every problem in it; first: kind (a word of `BRINGS`) → its
    first records, masked as they would be stored; counts: how many of each kind were read; empty: kind →
    the mapped fields that no record had a value of, and their expressions. A look ends once it has seen
    enough, so the counts are not all there is.
    """

    integration: str
    name: str
    type: str
    poll: Poll
    first: Mapping[str, Sequence[object]] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    empty: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether it was reached and everything it said could be read."""
        return self.poll.error is None and self.poll.bad_items == 0

    @property
    def noted(self) -> bool:
        """Whether something of it is to be looked at all the same: a next page not followed, a field never filled."""
        return bool(self.poll.problems) or any(self.empty.values())


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
    proxy_of: Callable[[SourceSettings], ProxySettings | None] = own_proxy,
) -> Checked:
    """Look at one source from its beginning, as its first poll would. Raises nothing of the source's."""
    began = clock()
    given = getattr(settings, "stale_after", None)
    stale_after = given if isinstance(given, timedelta) else None
    arrival = Arrival(settings.side, masker, began, stale_after, settings.brings, redact)
    ctx = SourceContext(
        integration,
        settings.name,
        settings.side,
        began,
        HttpClient(clients, proxy=Proxy.of(proxy_of(settings)), tls=OwnTls.of(settings)),
        zone=zone or utc(integration),
    )
    shown = _Shown(_mapped(settings))
    try:
        async with closing(sources[settings.type].collect(settings, {}, ctx)) as batches:
            async for batch in batches:
                shown.take(arrival.batch(infer_jobs_within(batch)))
                if shown.enough:
                    break
    except SourceError as error:
        shown.outcome.failed(arrival.text(error.message), error.permanent, error.retry_after)
    except Exception as error:  # noqa: BLE001  a fault in one source must not stop the others
        text = arrival.text(f"{type(error).__name__}: {error}")[:500]
        shown.outcome.failed(text, permanent=False, retry_after=None)
    shown.outcome.counted(ctx.http.requests, ctx.http.bytes, ctx.http.notes)
    poll = shown.outcome.poll(began, clock(), None)
    return Checked(integration, settings.name, settings.type, poll, shown.first, shown.counts, shown.empty)


def _mapped(settings: SourceSettings) -> dict[str, dict[str, str]]:
    """Kind of records → our name → expression, as the settings map them."""
    failed = getattr(settings, "failed_records", None)
    fields = {"runs": getattr(settings, "fields", None), "failed_records": getattr(failed, "fields", None)}
    return {kind: dict(names) for kind, names in fields.items() if isinstance(names, Mapping)}


class _Shown:
    """What was read so far, and the first of it. mapped: kind → field → expression."""

    def __init__(self, mapped: Mapping[str, dict[str, str]]) -> None:
        self._mapped = mapped
        self.outcome = Outcome()
        self.first: dict[str, list[object]] = {}
        self.counts: dict[str, int] = {}
        self._batches = 0

    @property
    def enough(self) -> bool:
        """Whether there is no need to read on. A second page shows whether the first one led there."""
        return self._batches >= _ENOUGH_BATCHES or (
            self._batches >= _ENOUGH_PAGES and sum(self.counts.values()) >= FIRST
        )

    @property
    def empty(self) -> dict[str, dict[str, str]]:
        """Kind → the mapped fields that no record had a value of."""
        return {kind: names for kind, names in self._mapped.items() if names and kind in self.counts}

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
                self._fill(kind, records)

    def _fill(self, kind: str, records: Sequence[object]) -> None:
        names = self._mapped.get(kind, {})
        for name in list(names):
            if any(getattr(record, name, None) not in (None, "") for record in records):
                del names[name]
