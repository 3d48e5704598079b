"""Stand-ins whose runs stand in a database: Meltano's system database and a destination that dlt loads into."""

from __future__ import annotations

import json
import sqlite3
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from tests.collectors.collectors_server import Reply, Seen
from tests.systems.base import System, Told

RUNS = """CREATE TABLE IF NOT EXISTS runs (id INTEGER NOT NULL PRIMARY KEY, job_name VARCHAR, state VARCHAR(10),
  started_at DATETIME, ended_at DATETIME, payload VARCHAR, payload_flags INTEGER, run_id CHAR(32), "trigger" VARCHAR,
  last_heartbeat_at DATETIME)"""
LOADS = """CREATE TABLE IF NOT EXISTS _dlt_loads (load_id VARCHAR(64) NOT NULL, schema_name TEXT, status BIGINT NOT NULL,
  inserted_at DATETIME NOT NULL, schema_version_hash TEXT)"""


class Tables(System):
    """Keeps its rows in a SQLite file."""

    table: ClassVar[str]

    def __init__(self, now: datetime, folder: Path) -> None:
        self.path = folder / f"{self.preset}.db"
        super().__init__(now)

    def keys(self, url: str) -> dict[str, Any]:
        return {"url": f"sqlite:///{self.path}"}

    def answer(self, seen: Seen) -> Reply:
        return Reply(status=404)

    def put(self, *rows: tuple[object, ...]) -> None:
        """Write rows, each over the one of its key."""
        with sqlite3.connect(self.path) as database:
            database.execute(self.table)
            name = self.table.split(" (")[0].rpartition(" ")[2]
            for row in rows:
                marks = ",".join("?" * len(row))
                database.execute(f"INSERT OR REPLACE INTO {name} VALUES ({marks})", row)
        database.close()

    def naive(self, minutes: float | None) -> str | None:
        """A time in UTC as SQLAlchemy writes it into SQLite."""
        return None if minutes is None else self.ago(minutes).strftime("%Y-%m-%d %H:%M:%S.000000")


class Meltano(Tables):
    """State words as stored, the error inside the payload, beside the state of the tap."""

    preset: ClassVar[str] = "meltano"
    table: ClassVar[str] = RUNS
    job: ClassVar[str] = "dev:tap-crm-to-target-postgres"

    def set_up(self) -> None:
        self.put(
            self._run(1, "SUCCESS", 90, 85, {"singer_state": {"bookmarks": {"contacts": "2026"}}}),
            self._run(2, "FAIL", 60, 59, {"error": "Extractor failed"}),
            self._run(3, "FAIL", 50, 49, {"error": "The process was interrupted"}),
            self._run(4, "FAIL", 40, 39, {"error": "The process was terminated"}),
            self._run(5, "STATE_EDIT", 30, None, {"singer_state": {}}),
            self._run(6, "DEAD", 2000, None, {}),
            self._run(7, "RUNNING", 800, None, {}),
            self._run(8, "RUNNING", 10, None, {}, trigger="schedule"),
        )

    def _run(
        self,
        key: int,
        state: str,
        began: float,
        ended: float | None,
        payload: dict[str, Any],
        trigger: str | None = None,
    ) -> tuple[object, ...]:
        begun = self.naive(began)
        text = json.dumps(payload)
        return (key, self.job, state, begun, self.naive(ended), text, 0, f"{key:032}", trigger, begun)

    def change(self) -> None:
        self.put(
            self._run(8, "FAIL", 10, 1, {"error": "Loader failed"}, trigger="schedule"),
            self._run(9, "RUNNING", 0.5, None, {}),
        )

    @property
    def first(self) -> dict[str, Told]:
        return {
            "1": (self.job, "succeeded", None),
            "2": (self.job, "failed", "Extractor failed"),
            "3": (self.job, "cancelled", "The process was interrupted"),
            "4": (self.job, "failed", "The process was terminated"),
            "6": (self.job, "failed", None),
            # Killed: it never ended, and 12 hours are over.
            "7": (self.job, "failed", "no end seen"),
            "8": (self.job, "running", None),
        }

    @property
    def second(self) -> dict[str, Told]:
        return self.first | {
            "8": (self.job, "failed", "Loader failed"),
            "9": (self.job, "running", None),
        }


class Dlt(Tables):
    """A row for each package that arrived; what failed or waits has none."""

    preset: ClassVar[str] = "dlt"
    table: ClassVar[str] = LOADS

    def set_up(self) -> None:
        self.loads = [self._load(90), self._load(30)]
        self.put(*self.loads)

    def _load(self, minutes: float, status: int = 0) -> tuple[object, ...]:
        load_id = f"{self.ago(minutes).timestamp()}095408"
        return (
            load_id,
            "crm",
            status,
            self.naive(minutes - 0.5),
            "8VRfUZgS+VCh7me1xAKBA7PgZBNSea/XJOBAdJu6vIY=",
        )

    def change(self) -> None:
        self.put(self._load(1))

    @property
    def first(self) -> dict[str, Told]:
        return {str(load[0]): ("crm", "succeeded", None) for load in self.loads}

    @property
    def second(self) -> dict[str, Told]:
        return self.first | {str(self._load(1)[0]): ("crm", "succeeded", None)}
