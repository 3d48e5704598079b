"""Stand-ins of what the systems with a preset tell elsewhere: dlt's trace, Fivetran's log, Nango's public API."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from tests.collectors.collectors_server import Reply, Seen
from tests.systems.base import System, Told, refused
from tests.systems.database import Tables


class DltTrace(Tables):
    """A failed run has its exception at the step and at the run around it."""

    zoned: ClassVar[bool] = True
    schema: ClassVar[tuple[str, ...]] = (
        "CREATE TABLE _trace (transaction_id TEXT, pipeline_name TEXT, started_at {time}, finished_at {time},"
        " engine_version BIGINT, _dlt_load_id TEXT NOT NULL, _dlt_id VARCHAR(128) NOT NULL)",
        "CREATE TABLE _trace__steps (span_id TEXT, step TEXT, started_at {time}, finished_at {time}, step_exception TEXT,"
        " _dlt_parent_id TEXT NOT NULL, _dlt_list_idx BIGINT NOT NULL, _dlt_id VARCHAR(128) NOT NULL)",
    )

    def set_up(self) -> None:
        self._trace("t1", 90, None)
        self._trace("t2", 60, "ValueError: 401 Unauthorized")

    def _trace(self, name: str, minutes: float, error: str | None) -> None:
        begun, ended = self.instant(minutes), self.instant(minutes - 1)
        self.insert("_trace", name, "crm", begun, ended, 2, "1795.1", f"id-{name}")
        steps = [("extract", error), ("run", error)] if error else [("extract", None), ("load", None)]
        for number, (step, told) in enumerate(steps):
            self.insert(
                "_trace__steps", "s", step, begun, ended, told, f"id-{name}", number, f"{name}-{step}"
            )

    def change(self) -> None:
        self._trace("t3", 5, None)

    @property
    def first(self) -> dict[str, Told]:
        return {"t1": ("crm", "succeeded", None), "t2": ("crm", "failed", "ValueError: 401 Unauthorized")}

    @property
    def second(self) -> dict[str, Told]:
        return self.first | {"t3": ("crm", "succeeded", None)}


class FivetranLog(Tables):
    """Starts and ends are events; an end tells its status as JSON text."""

    zoned: ClassVar[bool] = True
    schema: ClassVar[tuple[str, ...]] = (
        "CREATE TABLE connection (connection_id TEXT, connection_name TEXT, connector_type_id TEXT, destination_id TEXT)",
        "CREATE TABLE log (id TEXT, sync_id TEXT, connection_id TEXT, event TEXT, message_event TEXT, message_data TEXT,"
        " time_stamp {time})",
    )

    def set_up(self) -> None:
        self.insert("connection", "c1", "salesforce", "salesforce", "d")
        self._start("good", 90)
        self._end("good", 80, "SUCCESSFUL")
        self._start("bad", 70)
        self._end("bad", 65, "FAILURE_WITH_TASK", "The refresh token was revoked.", "reconnect")
        self._start("stopped", 60)
        self._end("stopped", 59, "CANCELED")
        self._start("later", 50)
        self._end("later", 49, "RESCHEDULED", "The quota of the source is used up.")
        self._start("now", 10)

    def _start(self, sync: str, minutes: float) -> None:
        self.insert("log", f"{sync}-s", sync, "c1", "INFO", "sync_start", None, self.instant(minutes))

    def _end(self, sync: str, minutes: float, status: str, reason: str | None = None, task: str = "") -> None:
        told: dict[str, str] = {"status": status}
        told |= {"reason": reason} if reason else {}
        told |= {"taskType": task} if task else {}
        self.insert(
            "log", f"{sync}-e", sync, "c1", "INFO", "sync_end", json.dumps(told), self.instant(minutes)
        )

    def change(self) -> None:
        self._end("now", 1, "FAILURE", "The source did not answer.")

    @property
    def first(self) -> dict[str, Told]:
        return {
            "good": ("salesforce", "succeeded", None),
            "bad": ("salesforce", "failed", "The refresh token was revoked."),
            "stopped": ("salesforce", "cancelled", None),
            "later": ("salesforce", "skipped", "The quota of the source is used up."),
            "now": ("salesforce", "running", None),
        }

    @property
    def second(self) -> dict[str, Told]:
        return self.first | {"now": ("salesforce", "failed", "The source did not answer.")}


class NangoCloud(System):
    """The last run of each sync; one that runs shows the end of the run before."""

    def set_up(self) -> None:
        result = {"Contact": {"added": 3, "updated": 4, "deleted": 0}, "Deal": {"added": 1, "updated": 0}}
        self.syncs = [
            self._sync("a", "contacts", "SUCCESS", 30, result),
            self._sync("b", "deals", "ERROR", 20, None),
            self._sync("c", "owners", "RUNNING", 90, None),
            self._sync("d", "notes", "PAUSED", 900, None),
            self._sync("e", "tasks", "STOPPED", None, None),
        ]

    def _sync(
        self, key: str, name: str, status: str, ended: float | None, result: dict[str, Any] | None
    ) -> dict[str, Any]:
        end = None if ended is None else self.iso(ended).replace("Z", ".000Z")
        return {"id": key, "connection_id": "acme", "name": name, "type": "INCREMENTAL", "status": status, "frequency": "every hour",
                "finishedAt": end, "nextScheduledSyncAt": None, "latestResult": result, "recordCount": {}}  # fmt: skip

    def answer(self, seen: Seen) -> Reply:
        if refusal := refused(seen, "authorization", "Bearer secret"):
            return refusal
        wanted = seen.query == {"provider_config_key": "hubspot", "syncs": "*"}
        return (
            Reply({"syncs": self.syncs})
            if wanted
            else Reply({"error": {"code": "invalid_query_params"}}, 400)
        )

    def change(self) -> None:
        self.syncs[2] = self._sync("c", "owners", "SUCCESS", 1, {"Owner": {"added": 0, "updated": 2}})

    def _id(self, key: str, minutes: float) -> str:
        return f"{key}@{self.iso(minutes).replace('Z', '.000Z')}"

    @property
    def first(self) -> dict[str, Told]:
        return {
            self._id("a", 30): ("contacts", "succeeded", None),
            self._id("b", 20): ("deals", "failed", None),
        }

    @property
    def second(self) -> dict[str, Told]:
        return self.first | {self._id("c", 1): ("owners", "succeeded", None)}
