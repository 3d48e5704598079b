"""A stand-in of GitHub's Actions API: status beside conclusion, attempts, `Link` headers, 1,000 found at most."""

from __future__ import annotations

from typing import Any, ClassVar
from urllib.parse import urlencode

from tests.collectors.collectors_server import Reply, Seen
from tests.systems.base import System, Told, cut, refused, since

PATH = "/repos/acme/handbook-sync/actions/runs"
MOST_FOUND = 1_000

CONCLUSIONS = {
    "success": "succeeded", "neutral": "succeeded", "failure": "failed", "timed_out": "failed", "startup_failure": "failed",
    "stale": "failed", "cancelled": "cancelled", "skipped": "skipped", "action_required": "queued",
}  # fmt: skip
STATUSES = {
    "queued": "queued", "requested": "queued", "waiting": "queued", "pending": "queued", "in_progress": "running",
}  # fmt: skip


class GitHub(System):
    """Every conclusion and every status once, the newest first, behind more good runs than one page."""

    preset: ClassVar[str] = "github"

    def set_up(self) -> None:
        self.runs: dict[int, dict[str, Any]] = {}
        for number in range(1, 111):
            self._run(number, "completed", "success", 900 - number)
        for number, conclusion in enumerate(CONCLUSIONS, 201):
            self._run(number, "completed", conclusion, 100 - number / 10)
        for number, status in enumerate(STATUSES, 301):
            self._run(number, status, None, 40 - number / 10)

    def _run(
        self, number: int, status: str, conclusion: str | None, created: float, attempt: int = 1
    ) -> None:
        started = created if attempt == 1 else 3
        self.runs[number] = {
            "id": number, "name": "Sync", "path": ".github/workflows/sync.yml", "display_title": "Nightly", "run_number": number,
            "event": "schedule", "status": status, "conclusion": conclusion, "workflow_id": 77, "run_attempt": attempt,
            "created_at": self.iso(created), "run_started_at": self.iso(started), "updated_at": self.iso(started - 2),
            "html_url": f"https://github.com/acme/handbook-sync/actions/runs/{number}",
        }  # fmt: skip

    def keys(self, url: str) -> dict[str, Any]:
        return {"url": f"{url}/api/v3", "repository": "acme/handbook-sync", "token": "t"}

    def answer(self, seen: Seen) -> Reply:
        if refusal := refused(seen, "authorization", "Bearer t"):
            return refusal
        path = seen.path.removeprefix("/api/v3")
        if path != PATH:
            return self._jobs(int(path.removeprefix(f"{PATH}/").removesuffix("/jobs")))
        query = seen.query
        size, page, created = int(query["per_page"]), int(query.get("page", "1")), query.get("created")
        found = sorted(self.runs.values(), key=lambda run: run["created_at"], reverse=True)
        if created is not None:
            found = since(found, "created_at", created.removeprefix(">="))[:MOST_FOUND]
        items = cut(found, (page - 1) * size, size)
        following = f"{self._host(seen)}{seen.path}?{urlencode(query | {'page': str(page + 1)})}"
        link = {"Link": f'<{following}>; rel="next"'} if page * size < len(found) else {}
        return Reply({"total_count": len(found), "workflow_runs": items}, headers=link)

    @staticmethod
    def _host(seen: Seen) -> str:
        return f"http://{seen.headers['host']}"

    def _jobs(self, number: int) -> Reply:
        conclusion = self.runs[number]["conclusion"]
        if conclusion == "startup_failure":
            return Reply({"total_count": 0, "jobs": []})
        steps = [{"name": "Set up job", "conclusion": "success"}, {"name": "Load", "conclusion": conclusion}]
        jobs = [
            {"name": "lint", "status": "completed", "conclusion": "success", "steps": []},
            {"name": "sync", "status": "completed", "conclusion": conclusion, "steps": steps},
            {"name": "report", "status": "queued", "conclusion": None},
        ]
        return Reply({"total_count": len(jobs), "jobs": jobs})

    def change(self) -> None:
        # Run 203 failed and is started anew: the same id and creation, another attempt.
        self._run(203, "completed", "success", 100 - 203 / 10, attempt=2)
        self._run(305, "completed", "failure", 40 - 305 / 10)

    @property
    def first(self) -> dict[str, Told]:
        said: dict[str, Told] = {str(number): ("Sync", "succeeded", None) for number in range(1, 111)}
        words = {"failure": "job sync failure in step Load", "timed_out": "job sync timed_out"}
        for number, (word, status) in enumerate(CONCLUSIONS.items(), 201):
            said[str(number)] = ("Sync", status, words.get(word))
        said |= {str(n): ("Sync", status, None) for n, status in enumerate(STATUSES.values(), 301)}
        return said

    @property
    def second(self) -> dict[str, Told]:
        return self.first | {
            "203": ("Sync", "succeeded", None),
            "305": ("Sync", "failed", "job sync failure in step Load"),
        }
