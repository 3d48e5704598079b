"""Stand-ins of dbt Cloud, Hightouch and Census: runs by offset or page, newest first, without a filter of time."""

from __future__ import annotations

from typing import Any, ClassVar

from tests.collectors.collectors_server import Reply, Seen
from tests.systems.base import System, Told, cut, refused


class DbtCloud(System):
    """Status words are numbers; a failed run has no message, its steps have names."""

    def set_up(self) -> None:
        self.runs: dict[int, dict[str, Any]] = {}
        for number in range(1, 121):
            self._run(number, 10, 900 - number)
        for number, status in enumerate((20, 30, 3, 2, 1), 121):
            self._run(number, status, 140 - number)

    def _run(self, number: int, status: int, created: float, took: float = 1) -> None:
        ended = status >= 10
        self.runs[number] = {
            "id": number, "job_id": 77, "job_definition_id": 77, "account_id": 12345, "status": status, "status_message": None,
            "created_at": self._text(created), "started_at": self._text(created) if status > 1 else None,
            "finished_at": self._text(created - took) if ended else None, "in_progress": not ended, "is_error": status == 20,
            "href": f"https://cloud.getdbt.com/deploy/12345/runs/{number}/", "run_steps": [],
        }  # fmt: skip

    def _text(self, minutes: float) -> str:
        return self.iso(minutes, "+00:00").replace("T", " ").replace("+", ".123456+")

    def answer(self, seen: Seen) -> Reply:
        if refusal := refused(seen, "authorization", "Bearer secret"):
            return refusal
        base = "/api/v2/accounts/12345/runs/"
        if seen.path != base:
            if seen.query != {"include_related": '["run_steps"]'}:
                return Reply({"status": {"code": 400}}, 400)
            steps = [
                {"name": "Clone git repository", "status": 10},
                {"name": "Invoke dbt with `dbt build`", "status": 20},
            ]
            return Reply({"data": {**self.runs[int(seen.path.split("/")[-2])], "run_steps": steps}})
        if seen.query["order_by"] != "-id" or int(seen.query["limit"]) > 100:
            return Reply({"status": {"code": 400}}, 400)
        newest = [self.runs[number] for number in sorted(self.runs, reverse=True)]
        page = cut(newest, seen.query["offset"], seen.query["limit"])
        return Reply({"status": {"code": 200, "is_success": True}, "data": page, "extra": {"pagination": {}}})

    def change(self) -> None:
        self._run(123, 10, 140 - 123, 16)
        self._run(124, 3, 140 - 124)
        self._run(126, 1, 0.5)

    @property
    def first(self) -> dict[str, Told]:
        said: dict[str, Told] = {str(number): ("77", "succeeded", None) for number in range(1, 121)}
        words = {"121": "failed", "122": "cancelled", "123": "running", "124": "queued", "125": "queued"}
        said |= {number: ("77", status, None) for number, status in words.items()}
        return said | {"121": ("77", "failed", "failed: Invoke dbt with `dbt build`")}

    @property
    def second(self) -> dict[str, Told]:
        words = {"123": "succeeded", "124": "running", "126": "queued"}
        return self.first | {number: ("77", status, None) for number, status in words.items()}


