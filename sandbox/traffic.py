"""When each integration syncs: as its schedule says, one run at a time, late when it was held up."""

import asyncio
from datetime import datetime, timedelta

from sandbox.catalogue import Feed
from sandbox.feeds import FEEDS
from sandbox.history import run_id
from sandbox.runs import LoggedRun
from sandbox.syncs import Syncs
from sandbox.troubles import Trouble
from sandbox.world import World

_TICK_SECONDS = 1.0
_SPREAD_SECONDS = 0.35


class Traffic:
    """Starts what is due, every second, until it is cancelled."""

    def __init__(self, world: World, syncs: Syncs) -> None:
        self._world, self._syncs = world, syncs
        self._seen: dict[str, datetime] = {}
        self.running: dict[str, asyncio.Task[LoggedRun]] = {}

    async def forever(self) -> None:
        """Tick until cancelled; then the runs in hand are cancelled too."""
        try:
            while True:
                self.tick(self._world.clock())
                await asyncio.sleep(_TICK_SECONDS)
        finally:
            for task in self.running.values():
                task.cancel()
            await asyncio.gather(*self.running.values(), return_exceptions=True)

    def tick(self, now: datetime) -> None:
        """Start every feed whose due time has come and whose run of then is not known."""
        for index, feed in enumerate(FEEDS):
            due = last_due(feed, now - timedelta(seconds=index * _SPREAD_SECONDS))
            task = self.running.get(feed.key)
            if self._seen.get(feed.key) == due or (task is not None and not task.done()):
                continue
            if self._world.troubles.on(Trouble.ABSENT, feed.key):
                continue
            self._seen[feed.key] = due
            if self._world.runs.get(feed.key, run_id(feed, due)) is None:
                self.running[feed.key] = asyncio.create_task(self._syncs.run(feed, due))

    async def run_now(self, feed: Feed) -> LoggedRun:
        """One run at once, by hand."""
        return await self._syncs.run(feed, self._world.clock(), "manual")


def last_due(feed: Feed, now: datetime) -> datetime:
    """The newest due time at or before now."""
    reach = feed.every * 2 + timedelta(hours=1) if feed.daily_at else feed.every
    slots = feed.slots(now - reach, now + timedelta(microseconds=1), now)
    return slots[-1]
