"""How a sync calls: one request at a time, a retry or two, and what each answer means for the record sent."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx
import msgspec

from core.clock import Clock
from sandbox.past_errors import MOST_LISTED
from sandbox.runs import RecordError

Payload = Mapping[str, str | int | None]
_PATIENCE_SECONDS = 0.4


class StoppedError(Exception):
    """The run cannot go on: a stable code and a sentence."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


class LimitedError(Exception):
    """The limit is used up; what is left of this run will not be sent."""


@dataclass
class Tally:
    """What became of a run's records."""

    read: int = 0
    written: int = 0
    skipped: int = 0
    failed: int = 0
    bytes: int = 0
    errors: list[RecordError] = field(default_factory=list)

    def refuse(self, error: RecordError) -> None:
        """Count a failed record; the first ones are listed."""
        self.failed += 1
        if len(self.errors) < MOST_LISTED:
            self.errors.append(error)


class Caller:
    """One integration's connection to Butterboard and to its own system. pause: seconds between calls."""

    def __init__(
        self, client: httpx.AsyncClient, secret: str, agent: str, clock: Clock, tally: Tally, pause: float
    ) -> None:
        self._client, self._clock, self._tally, self._pause = client, clock, tally, pause
        self._headers = {"Authorization": f"Bearer {secret}", "User-Agent": agent}

    async def get(self, path: str, *, auth: tuple[str, str] | None = None) -> dict[str, object]:
        """A JSON object; StoppedError for anything but 200."""
        response = await self._ask("GET", path, None, auth)
        if response.status_code != 200:
            raise _stopped(response)
        value: dict[str, object] = msgspec.json.decode(response.content)
        return value

    async def send(self, method: str, path: str, body: object) -> httpx.Response:
        """An answer that says something about what was sent: 2xx, 404, 409, 413 or 422."""
        response = await self._ask(method, path, body, None)
        if response.status_code == 429:
            raise LimitedError
        if response.status_code not in (200, 201, 404, 409, 413, 422):
            raise _stopped(response)
        return response

    async def send_record(self, method: str, path: str, entity: str, key: str, payload: Payload) -> None:
        """Send one record and count what became of it."""
        response = await self.send(method, path, payload)
        if response.is_success:
            self._tally.written += 1
        elif response.status_code == 409:
            self._tally.skipped += 1
        else:
            error = msgspec.json.decode(response.content)["error"]
            manager = payload.get("manager_id") if error["code"] == "manager_not_found" else None
            self._tally.refuse(
                RecordError(
                    entity=entity, key=key, operation="create" if method == "POST" else "update", code=error["code"],
                    message=error["message"], at=self._clock(), payload=dict(payload),
                    held_back_by=None if manager is None else str(manager),
                )
            )  # fmt: skip

    async def _ask(
        self, method: str, path: str, body: object, auth: tuple[str, str] | None
    ) -> httpx.Response:
        await asyncio.sleep(self._pause)
        content = None if body is None else msgspec.json.encode(body)
        headers = dict(self._headers)
        if content is not None:
            headers["Content-Type"] = "application/json"
            self._tally.bytes += len(content)
        for attempt in (1, 2):
            try:
                response = await self._client.request(
                    method, path, content=content, headers=headers, auth=auth or httpx.USE_CLIENT_DEFAULT
                )
            except httpx.TransportError as error:
                if attempt == 2:
                    raise StoppedError(
                        "connection", f"{method} {path}: {error or type(error).__name__}"
                    ) from error
            else:
                if response.status_code < 500 or attempt == 2:
                    return response
            await asyncio.sleep(_PATIENCE_SECONDS)
        raise AssertionError("two attempts end above")


def _stopped(response: httpx.Response) -> StoppedError:
    try:
        message = msgspec.json.decode(response.content)["error"]["message"]
    except (msgspec.DecodeError, KeyError, TypeError):
        message = "no explanation"
    status = response.status_code
    return StoppedError(str(status), f"{status} {response.reason_phrase}: {message}")
