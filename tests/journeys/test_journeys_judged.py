"""Four ways of going wrong without an error, from the source's own words to the verdict."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.journeys.conftest import Monitor

CONFIG = """
integrations:
  - {{key: hr, name: HR, method: custom, source_system: HR, {schedule} sources: [
      {{type: log_file, name: log, path: sync.jsonl, format: jsonl, {more}
       status_map: {{ok: succeeded, running: running, error: failed}},
       fields: {{external_id: id, job: job, status: state, started_at: start, finished_at: end,
                records_read: read, records_written: written, records_failed: bad}}}}]}}
"""


def configure(lite: Monitor, schedule: str = "", more: str = "") -> None:
    lite.configure(CONFIG.format(schedule=schedule, more=more))


def write(lite: Monitor, *runs: Mapping[str, object]) -> None:
    with (lite.folder / "sync.jsonl").open("a", encoding="utf-8") as file:
        file.writelines(json.dumps(run) + "\n" for run in runs)


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


def look(lite: Monitor) -> dict[str, Any]:
    """Collect, then what `status` says of the one integration."""
    assert lite.run("collect", "--once").code == 0
    (found,) = lite.run("status", "--json").json()["integrations"]
    return dict(found)


def stored(lite: Monitor, name: str) -> dict[str, Any]:
    """The run of this id, as exported."""
    (found,) = [one for one in lite.run("export", "runs").lines() if one["external_id"] == name]
    return found


def test_success_with_zero_records_is_degraded(lite: Monitor) -> None:
    """Where records are usual, a run without any is not success; the next with some is."""
    configure(lite)
    week = [run(day, timedelta(days=8 - day), read=40, written=40) for day in range(7)]
    write(lite, *week, run(8, timedelta(minutes=30), read=0, written=0))
    found = look(lite)
    assert (found["health"], found["last_run"]["status"]) == ("degraded", "succeeded")
    assert "without a single record" in found["reason"]
    write(lite, run(9, timedelta(minutes=5), read=41, written=41))
    assert look(lite)["health"] == "healthy"


def test_success_with_failed_records_is_partial(lite: Monitor) -> None:
    """The source says ok and tells of two records that did not arrive."""
    configure(lite)
    write(lite, run(1, timedelta(minutes=10), read=40, written=38, bad=2))
    assert look(lite)["last_run"]["status"] == "partial"
    assert stored(lite, "r1")["records_failed"] == 2


def test_a_run_without_an_end_has_failed_until_its_end_comes(lite: Monitor) -> None:
    """After `stale_after` it is failed of unknown cause as of then; the late end takes that back."""
    configure(lite, more="stale_after: 6h,")
    write(
        lite,
        run(1, timedelta(hours=5), "running", took=None),
        run(2, timedelta(hours=7), "running", took=None),
    )
    look(lite)
    assert stored(lite, "r1")["status"] == "running"
    stale = stored(lite, "r2")
    assert (stale["status"], stale["error_class"], stale["error_message"]) == (
        "failed",
        "unknown",
        "no end seen",
    )
    write(
        lite, {"id": "r2", "job": "staff", "state": "ok", "end": datetime.now(UTC).isoformat(), "written": 7}
    )
    look(lite)
    taken_back = stored(lite, "r2")
    assert (taken_back["status"], taken_back["records_written"]) == ("succeeded", 7)
    assert taken_back["error_message"] is None
    assert lite.run("verify").code == 0


def test_two_schedules_without_a_new_row_are_late(lite: Monitor) -> None:
    """Nothing fails and nothing comes: only the schedule tells."""
    configure(lite, schedule="schedule: {every: 1h, grace: 5m},")
    write(lite, run(1, timedelta(minutes=150)))
    found = look(lite)
    assert found["late"]
    write(lite, run(2, timedelta(minutes=2)))
    assert not look(lite)["late"]
