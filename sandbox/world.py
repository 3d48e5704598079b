"""Everything that the sandbox's systems share: the runs, the keys, the limits, the troubles and the files."""

import json
import shutil
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

from core.clock import Clock
from sandbox import inbox
from sandbox.butterboard import Butterboard
from sandbox.catalogue import Feed
from sandbox.feeds import FEEDS, FEEDS_BY_KEY
from sandbox.history import History
from sandbox.keys import Keyring
from sandbox.limits import Limiter, Quota
from sandbox.logs import Logs
from sandbox.runs import LoggedRun
from sandbox.sync_log import SyncLog
from sandbox.troubles import DEFAULT_MIX, SCENARIOS, Trouble, Troubles, expand

HISTORY_DAYS = 30
_STATE = "state.json"
_CALLS_PER_RUN = 5
_FILE_DAYS = 8


class World:
    """One sandbox in one directory. Made by `open_world`."""

    def __init__(
        self, directory: Path, seed: int, origin: datetime, since: dict[str, datetime], clock: Clock
    ) -> None:
        """origin: the first start in this directory; since: the scenarios that are on."""
        self.directory, self.seed, self.origin, self.clock = directory, seed, origin, clock
        self.troubles = Troubles(origin, since)
        self.keys = Keyring(seed, origin, directory / "keys", clock())
        self.limiter = Limiter()
        self.board = Butterboard(seed)
        self.runs = SyncLog(directory / "runs.jsonl")
        self.logs = Logs(directory)

    def switch(self, name: str, on: bool) -> None:
        """Switch a scenario, remember it for the next start, and let the keys follow; KeyError for a stranger."""
        self.troubles.switch(name, on, self.clock())
        self.save()
        self._end_keys()

    def save(self) -> None:
        """Write what a restart must know."""
        state = {
            "seed": self.seed,
            "origin": self.origin.isoformat(),
            "scenarios": {name: at.isoformat() for name, at in self.troubles.since.items()},
        }
        replace_file(self.directory / _STATE, json.dumps(state, indent=2) + "\n")

    def run_changed(self, feed: Feed, run: LoggedRun) -> None:
        """A run began or ended: into the sync log, and into the log of the system that ran it."""
        self.runs.save(run)
        self.logs.run_changed(feed, run)

    def abort_open(self) -> None:
        """End the runs that nobody goes on with, because their process stops or died."""
        for run in self.runs.abort_open(self.clock()):
            self.logs.run_changed(FEEDS_BY_KEY[run.integration], run)

    def prepare(self, days: int) -> None:
        """Fill the stretch from the last known run (at first: `days` ago) until now with history."""
        now = self.clock()
        start = now - timedelta(days=days)
        if self.runs.exists():
            self.runs.load()
            self.abort_open()
            start = max(start, self.runs.last_end() or start)
        past = History(self.seed, self.origin, self.troubles).runs(start, now)
        self.runs.fill(past)
        self.logs.fill(past, self.seed, now)
        self._drop_files(
            [run for run in past if run.file and run.started_at > now - timedelta(days=_FILE_DAYS)]
        )
        self.keys.write()
        self._end_keys()
        self._count_used(now)
        self.save()

    def _drop_files(self, runs: Iterable[LoggedRun]) -> None:
        for run in runs:
            feed, swapped = FEEDS_BY_KEY[run.integration], run.error_code == "missing_column"
            inbox.deliver(self.directory, feed, run.started_at, self.seed, run.read, swapped=swapped)

    def _end_keys(self) -> None:
        now = self.clock()
        for name, scenario in SCENARIOS.items():
            if scenario.trouble is not Trouble.EXPIRED_KEY:
                continue
            for consumer in scenario.feeds:
                if name in self.troubles.since:
                    self.keys.expire(consumer, self.troubles.since[name])
                elif self.keys.of(consumer).expired(now):
                    self.keys.renew(consumer, now)

    def _count_used(self, now: datetime) -> None:
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        for feed in FEEDS:
            _, runs_today = self.runs.slice(feed.key, midnight, 0, 0)
            day = quotas(feed.key)[1]
            self.limiter.set_used(feed.key, day, min(runs_today * _CALLS_PER_RUN, day.limit * 9 // 10), now)


def quotas(consumer: str) -> tuple[Quota, Quota]:
    """What Butterboard allows a consumer: calls a minute, and calls a day."""
    minute = {"successfactors": 60, "monitor": 3000, "hr": 3000}.get(consumer, 300)
    day = {"peoplesoft": 20_000, "successfactors": 5000, "slack": 20_000}.get(consumer, 3000)
    if consumer in ("monitor", "hr"):
        day = 1_000_000
    return Quota("per-minute", minute, timedelta(minutes=1)), Quota("per-day", day, timedelta(days=1))


def open_world(
    directory: Path,
    *,
    clock: Clock,
    seed: int = 7,
    scenarios: Iterable[str] | None = None,
    days: int = HISTORY_DAYS,
) -> World:
    """The sandbox of a directory, new or as it was left.

    scenarios: which are on (None: as they were left, at first the demo mix); ValueError for an
    unknown one. A seed given for a directory that has one already is ignored: its history stays.
    """
    names = None if scenarios is None else expand(scenarios)
    directory.mkdir(parents=True, exist_ok=True)
    now = clock()
    if (directory / _STATE).exists():
        state = json.loads((directory / _STATE).read_text(encoding="utf-8"))
        origin = datetime.fromisoformat(state["origin"])
        since = {
            name: datetime.fromisoformat(at) for name, at in state["scenarios"].items() if name in SCENARIOS
        }
        if names is not None:
            since = {name: since.get(name, now) for name in names}
        world = World(directory, int(state["seed"]), origin, since, clock)
    else:
        _discard_half_made(directory)
        chosen = DEFAULT_MIX if names is None else names
        since = {name: now - SCENARIOS[name].head_start for name in chosen}
        world = World(directory, seed, now, since, clock)
    world.prepare(days)
    return world


def _discard_half_made(directory: Path) -> None:
    """A first start that was killed leaves no state: its runs and logs would be there twice."""
    (directory / "runs.jsonl").unlink(missing_ok=True)
    shutil.rmtree(directory / "logs", ignore_errors=True)


def replace_file(path: Path, text: str) -> None:
    """Write a file so that whoever reads it sees the old one or the new one, never half."""
    temporary = path.with_name(path.name + ".new")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)
