"""A stand-in of a self-hosted Nango's operation logs: a strict body, a cursor in it, a period with both ends."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from tests.collectors.collectors_server import Reply, Seen
from tests.systems.base import System, Told, cut, refused

KNOWN = {"limit", "states", "types", "integrations", "connections", "syncs", "period", "cursor"}


class Nango(System):
    """An unknown key, an end before the start or a time that is not UTC is an invalid body."""

    preset: ClassVar[str] = "nango"

    def set_up(self) -> None:
        self.rows: dict[str, dict[str, Any]] = {}
        for number in range(130):
            self._row(f"op-{number:03}", "success", 800 - number, 1)
        self._row("op-fails", "failed", 40, 2, ("function_runtime_error", "401 from hubspot"))
        self._row("op-slow", "timeout", 35, 30, (None, "the sync took too long"))
        self._row("op-stopped", "cancelled", 30, 1)
        self._row("op-now", "running", 10, 0)
        self._row("op-next", "waiting", 5, 0)

    def _row(
        self, name: str, state: str, created: float, took: float, error: tuple[str | None, str] | None = None
    ) -> None:
        told = {"name": "Error", "type": error[0], "message": error[1], "payload": None} if error else None
        self.rows[name] = {
            "id": name, "source": "internal", "level": "info", "type": "operation", "message": "Sync", "state": state,
            "operation": {"type": "sync", "action": "run"}, "accountId": 1, "environmentName": "prod",
            "integrationName": "hubspot", "connectionName": "acme", "syncConfigName": "contacts", "jobId": "9", "error": told,
            "createdAt": self._ms(created), "updatedAt": self._ms(created - took),
            "startedAt": None if state == "waiting" else self._ms(created),
            "endedAt": self._ms(created - took) if took else None, "expiresAt": self._ms(created - 60),
        }  # fmt: skip

    def _ms(self, minutes: float) -> str:
        return self.iso(minutes).replace("Z", ".250Z")

    def keys(self, url: str) -> dict[str, Any]:
        auth = {"type": "basic", "username": "u", "password": "p"}
        return {"url": url, "auth": auth, "request": {"json": {"integrations": ["hubspot"]}}}

    def answer(self, seen: Seen) -> Reply:
        if refusal := refused(seen, "authorization", "Basic dTpw"):
            return refusal
        body, period = seen.json(), seen.json()["period"]
        ends = [period["from"], period["to"]]
        if (
            seen.query != {"env": "prod"}
            or set(body) - KNOWN
            or not all(end.endswith("Z") for end in ends)
            or ends[0] > ends[1]
            or body["limit"] > 500
        ):
            return Reply({"error": {"code": "invalid_body"}}, 400)
        low, high = map(datetime.fromisoformat, ends)
        found = [row for row in self.rows.values() if low <= datetime.fromisoformat(row["createdAt"]) <= high]
        found.sort(key=lambda row: row["createdAt"], reverse=True)
        start = int(body.get("cursor") or 0)
        following = start + body["limit"]
        cursor = str(following) if following < len(found) else None
        page = cut(found, start, body["limit"])
        return Reply({"data": page, "pagination": {"total": len(found), "cursor": cursor}})

    def change(self) -> None:
        self._row("op-now", "failed", 10, 9, ("action_script_failure", "no such field"))
        self._row("op-next", "running", 5, 0)

    @property
    def first(self) -> dict[str, Told]:
        said: dict[str, Told] = {f"op-{n:03}": ("contacts", "succeeded", None) for n in range(130)}
        return said | {
            "op-fails": ("contacts", "failed", "401 from hubspot"),
            "op-slow": ("contacts", "failed", "the sync took too long"),
            "op-stopped": ("contacts", "cancelled", None),
            "op-now": ("contacts", "running", None),
            "op-next": ("contacts", "queued", None),
        }

    @property
    def second(self) -> dict[str, Told]:
        return self.first | {
            "op-now": ("contacts", "failed", "no such field"),
            "op-next": ("contacts", "running", None),
        }
