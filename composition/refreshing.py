"""Refreshing: the snapshot that the pages read, of what changed at once and of the rest now and then."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from core.routing import UNROUTED
from core.settings import Settings

if TYPE_CHECKING:
    from storage.store import Store
    from storage.writer import Writer

AGED = timedelta(seconds=65)
"""What was refreshed no longer ago is left out of a refresh of everything: only time has passed over it.

A little above a minute, so that what is polled each minute is refreshed by its polls alone.
"""

YESTERDAY_EVERY = timedelta(minutes=5)
"""Facts of 24 hours ago hardly change: they are computed anew so often."""


class Refresher:
    """Brings the snapshot up to date, of some integrations or (None) of all. One thread at a time."""

    def __init__(self, settings: Callable[[], Settings], store: Store, writer: Writer) -> None:
        self._settings, self._store, self._writer = settings, store, writer
        self._refreshed: dict[str, datetime] = {}
        self._by: Settings | None = None
        self._whole_at: datetime | None = None

    def __call__(self, integrations: frozenset[str] | None, now: datetime) -> None:
        """Refresh these as of now; of all, those that have aged, and all by a configuration that is new.

        Now and then also what all were 24 hours ago.

        Raises StorageError.
        """
        from assess.feeding import completed
        from assess.refresh import snapshots
        from storage.queries.routes import feeds

        with self._store.read() as connection:
            settings = completed(connection, self._settings())
            whole = integrations is None and self._due(settings, now)
            wanted: Collection[str] | None = integrations
            if integrations is not None and UNROUTED in integrations:
                # A shared source was read: whatever it feeds may have changed.
                wanted = integrations | {key for _, key in feeds(connection).fed}
            elif integrations is None:
                wanted = self._aged(settings, now) if settings is self._by else None
            today = snapshots(connection, settings, now, wanted, yesterday=False)
            before = snapshots(connection, settings, now, today=False) if whole else []
        if today or before:
            self._writer.save_overview([*today, *before])
        if whole:
            if settings is not self._by:
                self._refreshed = {}
            self._by, self._whole_at = settings, now
        self._refreshed.update((row.integration, now) for row in today)

    def _due(self, settings: Settings, now: datetime) -> bool:
        """Whether yesterday is to be computed too. A clock set back has it done."""
        if self._whole_at is None or settings is not self._by:
            return True
        return not timedelta() <= now - self._whole_at < YESTERDAY_EVERY

    def _aged(self, settings: Settings, now: datetime) -> frozenset[str]:
        keys, known = (one.key for one in settings.integrations), self._refreshed
        return frozenset(
            key for key in keys if key not in known or not timedelta() <= now - known[key] < AGED
        )
