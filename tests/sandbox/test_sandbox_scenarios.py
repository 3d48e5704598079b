"""Each scenario, switched while the sandbox runs, has the consequences that its description promises."""

from pathlib import Path

import httpx
import pytest

from sandbox.runs import LoggedRun
from sandbox.server import Sandbox
from sandbox.troubles import SCENARIOS
from tests.sandbox.conftest import Started, bearer


async def _switch(client: httpx.AsyncClient, name: str, on: bool) -> None:
    answer = await client.post("/sandbox/scenario", json={"name": name, "on": on}, timeout=30)
    assert answer.status_code == 200


async def _sync(client: httpx.AsyncClient, sandbox: Sandbox, key: str) -> LoggedRun:
    answer = await client.post("/sandbox/sync", json={"integration": key}, timeout=60)
    run = sandbox.world.runs.get(key, answer.json()["id"])
    assert run is not None
    return run


@pytest.mark.parametrize("key", ["peoplesoft", "moodle", "jira", "okta", "slack", "zup", "workday-csv"])
async def test_without_a_fault_every_kind_of_sync_succeeds(started: Started, key: str) -> None:
    """A real run over HTTP ends done, with all its records accounted for."""
    async with started() as (sandbox, client):
        run = await _sync(client, sandbox, key)
        assert (run.state, run.error_message) == ("done", None)
        assert run.read == run.written + run.skipped + run.failed > 0


async def test_outage(started: Started) -> None:
    """5xx for customers, the sync log still answers, runs fail; afterwards all is well."""
    async with started() as (sandbox, client):
        await _switch(client, "outage", True)
        answer = await client.get("/api/v1/users", headers=bearer(sandbox, "crm"))
        assert answer.status_code >= 500
        log = await client.get("/api/v1/sync-log?limit=1", headers=bearer(sandbox, "monitor"))
        assert log.status_code == 200
        run = await _sync(client, sandbox, "moodle")
        assert run.state == "error"
        assert run.error_code in {"500", "503", "504"}
        await _switch(client, "outage", False)
        assert (await _sync(client, sandbox, "moodle")).state == "done"


async def test_expired_key(started: Started) -> None:
    """401 with WWW-Authenticate for that one key, a failed run; switched off, the key holds again."""
    async with started() as (sandbox, client):
        await _switch(client, "expired-key", True)
        answer = await client.get("/api/v1/key", headers=bearer(sandbox, "bamboohr"))
        assert answer.status_code == 401
        assert "expired" in answer.headers["WWW-Authenticate"]
        assert (await client.get("/api/v1/key", headers=bearer(sandbox, "crm"))).status_code == 200
        assert (await _sync(client, sandbox, "bamboohr")).error_code == "401"
        await _switch(client, "expired-key", False)
        assert (await client.get("/api/v1/key", headers=bearer(sandbox, "bamboohr"))).status_code == 200


async def test_missing_manager(started: Started) -> None:
    """Some records of each run are refused for the manager that nobody knows."""
    async with started() as (sandbox, client):
        await _switch(client, "missing-manager", True)
        run = await _sync(client, sandbox, "peoplesoft")
        assert run.state == "done_with_errors"
        assert run.failed == len(run.errors) > 0
        assert {error.code for error in run.errors} == {"manager_not_found"}


async def test_quota_burst(started: Started) -> None:
    """The limit of a minute is used up and the rest of the records is not sent."""
    async with started() as (sandbox, client):
        await _switch(client, "quota-burst", True)
        run = await _sync(client, sandbox, "successfactors")
        if run.state == "done":  # the minute turned in the middle of it
            run = await _sync(client, sandbox, "successfactors")
        assert run.state == "done_with_errors"
        assert {error.code for error in run.errors} == {"429"}
        assert run.read == run.written + run.skipped + run.failed


async def test_csv_semicolon_swap(started: Started) -> None:
    """A file with the other delimiter arrives at once; every line of it is a failed record."""
    async with started() as (sandbox, client):
        await _switch(client, "csv-semicolon-swap", True)
        run = sandbox.world.runs.page("workday-csv", None, None, 10**6)[0][-1]
        assert (run.state, run.error_code, run.reason) == ("error", "missing_column", "manual")
        assert run.failed == run.read > 0
        newest = max((sandbox.world.directory / "inbox" / "workday-csv").glob("*.csv"))
        assert b"employee_id;first_name" in newest.read_bytes()


async def test_late_night_sync(started: Started) -> None:
    """The nightly run is held up while it is on, and made up for as soon as it is off."""
    async with started("late-night-sync", fresh=True) as (sandbox, client):
        now = sandbox.world.clock()
        sandbox.traffic.tick(now)
        assert "zup" not in sandbox.traffic.running
        await _switch(client, "late-night-sync", False)
        sandbox.traffic.tick(now)
        assert (await sandbox.traffic.running["zup"]).state == "done"
        for task in sandbox.traffic.running.values():
            await task


async def test_silent_partner(started: Started) -> None:
    """The journal answers 502 and HTML instead of runs."""
    async with started("silent-partner") as (sandbox, client):
        auth = ("monitor", sandbox.world.keys.of("hr").secret)
        assert (await client.get("/partners/directum/journal", auth=auth)).status_code == 502
        await _switch(client, "silent-partner", False)
        assert (await client.get("/partners/directum/journal", auth=auth)).json()["Total"] > 20


async def test_an_unknown_scenario_is_refused_by_name(started: Started) -> None:
    """422 that lists the known ones; nothing is switched."""
    async with started() as (sandbox, client):
        answer = await client.post("/sandbox/scenario", json={"name": "flood", "on": True})
        assert answer.status_code == 422
        assert "quota-burst" in answer.json()["error"]["message"]
        assert not sandbox.world.troubles.since


async def test_scenarios_survive_a_restart(started: Started) -> None:
    """What was on stays on, with its beginning."""
    async with started() as (sandbox, client):
        await _switch(client, "expired-key", True)
        since = dict(sandbox.world.troubles.since)
    from sandbox.world import open_world

    again = open_world(sandbox.world.directory, clock=sandbox.world.clock)
    assert again.troubles.since == since
    assert again.keys.of("bamboohr").expired(again.clock())


def test_every_scenario_is_documented() -> None:
    """docs/sandbox.md names each scenario."""
    text = (Path(__file__).parents[2] / "docs" / "sandbox.md").read_text(encoding="utf-8")
    assert [name for name in SCENARIOS if f"`{name}`" not in text] == []
