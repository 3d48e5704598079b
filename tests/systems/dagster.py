"""A stand-in of Dagster's GraphQL: a union inside HTTP 200, epoch seconds with a fraction, ids as cursors."""

from __future__ import annotations

from typing import Any, ClassVar

from tests.collectors.collectors_server import Reply, Seen
from tests.systems.base import System, Told

WRAPPED = (
    'dagster._core.errors.DagsterExecutionStepExecutionError: Error occurred while executing op "load":\n'
)


class Dagster(System):
    """The newest run first; a page begins after the id that it is given."""

    preset: ClassVar[str] = "dagster"

    def set_up(self) -> None:
        self.runs: dict[str, dict[str, Any]] = {}
        self.events: dict[str, list[dict[str, Any]]] = {}
        self.broken = False
        for number in range(105):
            self._run(f"old-{number:03}", "SUCCESS", 800 - number, 1)
        self._run("fails", "FAILURE", 40, 2, retry="1")
        self.events["fails"] = [{"__typename": "ExecutionStepFailureEvent", "stepKey": "load", "error": {
            "message": WRAPPED, "errorChain": [{"error": {"message": "KeyError: 'email'\n"}}]}}]  # fmt: skip
        # So many events that the failure stands behind those that are asked for.
        self._run("wordy", "FAILURE", 30, 2)
        self.events["wordy"] = [{"__typename": "LogMessageEvent"}] * 1000
        self._run("stopped", "CANCELED", 25, 1)
        self._run("now", "STARTED", 10, 0)
        self._run("next", "QUEUED", None, 0)

    def _run(self, name: str, status: str, began: float | None, took: float, retry: str = "") -> None:
        start = None if began is None else self.ago(began).timestamp() + 0.25
        ended = status in ("SUCCESS", "FAILURE", "CANCELED")
        end = start + took * 60 if start is not None and ended else None
        tags = [{"key": "dagster/retry_number", "value": retry}] if retry else []
        self.runs[name] = {
            "runId": name, "jobName": "events_job", "status": status, "startTime": start, "endTime": end,
            "updateTime": end or start or self.ago(1).timestamp(), "tags": [*tags, {"key": "dagster/schedule_name", "value": "nightly"}],
        }  # fmt: skip

    def keys(self, url: str) -> dict[str, Any]:
        return {
            "url": f"{url}/prod/",
            "auth": {"type": "header", "name": "Dagster-Cloud-Api-Token", "value": "t"},
        }

    def answer(self, seen: Seen) -> Reply:
        if seen.path != "/prod/graphql" or seen.headers.get("dagster-cloud-api-token") != "t":
            return Reply({"errors": [{"message": "Unauthorized"}]}, 401)
        body = seen.json()
        if "runOrError" in body["query"]:
            return self._why(body["variables"]["run"])
        if self.broken:
            return Reply({"data": {"runsOrError": {"message": "OperationalError: too many connections"}}})
        mark, after = body["variables"].get("since"), body["variables"].get("cursor")
        names = [name for name in reversed(self.runs) if not mark or self.runs[name]["updateTime"] > mark]
        first = list(reversed(self.runs)).index(after) + 1 if after else 0
        rest = set(list(reversed(self.runs))[first:])
        page = [self.runs[name] for name in names if name in rest][:100]
        return Reply({"data": {"runsOrError": {"results": page}}})

    def _why(self, name: str) -> Reply:
        steps = [{"stepKey": "read", "status": "SUCCESS"}, {"stepKey": "load", "status": "FAILURE"}]
        events = [{"__typename": "RunStartEvent"}, *self.events[name]]
        connection = {"events": events[:1000]}
        return Reply({"data": {"runOrError": {"stepStats": steps, "eventConnection": connection}}})

    def change(self) -> None:
        self._run("now", "FAILURE", 10, 9)
        self.events["now"] = [{"__typename": "RunFailureEvent", "message": "Steps failed: ['load']."}]
        self._run("next", "STARTED", 1, 0)

    @property
    def first(self) -> dict[str, Told]:
        said: dict[str, Told] = {f"old-{n:03}": ("events_job", "succeeded", None) for n in range(105)}
        return said | {
            "fails": ("events_job", "failed", "KeyError: 'email'\n"),
            "wordy": ("events_job", "failed", "step load failed"),
            "stopped": ("events_job", "cancelled", None),
            "now": ("events_job", "running", None),
            "next": ("events_job", "queued", None),
        }

    @property
    def second(self) -> dict[str, Told]:
        return self.first | {
            "now": ("events_job", "failed", "step load failed"),
            "next": ("events_job", "running", None),
        }
