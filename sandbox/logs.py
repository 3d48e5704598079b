"""The log files of the sandbox: the gateway's access logs, and the sync logs of the systems that keep one."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

from sandbox.access_lines import FORMATS, GARBAGE, Call
from sandbox.catalogue import FILE_TRACES, Feed, Trace
from sandbox.feeds import FEEDS, FEEDS_BY_KEY
from sandbox.past_calls import calls_of
from sandbox.rotating import RotatingFile
from sandbox.runs import IN_PROGRESS, LoggedRun
from sandbox.sync_lines import CSV_HEADER, finished_lines, started_lines

ACCESS_DAYS = 7
_DAY = timedelta(days=1)
_NEVER = timedelta(days=36_500)
_SUFFIX = {Trace.JSON_LINES: "jsonl", Trace.LOGFMT: "log", Trace.CSV: "csv", Trace.TEXT: "log"}
_NOISE = 'Traceback (most recent call last):\n  File "cron.py", line 118, in tick\nRuntimeError: cache is cold, retrying'


def access_path(directory: Path, consumer: str) -> Path:
    """The gateway's log of one consumer's calls; rotated ones carry a number behind."""
    return directory / "logs" / "gateway" / f"{consumer}.access.log"


def sync_path(directory: Path, feed: Feed) -> Path:
    """The sync log of a system that keeps one."""
    return directory / "logs" / "sync" / f"{feed.key}-sync.{_SUFFIX[feed.trace]}"


class Logs:
    """Writes every line at once, so that whoever follows a file sees it."""

    def __init__(self, directory: Path) -> None:
        self._access = {
            feed.key: RotatingFile(access_path(directory, feed.key), period=_DAY, keep=ACCESS_DAYS)
            for feed in FEEDS
            if feed.access
        }
        self._others = RotatingFile(access_path(directory, "other"), period=_DAY, keep=3)
        self._sync = {feed.key: _sync_file(directory, feed) for feed in FEEDS if feed.trace in FILE_TRACES}

    def call(self, call: Call) -> None:
        """One request that the gateway answered."""
        feed = FEEDS_BY_KEY.get(call.consumer)
        if feed is None or feed.access is None:
            self._others.write([(call.at, FORMATS["combined"](call))])
        else:
            self._access[feed.key].write([(call.at, FORMATS[feed.access](call))])

    def run_changed(self, feed: Feed, run: LoggedRun) -> None:
        """A run began or ended, in the log of its system."""
        if feed.key in self._sync:
            lines = started_lines(feed, run) if run.state == IN_PROGRESS else finished_lines(feed, run)
            self._sync[feed.key].write([(run.updated_at, line) for line in lines])

    def fill(self, runs: Iterable[LoggedRun], seed: int, now: datetime) -> None:
        """Write what many past runs left: all their sync lines, the last days' calls."""
        by_feed: dict[str, list[LoggedRun]] = {feed.key: [] for feed in FEEDS}
        for run in runs:
            by_feed[run.integration].append(run)
        for key, past in by_feed.items():
            feed = FEEDS_BY_KEY[key]
            if key in self._sync:
                self._sync[key].write(_in_order(_sync_lines(feed, past)), dated=True)
            if feed.access:
                recent = [run for run in past if run.started_at > now - timedelta(days=ACCESS_DAYS)]
                self._access[key].write(_in_order(_access_lines(feed, recent, seed)), dated=True)


def _sync_file(directory: Path, feed: Feed) -> RotatingFile:
    path = sync_path(directory, feed)
    period = _NEVER if feed.trace is Trace.CSV else 7 * _DAY
    file = RotatingFile(path, period=period, keep=6, encoding="cp1251" if feed.key == "zup" else "utf-8")
    if feed.trace is Trace.CSV and not path.exists():
        path.write_text(CSV_HEADER + "\n", encoding="utf-8")
    return file


def _sync_lines(feed: Feed, runs: list[LoggedRun]) -> list[tuple[datetime, str]]:
    found: list[tuple[datetime, str]] = []
    for index, run in enumerate(runs):
        found += [(run.started_at, line) for line in started_lines(feed, run)]
        found += [(run.updated_at, line) for line in finished_lines(feed, run)]
        if feed.key == "moodle" and index % 400 == 200:
            found.append((run.updated_at, _NOISE))
    return found


def _access_lines(feed: Feed, runs: list[LoggedRun], seed: int) -> list[tuple[datetime, str]]:
    write = FORMATS[feed.access or "combined"]
    found = [(call.at, write(call)) for run in runs for call in calls_of(feed, run, seed)]
    if feed.key == "peoplesoft" and found:
        found += [(at, GARBAGE.format(at=at)) for at, _ in found[100 : len(found) : 6000]]
    return found


def _in_order(lines: list[tuple[datetime, str]]) -> list[tuple[datetime, str]]:
    return sorted(lines, key=lambda line: line[0])
