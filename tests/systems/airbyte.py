"""A stand-in of Airbyte's public API, `GET /jobs`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar

from tests.collectors.collectors_server import Reply, Seen
from tests.systems.base import System, Told, cut, refused

CONNECTION = "9924bcd0-99be-453d-ba47-c2c9766f7da5"


class Airbyte(System):
    """More jobs than one page holds; the newest first by their change."""

    preset: ClassVar[str] = "airbyte"

    def set_up(self) -> None:
        self.updated: dict[int, datetime] = {}
        self.jobs: dict[int, dict[str, Any]] = {}
        for number in range(1, 121):
            self._job(number, "succeeded", 600 - number, 3, rowsSynced=number, bytesSynced=number * 10)
        self._job(121, "failed", 30, 5, rowsSynced=0, bytesSynced=0)
        self._job(122, "cancelled", 20, 1)
        self._job(123, "incomplete", 15, 2)
        self._job(124, "running", 10, 0)
        self._job(125, "pending", 5, 0)

    def _job(self, number: int, status: str, began: float, took: float, **more: Any) -> None:
        # A Java OffsetDateTime written as text leaves out seconds that are zero; a job not ended has no update.
        job = {"jobId": number, "status": status, "jobType": "sync", "connectionId": CONNECTION,
               "startTime": self._java(self.ago(began)), **more}  # fmt: skip
        self.updated[number] = self.ago(began - took)
        if status in ("succeeded", "failed", "cancelled"):
            job["lastUpdatedAt"] = self._java(self.updated[number])
        if status != "pending":
            job["duration"] = f"PT{int(took)}M"
        self.jobs[number] = job

    @staticmethod
    def _java(at: datetime) -> str:
        return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ" if at.second == 0 else "%Y-%m-%dT%H:%M:%SZ")

    def keys(self, url: str) -> dict[str, Any]:
        return {"url": f"{url}/api/public/v1/", "client_id": "an-id", "client_secret": "a-secret"}

    def answer(self, seen: Seen) -> Reply:
        if seen.path == "/api/public/v1/applications/token":
            wanted = {
                "client_id": "an-id",
                "client_secret": "a-secret",
                "grant-type": "client_credentials",
            }
            return Reply({"access_token": "t"}) if seen.json() == wanted else Reply({}, 403)
        if refusal := refused(seen, "authorization", "Bearer t"):
            return refusal
        query = seen.query
        # Micronaut takes an empty list of workspaces for a bad UUID.
        if seen.path != "/api/public/v1/jobs" or query.get("workspaceIds") == "" or int(query["limit"]) > 100:
            return Reply({"message": "bad request"}, 400)
        if query.get("connectionId", CONNECTION) != CONNECTION:
            return Reply({"data": []})
        mark = query.get("updatedAtStart")
        least = datetime.fromisoformat(mark) if mark else None
        found = [job for number, job in self.jobs.items() if least is None or self.updated[number] >= least]
        found.sort(key=lambda job: self.updated[job["jobId"]], reverse=True)
        page = cut(found, query["offset"], query["limit"])
        # Its own address of the next page drops the filters, and names the host that the server believes to be.
        return Reply({"previous": "", "next": "http://localhost:8006/v1/jobs?offset=100", "data": page})

    def change(self) -> None:
        self._job(123, "failed", 15, 15)
        self._job(124, "succeeded", 10, 9, rowsSynced=7, bytesSynced=70)
        self._job(125, "running", 5, 4)

    @property
    def first(self) -> dict[str, Told]:
        said = dict.fromkeys(map(str, range(1, 121)), "succeeded")
        said |= {"121": "failed", "122": "cancelled", "123": "running", "124": "running", "125": "queued"}
        return {number: (CONNECTION, status, None) for number, status in said.items()}

    @property
    def second(self) -> dict[str, Told]:
        said = {"123": "failed", "124": "succeeded", "125": "running"}
        return self.first | {number: (CONNECTION, status, None) for number, status in said.items()}
