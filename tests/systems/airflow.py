"""A stand-in of Airflow's REST API, version 2 (Airflow 3) and version 1 (Airflow 2)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import unquote

from tests.collectors.collectors_server import Reply, Seen
from tests.systems.base import System, Told, cut, refused


class Airflow(System):
    """More runs than one page; filters on the update, which it does not tell."""

    preset: ClassVar[str] = "airflow"
    api: ClassVar[str] = "v2"
    credential: ClassVar[str] = "Bearer t"

    def set_up(self) -> None:
        self.updated: dict[str, datetime] = {}
        self.runs: dict[str, dict[str, Any]] = {}
        self.tasks: dict[str, list[tuple[str, str]]] = {}
        for number in range(110):
            self._run(f"scheduled__{number}", "success", 900 - number * 5, 1)
        self._run("manual__2026-11-24T10:00:00+00:00", "failed", 40, 2)
        # More tasks than the server gives at once, the failed ones last.
        self.tasks["manual__2026-11-24T10:00:00+00:00"] = [
            *((f"step_{n}", "success") for n in range(120)),
            ("load", "failed"),
            ("notify", "upstream_failed"),
        ]
        self._run("timed_out", "failed", 30, 20)
        self._run("now", "running", 12, 0)
        self._run("next", "queued", None, 0)

    def _run(self, name: str, state: str, began: float | None, took: float) -> None:
        ended = state in ("success", "failed") and began is not None
        self.runs[name] = self._shape(name, state, began, began - took if ended and began else None)
        self.updated[name] = self.ago(0 if began is None else began - took)
        self.tasks.setdefault(name, [])

    def _shape(self, name: str, state: str, began: float | None, ended: float | None) -> dict[str, Any]:
        return {
            "dag_run_id": name, "dag_id": "crm_contacts", "dag_display_name": "CRM contacts", "state": state,
            "logical_date": None, "queued_at": self.iso((began or 1) + 1), "run_after": self.iso((began or 1) + 1),
            "start_date": None if began is None else self.iso(began), "end_date": None if ended is None else self.iso(ended),
            "duration": None, "data_interval_start": None, "data_interval_end": None, "last_scheduling_decision": None,
            "run_type": "manual" if name.startswith("manual") else "scheduled", "triggered_by": "timetable",
            "triggering_user_name": None, "conf": {}, "note": None, "dag_versions": [], "bundle_version": None,
        }  # fmt: skip

    def keys(self, url: str) -> dict[str, Any]:
        return {"url": url, "username": "u", "password": "p"}

    def answer(self, seen: Seen) -> Reply:
        if seen.path == "/auth/token" and self.api == "v2":
            given = seen.json() == {"username": "u", "password": "p"}
            return (
                Reply({"access_token": "t"}, 201) if given else Reply({"detail": "Invalid credentials"}, 401)
            )
        if refusal := refused(seen, "authorization", self.credential):
            return refusal
        query, base = seen.query, f"/api/{self.api}/dags/"
        if seen.path == f"{base}~/dagRuns":
            return self._listed(query)
        name = unquote(seen.path.removeprefix(f"{base}crm_contacts/dagRuns/").removesuffix("/taskInstances"))
        tasks = [(task, state) for task, state in self.tasks[name] if state == query.get("state", state)]
        told = [{"task_id": task, "state": state, "try_number": 1, "map_index": -1} for task, state in tasks]
        return Reply({"task_instances": cut(told, 0, query["limit"]), "total_entries": len(told)})

    def _listed(self, query: dict[str, str]) -> Reply:
        allowed = {"limit", "offset", "order_by", "updated_at_gte"}
        if set(query) - allowed or query["order_by"] != "-id" or int(query["limit"]) > 100:
            return Reply({"detail": "bad request"}, 400)
        mark = query.get("updated_at_gte")
        least = datetime.fromisoformat(mark) if mark else None
        names = [name for name in reversed(self.runs) if least is None or self.updated[name] >= least]
        runs = [self.runs[name] for name in names]
        return Reply({"dag_runs": cut(runs, query["offset"], query["limit"]), "total_entries": len(runs)})

    def change(self) -> None:
        self._run("now", "success", 12, 11)
        self._run("next", "running", 1, 0)
        # Cleared: the same run again, now good.
        self._run("timed_out", "success", 2, 1)

    @property
    def first(self) -> dict[str, Told]:
        said: dict[str, Told] = {f"scheduled__{n}": ("crm_contacts", "succeeded", None) for n in range(110)}
        return said | {
            "manual__2026-11-24T10:00:00+00:00": ("crm_contacts", "failed", "task load failed"),
            "timed_out": ("crm_contacts", "failed", None),
            "now": ("crm_contacts", "running", None),
            "next": ("crm_contacts", "queued", None),
        }

    @property
    def second(self) -> dict[str, Told]:
        said = {"now": "succeeded", "next": "running", "timed_out": "succeeded"}
        return self.first | {name: ("crm_contacts", status, None) for name, status in said.items()}


class Airflow2(Airflow):
    """The stable API of Airflow 2: other keys, a plain user and password, and no update in the answer either."""

    api: ClassVar[str] = "v1"
    credential: ClassVar[str] = "Basic dTpw"

    def _shape(self, name: str, state: str, began: float | None, ended: float | None) -> dict[str, Any]:
        return {
            "dag_run_id": name, "dag_id": "crm_contacts", "state": state, "conf": {}, "external_trigger": False, "note": None,
            "logical_date": self.iso(began or 1, "+00:00"), "execution_date": self.iso(began or 1, "+00:00"),
            "start_date": None if began is None else self.iso(began, "+00:00"),
            "end_date": None if ended is None else self.iso(ended, "+00:00"), "last_scheduling_decision": None,
            "data_interval_start": None, "data_interval_end": None,
            "run_type": "manual" if name.startswith("manual") else "scheduled",
        }  # fmt: skip

    def keys(self, url: str) -> dict[str, Any]:
        return {"url": url, "api": "v1", "auth": {"type": "basic", "username": "u", "password": "p"}}