class Hightouch(System):
    """Every word once."""

    WORDS: ClassVar[dict[str, str]] = {
        "queued": "queued", "querying": "running", "processing": "running", "reporting": "running", "success": "succeeded",
        "warning": "partial", "Completed with errors": "partial", "failed": "failed", "interrupted": "failed", "cancelled": "cancelled",
    }  # fmt: skip

    def set_up(self) -> None:
        self.runs = [self._run(number, word, 100 - number) for number, word in enumerate(self.WORDS, 1)]

    def _run(self, number: int, status: str, created: float) -> dict[str, Any]:
        ended = self.WORDS[status] not in ("queued", "running")
        rows = {"addedCount": 3, "changedCount": 2, "removedCount": 0}
        return {
            "id": number, "status": status, "createdAt": self.iso(created), "startedAt": self.iso(created), "querySize": 10,
            "finishedAt": self.iso(created - 1) if ended else None, "completionRatio": 1 if ended else 0, "plannedRows": rows,
            "successfulRows": rows if ended else None, "failedRows": {**rows, "removedCount": None} if status == "warning" else None,
            "error": "The table is gone." if status == "failed" else None,
        }  # fmt: skip

    def answer(self, seen: Seen) -> Reply:
        if refusal := refused(seen, "authorization", "Bearer secret"):
            return refusal
        page = cut(self.runs, seen.query["offset"], seen.query["limit"])
        wanted = seen.path == "/api/v1/syncs/98765/runs"
        return Reply({"data": page, "hasMore": False}) if wanted else Reply({}, 404)

    def change(self) -> None:
        self.runs[2] = self._run(3, "success", 97)

    @property
    def first(self) -> dict[str, Told]:
        said = {"failed": "The table is gone."}
        return {
            str(number): ("staff", status, said.get(word))
            for number, (word, status) in enumerate(self.WORDS.items(), 1)
        }

    @property
    def second(self) -> dict[str, Told]:
        return self.first | {"3": ("staff", "succeeded", None)}


class Census(System):
    """Pages by number; rejected rows make a completed run partial."""

    def set_up(self) -> None:
        self.runs: dict[int, dict[str, Any]] = {}
        for number in range(1, 121):
            self._run(number, "completed", 900 - number)
        self._run(121, "completed", 20, failed=2)
        self._run(
            122, "failed", 19, code="ACCESS_DENIED", message="The key was refused.", detail="Ask the admin."
        )
        self._run(123, "skipped", 18)
        self._run(124, "failed", 17, canceled=True)
        self._run(125, "working", 16)
        self._run(126, "queued", 15)

    def _run(
        self,
        number: int,
        status: str,
        created: float,
        *,
        failed: int = 0,
        canceled: bool = False,
        code: str | None = None,
        message: str | None = None,
        detail: str | None = None,
    ) -> None:
        ended = status not in ("working", "queued")
        self.runs[number] = {
            "id": number, "sync_id": 52, "status": status, "canceled": canceled, "full_sync": False, "source_record_count": 15,
            "source_record_updates": 12, "source_record_deletes": 2, "source_record_invalids": 1, "records_processed": 14,
            "records_updated": 13, "records_failed": failed if ended else None, "created_at": self.iso(created),
            "updated_at": self.iso(created), "completed_at": self.iso(created - 1) if ended else None,
            "error_code": code, "error_message": message, "error_detail": detail,
        }  # fmt: skip

    def answer(self, seen: Seen) -> Reply:
        if refusal := refused(seen, "authorization", "Bearer secret"):
            return refusal
        number, size = int(seen.query.get("page", "1")), int(seen.query["per_page"])
        newest = [self.runs[key] for key in sorted(self.runs, reverse=True)]
        following = number + 1 if number * size < len(newest) else None
        pagination = {"page": number, "next_page": following, "total_records": len(newest)}
        if seen.query["order"] != "desc" or seen.path != "/api/v1/syncs/52/sync_runs":
            return Reply({"status": "not_found"}, 404)
        page = cut(newest, (number - 1) * size, size)
        return Reply({"status": "success", "pagination": pagination, "data": page})

    def change(self) -> None:
        self._run(125, "completed", 16)

    @property
    def first(self) -> dict[str, Told]:
        said: dict[str, Told] = {str(number): ("52", "succeeded", None) for number in range(1, 121)}
        return said | {
            "121": ("52", "partial", None),
            "122": ("52", "failed", "The key was refused. Ask the admin."),
            "123": ("52", "skipped", None),
            "124": ("52", "cancelled", None),
            "125": ("52", "running", None),
            "126": ("52", "queued", None),
        }

    @property
    def second(self) -> dict[str, Told]:
        return self.first | {"125": ("52", "succeeded", None)}
