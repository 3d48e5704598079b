"""`check` reaches a source, shows its first records as they would be stored, and every problem."""

from __future__ import annotations

from collections.abc import Callable

from collectors.check import FIRST, Checked, check
from collectors.http import Clients
from collectors.registry import sources
from core.masking import Masker
from core.records import PollResult, SyncRun
from core.settings import SourceSettings
from tests.collectors.collectors_rest import by_offset, item, settings
from tests.collectors.collectors_server import Answer, Reply, Served

Serve = Callable[[Answer], Served]


async def checked(given: SourceSettings, clients: Clients, masker: Masker) -> Checked:
    return await check("it", given, clients=clients, masker=masker, sources=sources(), clock=clients.clock)


async def test_first_records_are_shown_masked(serve: Serve, clients: Clients, masker: Masker) -> None:
    """No more than a few, however long the list; personal values as they would be stored."""
    items = [item(number, "failed", err="no such user ann@example.org") for number in range(300)]
    server = serve(by_offset(items))
    fields = {"external_id": "id", "status": "state", "error_message": "err"}
    done = await checked(
        settings(server.url, fields=fields, pages={"by": "offset", "size": 100}), clients, masker
    )
    assert done.ok
    assert len(done.first["runs"]) == FIRST
    assert done.counts == {"runs": 200}
    run = done.first["runs"][0]
    assert isinstance(run, SyncRun)
    assert run.error_message is not None
    assert "ann@" not in run.error_message
    assert [seen.query["offset"] for seen in server.seen] == ["0", "100"]


async def test_fields_that_find_nothing_are_named(serve: Serve, clients: Clients, masker: Masker) -> None:
    """A name written wrong leaves a field empty, and nothing else would say so."""
    fields = {"external_id": "id", "status": "state", "started_at": "began", "finished_at": "end"}
    failed = {"records": "errors", "fields": {"record_key": "key", "error_message": "text"}}
    items = [item(0, errors=[{"key": "7"}]), item(1, "running")]
    done = await checked(
        settings(serve(lambda _: Reply({"runs": items})).url, fields=fields, failed_records=failed),
        clients,
        masker,
    )
    assert done.empty == {"runs": {"started_at": "began"}, "failed_records": {"error_message": "text"}}


async def test_problems_are_all_there(serve: Serve, clients: Clients, masker: Masker) -> None:
    """A source that is reached and half understood is not well."""
    server = serve(lambda _: Reply({"runs": [{"state": "succeeded"}, item(1, "weird"), 7]}))
    done = await checked(settings(server.url), clients, masker)
    assert not done.ok
    assert {problem.kind for problem in done.poll.problems} == {"missing_id", "unmapped_status", "bad_item"}
    assert done.counts == {"runs": 1}


async def test_unreachable_source_says_why(serve: Serve, clients: Clients, masker: Masker) -> None:
    """As its poll would."""
    server = serve(lambda _: Reply({"detail": "no"}, 401))
    done = await checked(settings(server.url), clients, masker)
    assert (done.ok, done.poll.result, done.poll.requests) == (False, PollResult.FAILED, 1)
    assert done.poll.error is not None
    assert "401" in done.poll.error
