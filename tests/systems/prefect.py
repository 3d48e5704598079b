"""A stand-in of Prefect's API: a list at the root, pages and filters in the body."""

from __future__ import annotations

from typing import Any, ClassVar

from tests.collectors.collectors_server import Reply, Seen
from tests.systems.base import System, Told, cut, refused, since

FLOW = "5f0e3a86-6a59-4c1d-9f43-0a1b2c3d4e5f"


class Prefect(System):
    """Late and retried runs are of the type SCHEDULED, like those planned for later, which nobody wants."""

    preset: ClassVar[str] = "prefect"

    def set_up(self) -> None:
        self.runs: dict[str, dict[str, Any]] = {}
        for number in range(210):
            self._run(f"old-{number:03}", "COMPLETED", "Completed", 900 - number, 1)
        self._run("fails", "FAILED", "Failed", 50, 1, "Flow run encountered an exception: KeyError: 'email'")
        self._run("times-out", "FAILED", "TimedOut", 49, 1, "Flow run exceeded timeout of 60.0 second(s)")
        self._run("crashes", "CRASHED", "Crashed", 48, 1, "Execution was aborted by a termination signal.")
        self._run("stopped", "CANCELLED", "Cancelled", 47, 1, "by a person")
        self._run("stops", "CANCELLING", "Cancelling", 46, 0)
        self._run("pauses", "PAUSED", "Suspended", 45, 0)
        self._run(
            "retries", "SCHEDULED", "AwaitingRetry", 20, 0, "Flow run encountered an exception: KeyError"
        )
        self._run("late", "SCHEDULED", "Late", 19, 0)
        self._run("submitted", "PENDING", "Pending", 18, 0)
        self._run("now", "RUNNING", "Running", 10, 0, attempt=1)
        self._run("planned", "SCHEDULED", "Scheduled", -60, 0)

    def _run(
        self, name: str, kind: str, state: str, due: float, took: float, said: str = "", attempt: int = 1
    ) -> None:
        begun = state not in ("Late", "Pending", "Scheduled")
        self.runs[name] = {
            "id": name, "name": "ubiquitous-lynx", "flow_id": FLOW, "deployment_id": None, "auto_scheduled": True,
            "state_id": f"s-{name}", "state_type": kind, "state_name": state, "run_count": attempt if begun else 0,
            "expected_start_time": self.iso(due), "next_scheduled_start_time": None,
            "start_time": self.iso(due) if begun else None, "end_time": self.iso(due - took) if took else None,
            "total_run_time": took * 60, "work_pool_name": "pool", "tags": [], "parameters": {},
            "state": {"type": kind, "name": state, "message": said or None, "timestamp": self.iso(due - took)},
        }  # fmt: skip

    def keys(self, url: str) -> dict[str, Any]:
        return {
            "url": f"{url}/api/accounts/a/workspaces/w",
            "auth": {"type": "bearer", "token": "t"},
            "request": {"json": {"flows": {"name": {"any_": ["erp_to_butterboard"]}}}},
        }

    def answer(self, seen: Seen) -> Reply:
        if refusal := refused(seen, "authorization", "Bearer t"):
            return refusal
        body = seen.json()
        if body["limit"] > 200 or body["flows"] != {"name": {"any_": ["erp_to_butterboard"]}}:
            return Reply({"detail": "Invalid limit: must be less than or equal to 200."}, 422)
        state, mark = body["flow_runs"]["state"], body["flow_runs"]["expected_start_time"].get("after_")
        found = [
            run
            for run in since(list(self.runs.values()), "expected_start_time", mark)
            if run["state_type"] in state["type"]["any_"]
            or (state["operator"] == "or_" and run["state_name"] in state["name"]["any_"])
        ]
        found.sort(key=lambda run: run["expected_start_time"], reverse=True)
        return Reply(cut(found, body["offset"], body["limit"]))

    def change(self) -> None:
        self._run("now", "COMPLETED", "Completed", 10, 9)
        self._run("retries", "COMPLETED", "Completed", 20, 19, attempt=2)
        self._run("late", "RUNNING", "Running", 19, 0)
        self._run("stops", "CANCELLED", "Cancelled", 46, 45)

    @property
    def first(self) -> dict[str, Told]:
        said: dict[str, Told] = {f"old-{n:03}": (FLOW, "succeeded", None) for n in range(210)}
        for name in ("fails", "times-out", "crashes"):
            said[name] = (FLOW, "failed", self.runs[name]["state"]["message"])
        words = {"stopped": "cancelled", "stops": "running", "pauses": "running", "retries": "running"}
        words |= {"late": "queued", "submitted": "queued", "now": "running"}
        return said | {name: (FLOW, status, None) for name, status in words.items()}

    @property
    def second(self) -> dict[str, Told]:
        words = {"now": "succeeded", "retries": "succeeded", "late": "running", "stops": "cancelled"}
        return self.first | {name: (FLOW, status, None) for name, status in words.items()}
