"""Stand-ins of n8n, Azure Data Factory and Databricks: cursors in the query or the body."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from tests.collectors.collectors_server import Reply, Seen
from tests.systems.base import System, Told, cut, refused


class N8n(System):
    """The newest first; what a failed one threw is told one by one."""

    WORDS: ClassVar[dict[str, str]] = {
        "new": "queued", "running": "running", "waiting": "running", "success": "succeeded", "error": "failed", "crashed": "failed",
        "canceled": "cancelled",
    }  # fmt: skip

    def set_up(self) -> None:
        self.runs: dict[int, dict[str, Any]] = {}
        for number in range(1, 121):
            self._run(number, "success", 900 - number)
        for number, status in enumerate(self.WORDS, 121):
            self._run(number, status, 160 - number)
        self._run(128, "error", 5, mode="manual")

    def _run(self, number: int, status: str, began: float, mode: str = "trigger") -> None:
        started = None if status == "new" else self.iso(began).replace("Z", ".250Z")
        stopped = None if status in ("new", "running") else self.iso(began - 1).replace("Z", ".250Z")
        self.runs[number] = {
            "id": str(number), "finished": status == "success", "mode": mode, "retryOf": None, "retrySuccessId": None,
            "status": status, "startedAt": started, "stoppedAt": stopped, "workflowId": "wf1", "waitTill": None,
        }  # fmt: skip

    def answer(self, seen: Seen) -> Reply:
        if refusal := refused(seen, "x-n8n-api-key", "secret"):
            return refusal
        if seen.path != "/api/v1/executions":
            run = self.runs[int(seen.path.rpartition("/")[2])]
            threw = {"lastNodeExecuted": "HTTP Request", "error": {"message": "401 - Unauthorized"}}
            data = {"resultData": threw} if run["status"] == "error" else {"resultData": {}}
            return Reply({**run, "data": data})
        # Older servers refuse any other parameter.
        if set(seen.query) - {"limit", "cursor"} or int(seen.query["limit"]) > 250:
            return Reply({"message": "request/query has unknown parameters"}, 400)
        newest = [self.runs[number] for number in sorted(self.runs, reverse=True)]
        start, size = int(seen.query.get("cursor", "0")), int(seen.query["limit"])
        following = str(start + size) if start + size < len(newest) else None
        return Reply({"data": cut(newest, start, size), "nextCursor": following})

    def change(self) -> None:
        self._run(122, "success", 160 - 122)
        self._run(121, "running", 1)

    @property
    def first(self) -> dict[str, Told]:
        said: dict[str, Told] = {str(number): ("wf1", "succeeded", None) for number in range(1, 121)}
        for number, (word, status) in enumerate(self.WORDS.items(), 121):
            said[str(number)] = ("wf1", status, "401 - Unauthorized" if word == "error" else None)
        return said

    @property
    def second(self) -> dict[str, Told]:
        return self.first | {"122": ("wf1", "succeeded", None), "121": ("wf1", "running", None)}


class DataFactory(System):
    """Asked between two instants; seven digits of a second; a token to go on in the body."""

    WORDS: ClassVar[dict[str, str]] = {
        "Queued": "queued", "InProgress": "running", "Canceling": "running", "Succeeded": "succeeded", "Failed": "failed",
        "Cancelled": "cancelled",
    }  # fmt: skip

    def set_up(self) -> None:
        self.runs: dict[str, dict[str, Any]] = {}
        for number in range(110):
            self._run(f"old-{number:03}", "Succeeded", 900 - number)
        for number, word in enumerate(self.WORDS):
            self._run(word, word, 50 - number)

    def _run(self, name: str, status: str, updated: float) -> None:
        ended = status in ("Succeeded", "Failed")
        failed = "Operation on target Copy failed: 401 Unauthorized"
        self.runs[name] = {
            "runId": name, "pipelineName": "staff", "parameters": {}, "invokedBy": {"id": "t", "name": "Nightly", "invokedByType": "ScheduleTrigger"},
            "runStart": self._digits(updated + 2), "runEnd": self._digits(updated) if ended else None, "durationInMs": None,
            "status": status, "message": failed if status == "Failed" else "", "lastUpdated": self._digits(updated), "isLatest": True,
        }  # fmt: skip

    def _digits(self, minutes: float) -> str:
        return self.iso(minutes).replace("Z", ".6257014Z")

    def answer(self, seen: Seen) -> Reply:
        if seen.path == "/your-tenant/oauth2/v2.0/token":
            return Reply({"access_token": "t", "token_type": "Bearer", "expires_in": 3599})
        if refusal := refused(seen, "authorization", "Bearer t"):
            return refusal
        body = seen.json()
        if seen.query != {"api-version": "2018-06-01"} or set(body) - {
            "lastUpdatedAfter",
            "lastUpdatedBefore",
            "continuationToken",
        }:
            return Reply({"error": {"code": "BadRequest"}}, 400)
        low, high = (datetime.fromisoformat(body[key]) for key in ("lastUpdatedAfter", "lastUpdatedBefore"))
        found = [
            run for run in self.runs.values() if low <= datetime.fromisoformat(run["lastUpdated"]) <= high
        ]
        start = int(body.get("continuationToken", "0"))
        following = {"continuationToken": str(start + 100)} if start + 100 < len(found) else {}
        return Reply({"value": cut(found, start, 100), **following})

    def change(self) -> None:
        self._run("InProgress", "Failed", 1)
        self._run("Queued", "InProgress", 1)

    @property
    def first(self) -> dict[str, Told]:
        said: dict[str, Told] = {f"old-{number:03}": ("staff", "succeeded", None) for number in range(110)}
        failed = {"Failed": "Operation on target Copy failed: 401 Unauthorized"}
        return said | {word: ("staff", status, failed.get(word)) for word, status in self.WORDS.items()}

    @property
    def second(self) -> dict[str, Told]:
        return self.first | {
            "InProgress": ("staff", "failed", "Operation on target Copy failed: 401 Unauthorized"),
            "Queued": ("staff", "running", None),
        }


class Databricks(System):
    """Milliseconds, an end of 0, pages of 25, no list at all where there is no run."""

    RESULTS: ClassVar[dict[str, str]] = {
        "SUCCESS": "succeeded", "SUCCESS_WITH_FAILURES": "partial", "FAILED": "failed", "TIMEDOUT": "failed",
        "UPSTREAM_FAILED": "failed", "CANCELED": "cancelled", "UPSTREAM_CANCELED": "cancelled", "EXCLUDED": "skipped",
        "DISABLED": "skipped", "MAXIMUM_CONCURRENT_RUNS_REACHED": "skipped",
    }  # fmt: skip
    STATES: ClassVar[dict[str, str]] = {
        "QUEUED": "queued", "PENDING": "queued", "BLOCKED": "queued", "RUNNING": "running", "TERMINATING": "running",
        "WAITING_FOR_RETRY": "running", "SKIPPED": "skipped", "INTERNAL_ERROR": "failed",
    }  # fmt: skip

    def set_up(self) -> None:
        self.runs: dict[int, dict[str, Any]] = {}
        for number in range(1, 61):
            self._run(number, "TERMINATED", "SUCCESS", 900 - number)
        for number, result in enumerate(self.RESULTS, 101):
            self._run(number, "TERMINATED", result, 200 - number)
        for number, state in enumerate(self.STATES, 201):
            self._run(number, state, None, 260 - number)

    def _run(self, number: int, life: str, result: str | None, began: float) -> None:
        start = int(self.ago(began).timestamp() * 1000)
        state = {"life_cycle_state": life, "state_message": "Task load failed" if result == "FAILED" else ""}
        state |= {"result_state": result} if result else {}
        ended = life in ("TERMINATED", "INTERNAL_ERROR", "SKIPPED")
        details = {"code": "RUN_EXECUTION_ERROR", "type": "CLIENT_ERROR"} if result == "FAILED" else None
        status = {"state": "TERMINATED", "termination_details": details} if ended else {"state": life}
        self.runs[number] = {
            "run_id": number, "job_id": 5, "run_name": "staff", "state": state, "status": status, "start_time": start,
            "end_time": start + 60000 if ended else 0, "trigger": "PERIODIC", "run_page_url": f"https://w/#job/5/run/{number}",
        }  # fmt: skip

    def answer(self, seen: Seen) -> Reply:
        if refusal := refused(seen, "authorization", "Bearer secret"):
            return refusal
        least, start = int(seen.query.get("start_time_from", "0")), int(seen.query.get("page_token", "0"))
        found = [run for run in self.runs.values() if run["start_time"] >= least]
        found.sort(key=lambda run: run["start_time"], reverse=True)
        page = cut(found, start, seen.query["limit"])
        more = start + len(page) < len(found)
        told: dict[str, Any] = {"has_more": more} | ({"runs": page} if page else {})
        return Reply(told | ({"next_page_token": str(start + len(page))} if more else {}))

    def change(self) -> None:
        self._run(204, "TERMINATED", "FAILED", 260 - 204)

    @property
    def first(self) -> dict[str, Told]:
        said: dict[str, Told] = {str(number): ("staff", "succeeded", None) for number in range(1, 61)}
        words = [*enumerate(self.RESULTS.items(), 101), *enumerate(self.STATES.items(), 201)]
        for number, (word, status) in words:
            said[str(number)] = ("staff", status, "Task load failed" if word == "FAILED" else None)
        return said

    @property
    def second(self) -> dict[str, Told]:
        return self.first | {"204": ("staff", "failed", "Task load failed")}
