"""Stand-ins of GitLab CI, Jenkins, Kestra and Merge."""

from __future__ import annotations

from typing import Any, ClassVar

from tests.collectors.collectors_server import Reply, Seen
from tests.systems.base import System, Told, cut, refused, since


class GitLab(System):
    """Two projects, each with a list at the root, the next page in `Link`, the reasons at the failed jobs."""

    WORDS: ClassVar[dict[str, str]] = {
        "created": "queued", "waiting_for_resource": "queued", "waiting_for_callback": "queued", "preparing": "queued",
        "pending": "queued", "scheduled": "queued", "manual": "queued", "running": "running", "canceling": "running",
        "success": "succeeded", "failed": "failed", "canceled": "cancelled", "skipped": "skipped",
    }  # fmt: skip

    PROJECTS: ClassVar[dict[int, str]] = {4711: "handbook", 4712: "staff"}

    def set_up(self) -> None:
        self.runs: dict[int, dict[str, Any]] = {}
        for number in range(1, 111):
            self._run(number, "success", 900 - number)
        for number, word in enumerate(self.WORDS, 201):
            self._run(number, word, 260 - number)
        self._run(301, "success", 70, 4712)

    def _run(self, number: int, status: str, updated: float, project: int = 4711) -> None:
        self.runs[number] = {
            "id": number, "iid": number, "project_id": project, "sha": "0" * 40, "ref": "main", "name": None, "status": status,
            "source": "schedule", "created_at": self.iso(updated + 1), "updated_at": self.iso(updated),
            "web_url": f"https://gitlab.com/acme/handbook/-/pipelines/{number}",
        }  # fmt: skip

    def answer(self, seen: Seen) -> Reply:
        if refusal := refused(seen, "private-token", "secret"):
            return refusal
        if seen.path == "/api/v4/groups/integrations/projects":
            projects = [
                {"id": number, "path_with_namespace": f"acme/{name}"}
                for number, name in self.PROJECTS.items()
            ]
            return self._linked(seen, projects, 1)
        project = int(seen.path.removeprefix("/api/v4/projects/").split("/")[0])
        if seen.path != f"/api/v4/projects/{project}/pipelines":
            jobs = [{"name": "sync", "status": "failed", "failure_reason": "script_failure", "stage": "run"}]
            return Reply(jobs) if seen.query["scope[]"] == "failed" else Reply({"error": "scope"}, 400)
        query = seen.query
        mine = [run for run in self.runs.values() if run["project_id"] == project]
        found = since(mine, "updated_at", query.get("updated_after"))
        found.sort(key=lambda run: run["updated_at"], reverse=True)
        return self._linked(seen, found, int(query["per_page"]))

    def _linked(self, seen: Seen, found: list[dict[str, Any]], size: int) -> Reply:
        page = int(seen.query.get("page", "1"))
        address = f"http://{seen.headers['host']}{seen.raw_path.split('&page=')[0]}&page={page + 1}"
        link = {"Link": f'<{address}>; rel="next"'} if page * size < len(found) else {}
        return Reply(cut(found, (page - 1) * size, size), headers=link)

    def change(self) -> None:
        self._run(208, "failed", 1)
        self._run(211, "success", 1)

    @property
    def first(self) -> dict[str, Told]:
        job = "acme/handbook main"
        said: dict[str, Told] = {str(number): (job, "succeeded", None) for number in range(1, 111)}
        said["301"] = ("acme/staff main", "succeeded", None)
        for number, (word, status) in enumerate(self.WORDS.items(), 201):
            said[str(number)] = (job, status, "job sync script_failure" if word == "failed" else None)
        return said

    @property
    def second(self) -> dict[str, Told]:
        return self.first | {
            "208": ("acme/handbook main", "failed", "job sync script_failure"),
            "211": ("acme/handbook main", "succeeded", None),
        }


class Jenkins(System):
    """Jobs with their last builds only, in one answer each."""

    WORDS: ClassVar[dict[str, str]] = {
        "SUCCESS": "succeeded", "UNSTABLE": "partial", "FAILURE": "failed", "ABORTED": "cancelled", "NOT_BUILT": "skipped",
    }  # fmt: skip

    def set_up(self) -> None:
        self.builds = {n: self._build(n, word, 100 - n) for n, word in enumerate(self.WORDS, 1)}
        self.builds[6] = self._build(6, None, 5)

    def _build(self, number: int, result: str | None, began: float) -> dict[str, Any]:
        return {
            "_class": "hudson.model.FreeStyleBuild", "number": number, "result": result, "building": result is None,
            "timestamp": int(self.ago(began).timestamp() * 1000), "duration": 61000 if result else 0,
            "url": f"https://jenkins.example.com/job/export/{number}/",
        }  # fmt: skip

    def answer(self, seen: Seen) -> Reply:
        if refusal := refused(seen, "authorization", "Basic bW9uaXRvcjpzZWNyZXQ="):
            return refusal
        if seen.path == "/api/json":
            names = [("export", True), ("hr staff", True), ("folder", False)]
            jobs = [
                {"_class": "hudson.model.FreeStyleProject", "name": name, "buildable": can}
                for name, can in names
            ]
            return Reply({"jobs": jobs} if seen.query["tree"] == "jobs[name,buildable]" else {})
        if seen.path == "/job/hr%20staff/api/json":
            return Reply({"builds": [{**self._build(1, "SUCCESS", 50), "number": 901}]})
        if seen.path != "/job/export/api/json":
            return Reply({}, 404)
        wanted = seen.query["tree"] == "builds[number,result,building,timestamp,duration,url]{0,100}"
        builds = [self.builds[number] for number in sorted(self.builds, reverse=True)]
        return Reply({"_class": "hudson.model.FreeStyleProject", "builds": builds} if wanted else {})

    def change(self) -> None:
        self.builds[6] = self._build(6, "FAILURE", 5)

    @property
    def first(self) -> dict[str, Told]:
        said: dict[str, Told] = {
            str(number): ("export", status, None) for number, status in enumerate(self.WORDS.values(), 1)
        }
        return said | {"6": ("export", "running", None), "901": ("hr staff", "succeeded", None)}

    @property
    def second(self) -> dict[str, Told]:
        return self.first | {"6": ("export", "failed", None)}


