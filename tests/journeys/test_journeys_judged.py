"""Four ways of going wrong without an error, from the source's own words to the verdict."""

from __future__ import annotations

import json
import sqlite3
import time
import urllib.request
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.collectors.collectors_server import Reply, Served
from tests.journeys.conftest import Monitor
from tests.journeys.serving import running

CONFIG = """
integrations:
  - {{key: hr, name: HR, method: custom, source_system: HR, {schedule} sources: [
      {{{kind}, name: log, {more}
       status_map: {{ok: succeeded, running: running, error: failed}},
       fields: {{external_id: id, job: job, status: state, started_at: start, finished_at: end,
                records_read: read, records_written: written, records_failed: bad}}}}]}}
"""
COLUMNS = ("id", "job", "state", "start", "end", "read", "written", "bad")


class System(ABC):
    """A system that tells of its runs. kind: what reads it, as in the file; the rest of the mapping is the same for all."""

    kind: str

    def __init__(self, lite: Monitor) -> None:
        self.lite = lite

    def configure(self, schedule: str = "", more: str = "") -> None:
        """Watch it."""
        self.lite.configure(CONFIG.format(schedule=schedule, more=more, kind=self.kind))

    @abstractmethod
    def write(self, *runs: Mapping[str, object]) -> None:
        """It tells of these, or tells more of those that it told of."""

    def look(self) -> dict[str, Any]:
        """Collect, then what `status` says of the one integration."""
        assert self.lite.run("collect", "--once").code == 0
        (found,) = self.lite.run("status", "--json").json()["integrations"]
        return dict(found)

    def stored(self, name: str) -> dict[str, Any]:
        """The run of this id, as exported."""
        (found,) = [one for one in self.lite.run("export", "runs").lines() if one["external_id"] == name]
        return found

    @abstractmethod
    def close(self) -> None:
        """It ends."""


class Log(System):
    """A log gets a line for each."""

    kind = "type: log_file, path: sync.jsonl, format: jsonl"

    def write(self, *runs: Mapping[str, object]) -> None:
        """Appended."""
        with (self.lite.folder / "sync.jsonl").open("a", encoding="utf-8") as file:
            file.writelines(json.dumps(run) + "\n" for run in runs)

    def close(self) -> None:
        """A file needs nothing."""


class Api(System):
    """An API lists each run as it is now."""

    def __init__(self, lite: Monitor) -> None:
        super().__init__(lite)
        self.runs: dict[object, dict[str, object]] = {}
        self.server = Served(lambda _: Reply({"runs": list(self.runs.values())}))
        self.kind = f"type: rest, request: {{url: '{self.server.url}/runs'}}, records: runs"

    def write(self, *runs: Mapping[str, object]) -> None:
        """Changed where it is."""
        for run in runs:
            self.runs.setdefault(run["id"], {}).update(run)

    def close(self) -> None:
        """Nobody listens any more."""
        self.server.stop()


class Table(System):
    """A table has a row for each run."""

    kind = "type: sql, url: 'sqlite:///app.db', query: 'SELECT * FROM runs'"

    def __init__(self, lite: Monitor) -> None:
        super().__init__(lite)
        self.database = sqlite3.connect(lite.folder / "app.db", isolation_level=None)
        columns = ", ".join(f'"{name}"' for name in COLUMNS[1:])
        self.database.execute(f"CREATE TABLE runs (id PRIMARY KEY, {columns})")

    def write(self, *runs: Mapping[str, object]) -> None:
        """Changed where it stands."""
        for run in runs:
            self.database.execute("INSERT OR IGNORE INTO runs (id) VALUES (?)", (run["id"],))
            for name, value in run.items():
                self.database.execute(f'UPDATE runs SET "{name}" = ? WHERE id = ?', (value, run["id"]))

    def close(self) -> None:
        """Let go of it."""
        self.database.close()


@pytest.fixture(params=[Log, Api, Table], ids=["log_file", "rest", "sql"])
def system(request: pytest.FixtureRequest, lite: Monitor) -> Iterator[System]:
    """One of each kind, which has told of nothing yet."""
    made = request.param(lite)
    yield made
    made.close()


def run(
    number: int, ago: timedelta, state: str = "ok", took: int | None = 60, **more: object
) -> dict[str, object]:
    """A run that started so long ago and took so many seconds; None: it has no end."""
    start = datetime.now(UTC) - ago
    end = None if took is None else (start + timedelta(seconds=took)).isoformat()
    return {
        "id": f"r{number}",
        "job": "staff",
        "state": state,
        "start": start.isoformat(),
        "end": end,
        **more,
    }


