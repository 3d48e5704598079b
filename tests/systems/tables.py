"""Stand-ins of Meltano's system database and of a destination that dlt loads into."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from tests.systems.base import Told
from tests.systems.database import Tables


class Meltano(Tables):
    """State words as stored, the error inside the payload, beside the state of the tap."""

    preset: ClassVar[str] = "meltano"
    schema: ClassVar[tuple[str, ...]] = (
        "CREATE TABLE runs (id INTEGER NOT NULL PRIMARY KEY, job_name VARCHAR, state VARCHAR(10), started_at {time},"
        ' ended_at {time}, payload VARCHAR, payload_flags INTEGER, run_id CHAR(32), "trigger" VARCHAR, last_heartbeat_at {time})',
    )
    job: ClassVar[str] = "dev:tap-gitlab-to-target-postgres"

    def set_up(self) -> None:
        self._run(1, "SUCCESS", 90, 85, {"singer_state": {"bookmarks": {"contacts": "2026"}}})
        self._run(2, "FAIL", 60, 59, {"error": "Extractor failed"})
        self._run(3, "FAIL", 50, 49, {"error": "The process was interrupted"})
        self._run(4, "FAIL", 40, 39, {"error": "The process was terminated"})
        self._run(5, "STATE_EDIT", 30, None, {"singer_state": {}})
        self._run(6, "DEAD", 2000, None, {})
        self._run(7, "RUNNING", 800, None, {})
        self._run(8, "RUNNING", 10, None, {}, trigger="schedule")

    def _run(
        self,
        key: int,
        state: str,
        began: float,
        ended: float | None,
        payload: dict[str, Any],
        trigger: str | None = None,
    ) -> None:
        begun, over, text = self.instant(began), self.instant(ended), json.dumps(payload)
        self.execute("DELETE FROM runs WHERE id = :key", key=key)
        self.insert("runs", key, self.job, state, begun, over, text, 0, f"{key:032}", trigger, begun)

    def beat(self, key: str) -> None:
        """A running run shows that it lives."""
        at = self.instant(0)
        self.execute("UPDATE runs SET last_heartbeat_at = :at WHERE id = :key", at=at, key=int(key))

    def change(self) -> None:
        self._run(8, "FAIL", 10, 1, {"error": "Loader failed"}, trigger="schedule")
        self._run(9, "RUNNING", 0.5, None, {})

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
    zoned: ClassVar[bool] = True
    schema: ClassVar[tuple[str, ...]] = (
        "CREATE TABLE _dlt_loads (load_id VARCHAR(64) NOT NULL, schema_name TEXT, status BIGINT NOT NULL,"
        " inserted_at {time} NOT NULL, schema_version_hash TEXT)",
    )

    def set_up(self) -> None:
        self._load(90)
        self._load(30)

    def _load(self, minutes: float) -> None:
        name = self._id(minutes)
        digest = "8VRfUZgS+VCh7me1xAKBA7PgZBNSea/XJOBAdJu6vIY="
        self.insert("_dlt_loads", name, "crm", 0, self.instant(minutes - 0.5), digest)

    def _id(self, minutes: float) -> str:
        return f"{self.ago(minutes).timestamp()}095408"

    def change(self) -> None:
        self._load(1)

    @property
    def first(self) -> dict[str, Told]:
        return {self._id(minutes): ("crm", "succeeded", None) for minutes in (90, 30)}

    @property
    def second(self) -> dict[str, Told]:
        return self.first | {self._id(1): ("crm", "succeeded", None)}
