"""Polls a `rest` source in a test: settings as in the file, batches and cursor out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from collectors.http import Clients, HttpClient
from collectors.source import SourceContext
from collectors.sources._rest_settings import RestSettings
from collectors.sources.rest import collect
from core.errors import SourceError
from core.records import Batch, Cursor, Problem, Side, SyncRun
from tests.collectors.collectors_server import Answer, Reply, Seen

FIELDS = {"external_id": "id", "status": "state", "started_at": "start", "finished_at": "end"}
T0 = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def settings(url: str, **keys: Any) -> RestSettings:
    """A source on `url/runs`; keys as in the file."""
    request = {"url": f"{url}/runs", **keys.pop("request", {})}
    base = {"type": "rest", "name": "api", "request": request, "records": "runs", "fields": FIELDS}
    return RestSettings.model_validate(base | keys)


def item(number: int, state: str = "succeeded", **more: Any) -> dict[str, Any]:
    """The run of a minute after T0."""
    start = T0 + timedelta(minutes=number)
    return {
        "id": f"r{number}",
        "state": state,
        "start": start.isoformat(),
        "end": (start + timedelta(seconds=30)).isoformat() if state != "running" else None,
        "at": start.isoformat().replace("+00:00", "Z"),
        **more,
    }


class Look:
    """One poll, read to its end. error: what it raised."""

    def __init__(self) -> None:
        self.batches: list[Batch] = []
        self.error: SourceError | None = None
        self.cursor: Cursor = {}

    @property
    def runs(self) -> list[SyncRun]:
        """Every run it brought."""
        return [run for batch in self.batches for run in batch.runs]

    @property
    def ids(self) -> list[str]:
        """Their ids."""
        return [run.external_id for run in self.runs]

    @property
    def problems(self) -> list[Problem]:
        """Everything it could not read."""
        return [problem for batch in self.batches for problem in batch.problems]

    @property
    def kinds(self) -> set[str]:
        """What kinds of problems there were."""
        return {problem.kind for problem in self.problems}


async def look(given: RestSettings, clients: Clients, cursor: Cursor | None = None) -> Look:
    """Poll once from a cursor."""
    done = Look()
    done.cursor = cursor or {}
    ctx = SourceContext("it", given.name, Side.TARGET, clients.clock(), HttpClient(clients))
    try:
        async for batch in collect(given, done.cursor, ctx):
            done.batches.append(batch)
            done.cursor = batch.cursor
    except SourceError as error:
        done.error = error
    return done


def paged(items: Sequence[Any], seen: Seen, *, by: str = "query") -> list[Any]:
    """The items that `offset` and `limit` ask for."""
    asked = seen.query if by == "query" else seen.json()["paging"]
    start, size = int(asked["offset"]), int(asked["limit"])
    return list(items[start : start + size])


def by_offset(items: list[Any]) -> Answer:
    """A server that honours offset and limit, and {since} where it is sent."""

    def answer(seen: Seen) -> Reply:
        since = seen.query.get("since", "")
        wanted = [one for one in items if one.get("at", "9") >= since] if since else items
        return Reply({"runs": paged(wanted, seen)})

    return answer
