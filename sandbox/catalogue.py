"""What one integration of the sandbox is: who syncs what into whom, how often, and where it leaves its traces."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

MOSCOW = ZoneInfo("Europe/Moscow")


class Work(StrEnum):
    """What a sync does with the Butterboard API."""

    PEOPLE = "people"
    PROGRESS = "progress"
    TASKS = "tasks"
    OUTBOUND = "outbound"
    FILE = "file"


class Trace(StrEnum):
    """Where the runs of a feed can be read, each in words and a shape of its own."""

    SYNC_LOG = "sync-log"
    OFFSET_JOURNAL = "offset-journal"
    LINK_JOURNAL = "link-journal"
    JSON_LINES = "json-lines"
    LOGFMT = "logfmt"
    CSV = "csv"
    TEXT = "text"


FILE_TRACES = frozenset({Trace.JSON_LINES, Trace.LOGFMT, Trace.CSV, Trace.TEXT})


@dataclass(frozen=True)
class Feed:
    """One integration. volume: records read in a working-hour run; seconds: how long a run takes.

    every: the distance of two runs; daily_at: the local time of a daily run instead (every = 1 day);
    before: the distance that was usual more than `recent` ago, where it was another one;
    access: the format of the gateway's log of this consumer's calls, None where it makes no calls.
    """

    key: str
    name: str
    method: str
    source_system: str
    target_system: str
    work: Work
    job: str
    every: timedelta
    cron: str
    grace: str
    trace: Trace
    volume: int
    seconds: float
    access: str | None = None
    daily_at: time | None = None
    before: timedelta | None = None
    recent: timedelta = timedelta(days=3)
    criticality: str = "normal"
    tags: tuple[str, ...] = ()
    agent: str = "python-httpx/0.28"

    def slots(self, start: datetime, end: datetime, origin: datetime) -> list[datetime]:
        """The due times in [start, end), ascending; `origin` is when the sandbox first started."""
        if self.daily_at is not None:
            return self._days(start, end)
        if self.before is None:
            return _grid(start, end, self.every)
        change = origin - self.recent
        old = _grid(start, min(end, change), self.before)
        return [*old, *_grid(max(start, change), end, self.every)]

    def _days(self, start: datetime, end: datetime) -> list[datetime]:
        day = start.astimezone(MOSCOW).date()
        due: list[datetime] = []
        while (at := datetime.combine(day, self.daily_at or time(), MOSCOW).astimezone(UTC)) < end:
            if at >= start:
                due.append(at)
            day += timedelta(days=1)
        return due


def _grid(start: datetime, end: datetime, step: timedelta) -> list[datetime]:
    seconds = int(step.total_seconds())
    first = -(-int(start.timestamp()) // seconds) * seconds
    return [datetime.fromtimestamp(at, UTC) for at in range(first, int(end.timestamp()), seconds)]
