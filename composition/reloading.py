"""Collecting by the configuration at work, and taking over a changed one while polls are under way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog

from composition.names import watched
from composition.stores import masker
from composition.zones import zones_of
from core import clock
from core.errors import StorageError
from core.records import Json
from core.same import forget
from core.settings import Settings, SourceSettings
from storage.keys import SourceKey
from worker.duties import Change

if TYPE_CHECKING:
    from collectors.outfit import Outfit
    from composition.current import Current
    from core.records import Poll
    from storage.writer import Writer

log = structlog.get_logger(__name__)

MOST_CALLING = 256
"""Polls at once that wait for other systems: a silent host holds one for half a minute."""

MOST_READING = 16
"""Polls at once that read files and databases, each with a batch in memory and a thread at work."""

ACTOR = "monitor"
"""Who the audit trail says it was: the program itself."""


class Collecting:
    """What the worker polls by. A poll goes on by the settings that it began with. outfit: what the next is made with."""

    def __init__(self, current: Current, outfit: Outfit, writer: Writer) -> None:
        from collectors.gate import Gate

        self._current = current
        self.outfit = replace(outfit, redact=current.redact)
        self._writer = writer
        self._calling = Gate(MOST_CALLING)
        self._reading = Gate(MOST_READING)
        self._look_at(current.settings)

    def every(self) -> Mapping[SourceKey, timedelta]:
        """Each source's interval."""
        return {key: source.every for key, source in self._sources.items()}

    async def poll(self, key: SourceKey) -> Poll | None:
        """One look at a source, when there is room; None for one that was taken out a moment ago."""
        from collectors.run import poll

        async with self._calling if key in self._call else self._reading:
            source = self._sources.get(key)
            if source is None:
                return None
            horizon = clock.now() - self._current.settings.retention.raw
            return await poll(self.outfit, key.integration, source, horizon=horizon)

    def _look_at(self, settings: Settings) -> None:
        sources, types = _by_key(settings), self.outfit.sources
        self._call = frozenset(key for key, one in sources.items() if types[one.type].cost(one) > 0)
        self._sources = sources

    def reload(self, now: datetime) -> Change[SourceKey] | None:
        """Take over a changed file, whole or not at all; each is audited. Raises StorageError."""
        before, refused = self._current.settings, self._current.problems
        newer = self._current.look(now)
        if newer is None:
            if self._current.problems and self._current.problems != refused:
                detail = {"problems": [f"{where}: {what}" for where, what in self._current.problems]}
                self._audit("configuration refused", before, detail, now)
            return None
        try:
            self._writer.configure(newer, now)
        except StorageError:
            self._current.look_again()
            raise
        self._current.take(newer, now)
        self.outfit = replace(
            self.outfit, masker=masker(newer), proxy_of=newer.proxy_of, zone_of=zones_of(newer)
        )
        known = self._sources
        self._look_at(newer)
        forget()
        change = _change(known, self._sources)
        self._audit("configuration taken over", newer, _told(known, self._sources, change, newer), now)
        return change

    def _audit(self, action: str, settings: Settings, detail: Json, now: datetime) -> None:
        self._writer.record_action(ACTOR, action, str(settings.path), detail, now)


def take_over(current: Current) -> None:
    """The same in a process that only reads: another one collects, and writes."""
    now = clock.now()
    newer = current.look(now)
    if newer is not None:
        current.take(newer, now)
        log.info("configuration taken over", integrations=len(newer.integrations))


def _by_key(settings: Settings) -> dict[SourceKey, SourceSettings]:
    return {SourceKey(key, source.name): source for key, source in watched(settings)}


def _change(
    before: Mapping[SourceKey, SourceSettings], after: Mapping[SourceKey, SourceSettings]
) -> Change[SourceKey]:
    anew = frozenset(key for key, source in after.items() if key in before and before[key] != source)
    return Change({key: source.every for key, source in after.items()}, anew)


def _told(
    before: Mapping[SourceKey, SourceSettings],
    after: Mapping[SourceKey, SourceSettings],
    change: Change[SourceKey],
    settings: Settings,
) -> Json:
    """What changed among the sources, for the audit trail."""
    return {
        "fingerprint": settings.digest[:12],
        "added": [str(key) for key in after if key not in before],
        "removed": [str(key) for key in before if key not in after],
        "changed": [str(key) for key in after if key in change.anew],
    }
