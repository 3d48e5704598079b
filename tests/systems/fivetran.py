"""A stand-in of Fivetran's API: every connection with its last good and last failed sync, pages by a cursor."""

from __future__ import annotations

from typing import Any, ClassVar

from tests.collectors.collectors_server import Reply, Seen
from tests.systems.base import System, Told, cut, refused


class Fivetran(System):
    """One connection never synced, one that always fails, one that syncs, and more than a page of good ones."""

    preset: ClassVar[str] = "fivetran"

    def set_up(self) -> None:
        self.connections: dict[str, dict[str, Any]] = {}
        for number in range(105):
            self._connection(f"good_{number}", 60, None)
        self._connection("never", None, None, setup="incomplete")
        details = "The refresh token was revoked."
        self._connection(
            "salesforce", 300, 5, tasks=[{"code": "reconnect", "message": "Reconnect", "details": details}]
        )
        self._connection("netsuite", None, 8, tasks=[{"code": "quota_exceeded", "message": "Quota exceeded"}])
        self._connection("quiet", 90, 80)

    def _connection(
        self,
        name: str,
        good: float | None,
        bad: float | None,
        tasks: list[Any] | None = None,
        setup: str = "connected",
    ) -> None:
        status = {"setup_state": setup, "sync_state": "scheduled", "update_state": "on_schedule",
                  "is_historical_sync": False, "tasks": tasks or [], "warnings": []}  # fmt: skip
        self.connections[name] = {
            "id": f"id_{name}", "service": "google_sheets", "schema": name, "group_id": "g", "paused": False, "sync_frequency": 360,
            "created_at": self.iso(9000), "succeeded_at": None if good is None else self._micros(good),
            "failed_at": None if bad is None else self._micros(bad), "status": status,
        }  # fmt: skip

    def _micros(self, minutes: float) -> str:
        return self.iso(minutes).replace("Z", ".013729Z")

    def keys(self, url: str) -> dict[str, Any]:
        return {"url": url, "key": "u", "secret": "p"}

    def answer(self, seen: Seen) -> Reply:
        if refusal := refused(seen, "authorization", "Basic dTpw"):
            return refusal
        if seen.headers["accept"] != "application/json;version=2" or seen.path != "/v1/connections":
            return Reply({"code": "NotFound", "message": "no such endpoint"}, 404)
        size, start = int(seen.query["limit"]), int(seen.query.get("cursor", "0"))
        items = list(self.connections.values())
        data: dict[str, Any] = {"items": cut(items, start, size)}
        if start + size < len(items):
            data["next_cursor"] = str(start + size)
        return Reply({"code": "Success", "data": data})

    def change(self) -> None:
        self._connection("salesforce", 1, 5)
        self._connection("netsuite", None, 2, tasks=[{"code": "quota_exceeded", "message": "Quota exceeded"}])

    def _id(self, name: str, minutes: float) -> str:
        return f"id_{name}@{self._micros(minutes)}"

    @property
    def first(self) -> dict[str, Told]:
        said: dict[str, Told] = {
            self._id(f"good_{n}", 60): (f"good_{n}", "succeeded", None) for n in range(105)
        }
        return said | {
            self._id("salesforce", 300): ("salesforce", "succeeded", None),
            self._id("salesforce", 5): ("salesforce", "failed", "Reconnect: The refresh token was revoked."),
            self._id("netsuite", 8): ("netsuite", "failed", "Quota exceeded"),
            self._id("quiet", 90): ("quiet", "succeeded", None),
            self._id("quiet", 80): ("quiet", "failed", None),
        }

    @property
    def second(self) -> dict[str, Told]:
        return self.first | {
            self._id("salesforce", 1): ("salesforce", "succeeded", None),
            # The task is gone with the good sync, and with it the reason of the failure before.
            self._id("salesforce", 5): ("salesforce", "failed", None),
            self._id("netsuite", 2): ("netsuite", "failed", "Quota exceeded"),
        }