class Kestra(System):
    """Pages by number, the newest first; the state is an object."""

    WORDS: ClassVar[dict[str, str]] = {
        "CREATED": "queued", "SUBMITTED": "queued", "QUEUED": "queued", "RUNNING": "running", "RESTARTED": "running",
        "RETRYING": "running", "RESUBMITTED": "running", "PAUSED": "running", "BREAKPOINT": "running", "KILLING": "running",
        "SUCCESS": "succeeded", "WARNING": "partial", "FAILED": "failed", "KILLED": "cancelled", "CANCELLED": "cancelled",
        "RETRIED": "failed", "SKIPPED": "skipped",
    }  # fmt: skip

    def set_up(self) -> None:
        self.runs: dict[str, dict[str, Any]] = {}
        for number in range(110):
            self._run(f"old-{number:03}", "SUCCESS", 900 - number)
        for number, word in enumerate(self.WORDS):
            self._run(word, word, 60 - number)

    def _run(self, name: str, word: str, began: float) -> None:
        ended = self.WORDS[word] not in ("queued", "running") or word == "PAUSED"
        tasks = [
            {"taskId": "read", "state": {"current": "SUCCESS"}},
            {"taskId": "load", "state": {"current": "FAILED"}},
        ]
        self.runs[name] = {
            "id": name, "namespace": "hr", "flowId": "staff", "flowRevision": 3, "trigger": {"id": "nightly"},
            "taskRunList": tasks if word == "FAILED" else None,
            "state": {"current": word, "startDate": self.iso(began), "duration": "PT1M", "histories": []}
            | ({"endDate": self.iso(began - 1)} if ended else {}),
        }  # fmt: skip

    def answer(self, seen: Seen) -> Reply:
        if "authorization" not in seen.headers or seen.path != "/api/v1/main/executions/search":
            return Reply({"message": "Unauthorized"}, 401)
        newest = sorted(self.runs.values(), key=lambda run: run["state"]["startDate"], reverse=True)
        page, size = int(seen.query["page"]), int(seen.query["size"])
        return Reply({"results": cut(newest, (page - 1) * size, size), "total": len(newest)})

    def change(self) -> None:
        self._run("RUNNING", "FAILED", 60 - 3)

    @property
    def first(self) -> dict[str, Told]:
        said: dict[str, Told] = {f"old-{number:03}": ("hr.staff", "succeeded", None) for number in range(110)}
        failed = {"FAILED": "task load failed"}
        return said | {word: ("hr.staff", status, failed.get(word)) for word, status in self.WORDS.items()}

    @property
    def second(self) -> dict[str, Told]:
        return self.first | {"RUNNING": ("hr.staff", "failed", "task load failed")}


class Merge(System):
    """The state of each model; the account's token in a header of its own."""

    def set_up(self) -> None:
        self.models = [
            self._model("Employee", "DONE", 60, 50),
            self._model("TimeOff", "FAILED", 40, 39),
            self._model("Team", "PARTIALLY_SYNCED", 30, 29),
            self._model("Group", "SYNCING", 5, 200),
            self._model("Benefit", "DISABLED", 500, 499),
            self._model("Dependent", "DONE", None, None),
        ]

    def _model(self, name: str, status: str, began: float | None, ended: float | None) -> dict[str, Any]:
        return {
            "model_name": name, "model_id": f"hris.{name}", "status": status, "last_sync_result": status, "is_initial_sync": False,
            "last_sync_start": None if began is None else self.iso(began), "next_sync_start": None,
            "last_sync_finished": None if ended is None else self.iso(ended), "selective_sync_configurations_usage": None,
        }  # fmt: skip

    def answer(self, seen: Seen) -> Reply:
        keys = (seen.headers.get("authorization"), seen.headers.get("x-account-token"))
        if keys != ("Bearer secret", "secret"):
            return Reply({"detail": "Invalid token."}, 401)
        start = int(seen.query.get("cursor", "0"))
        following = str(start + 4) if start + 4 < len(self.models) else None
        return Reply({"next": following, "previous": None, "results": cut(self.models, start, 4)})

    def change(self) -> None:
        self.models[3] = self._model("Group", "DONE", 5, 1)

    def _id(self, name: str, began: float) -> str:
        return f"hris.{name}@{self.iso(began)}"

    @property
    def first(self) -> dict[str, Told]:
        return {
            self._id("Employee", 60): ("Employee", "succeeded", None),
            self._id("TimeOff", 40): ("TimeOff", "failed", None),
            self._id("Team", 30): ("Team", "partial", None),
            self._id("Group", 5): ("Group", "running", None),
        }

    @property
    def second(self) -> dict[str, Told]:
        return self.first | {self._id("Group", 5): ("Group", "succeeded", None)}