def test_success_with_zero_records_is_degraded(system: System) -> None:
    """Where records are usual, a run without any is not success; the next with some is."""
    system.configure()
    week = [run(day, timedelta(days=8 - day), read=40, written=40) for day in range(7)]
    system.write(*week, run(8, timedelta(minutes=30), read=0, written=0))
    found = system.look()
    assert (found["health"], found["last_run"]["status"]) == ("degraded", "succeeded")
    assert "without a single record" in found["reason"]
    system.write(run(9, timedelta(minutes=5), read=41, written=41))
    assert system.look()["health"] == "healthy"


def test_success_with_failed_records_is_partial(system: System) -> None:
    """The source says ok and tells of two records that did not arrive."""
    system.configure()
    system.write(run(1, timedelta(minutes=10), read=40, written=38, bad=2))
    assert system.look()["last_run"]["status"] == "partial"
    assert system.stored("r1")["records_failed"] == 2


def test_a_run_without_an_end_has_failed_until_its_end_comes(system: System) -> None:
    """After `stale_after` it is failed of unknown cause as of then; the late end takes that back."""
    system.configure(more="stale_after: 6h,")
    system.write(
        run(1, timedelta(hours=5), "running", took=None),
        run(2, timedelta(hours=7), "running", took=None),
    )
    system.look()
    assert system.stored("r1")["status"] == "running"
    stale = system.stored("r2")
    assert (stale["status"], stale["error_class"], stale["error_message"]) == (
        "failed",
        "unknown",
        "no end seen",
    )
    system.write(
        {"id": "r2", "job": "staff", "state": "ok", "end": datetime.now(UTC).isoformat(), "written": 7}
    )
    system.look()
    taken_back = system.stored("r2")
    assert (taken_back["status"], taken_back["records_written"]) == ("succeeded", 7)
    assert taken_back["error_message"] is None
    assert system.lite.run("verify").code == 0


def test_two_schedules_without_a_new_row_are_late(system: System) -> None:
    """Nothing fails and nothing comes: only the schedule tells."""
    system.configure(schedule="schedule: {every: 1h, grace: 5m},")
    system.write(run(1, timedelta(minutes=150)))
    found = system.look()
    assert found["late"]
    system.write(run(2, timedelta(minutes=2)))
    assert not system.look()["late"]


PUSHED = """
integrations:
  - {key: hr, name: HR, method: custom, source_system: HR, schedule: {every: 1h, grace: 5m}, sources: [
      {type: push, name: jobs, token: "push-token-1"}]}
"""


def push(url: str, *runs: Mapping[str, object]) -> None:
    """Send runs, in the words of events."""
    names = {"id": "external_id", "start": "started_at", "end": "finished_at", "read": "records_read"}
    names |= {"written": "records_written", "bad": "records_failed", "state": "status"}
    body = [
        {"kind": "runs", "id": f"event-{run['id']}"}
        | {names.get(name, name): value for name, value in run.items()}
        for run in runs
    ]
    headers = {"Authorization": "Bearer push-token-1", "Content-Type": "application/json"}
    request = urllib.request.Request(f"{url}/api/v1/events", json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert json.loads(answer.read())["stored"] == len(runs)


def judged(lite: Monitor, wanted: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    """What `status` says, once it says what is wanted: it is judged anew shortly after something came."""
    deadline = time.monotonic() + 60
    while True:
        (found,) = lite.run("status", "--json").json()["integrations"]
        if wanted(found):
            return dict(found)
        assert time.monotonic() < deadline, found
        time.sleep(0.5)


def test_what_is_pushed_is_judged_alike(lite: Monitor) -> None:
    """Late after two schedules, success without a record, records that did not arrive; each passes with the next run."""
    lite.configure(PUSHED)
    with running(lite) as (url, _):
        push(url, *(run(day, timedelta(days=8 - day), "succeeded", read=40, written=40) for day in range(7)))
        push(url, run(7, timedelta(minutes=150), "succeeded", read=40, written=40))
        judged(lite, lambda found: found["late"])
        push(url, run(8, timedelta(minutes=9), "succeeded", read=0, written=0))
        found = judged(lite, lambda found: not found["late"])
        assert (found["health"], found["last_run"]["status"]) == ("degraded", "succeeded")
        assert "without a single record" in found["reason"]
        push(url, run(9, timedelta(minutes=5), "succeeded", read=40, written=38, bad=2))
        judged(lite, lambda found: found["last_run"]["status"] == "partial")
        push(url, run(10, timedelta(minutes=2), "succeeded", read=41, written=41))
        judged(lite, lambda found: found["health"] == "healthy")
