"""Every preset is whole, can be overridden key by key, and reads what its system has beside the runs' words."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from collectors.http import Clients, HttpClient
from collectors.presets import presets
from collectors.source import SourceContext
from collectors.sources._rest_settings import RestSettings
from composition.names import registries
from composition.names import sources as registries_sources
from core.errors import ConfigurationError
from core.records import RunStatus, Side, SyncRun
from core.settings import loads
from core.settings.preset_pages import preset_list, preset_page, presets_of
from core.settings.presets import Preset
from tests.collectors.collectors_rest import Look, look
from tests.collectors.collectors_server import Answer, Reply, Seen, Served
from tests.collectors.conftest import Hand
from tests.systems.airbyte import Airbyte
from tests.systems.airflow import Airflow, Airflow2
from tests.systems.base import System
from tests.systems.dagster import Dagster
from tests.systems.database import Tables
from tests.systems.fivetran import Fivetran
from tests.systems.github import GitHub
from tests.systems.nango import Nango
from tests.systems.prefect import Prefect
from tests.systems.tables import Dlt, Meltano

Serve = Callable[[Answer], Served]
SAMPLES = Path(__file__).parents[1] / "samples" / "airflow"
DOCUMENT = Path(__file__).parents[2] / "docs" / "presets.md"
NOW = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)


@pytest.fixture
async def clients(hand: Hand) -> AsyncIterator[Clients]:
    """Clients with the manners of real ones, at the stand-ins' time."""
    made = Clients(clock=hand, sleep=hand.sleep)
    yield made
    await made.aclose()


def source(**keys: Any) -> Any:
    """The source as the file would make it."""
    whole = {
        "key": "a",
        "name": "A",
        "method": "api",
        "source_system": "S",
        "sources": [{"name": "s", **keys}],
    }
    text = yaml.safe_dump({"integrations": [whole]})
    return loads(text, "m.yaml", registries(), environ={}).integrations[0].sources[0]


def whole(preset: Preset, **keys: Any) -> Any:
    """A preset's source with something given for each thing it needs."""
    words = {"url": "https://host", "auth": {"type": "none"}, "repository": "a/b", "path": "x"}
    given = {
        key: words.get(key, "given") for key, parameter in preset.parameters.items() if parameter.required
    }
    if preset.type == "sql":
        given["url"] = "sqlite:///x.db"
    return source(preset=preset.name, **given, **keys)


async def read(system: System, serve: Serve, clients: Clients, **keys: Any) -> dict[str, SyncRun]:
    """One poll of a stand-in, with no problem in it."""
    given = source(preset=system.preset, **system.keys(serve(system.answer).url), **keys)
    assert isinstance(given, RestSettings)
    done = await look(given, clients)
    assert done.error is None
    assert done.problems == []
    return by_id(done)


async def rows(system: Tables) -> dict[str, SyncRun]:
    """One poll of a stand-in's table, with no problem in it."""
    given = source(preset=system.preset, **system.keys(""))
    ctx = SourceContext("a", "s", Side.TARGET, NOW, HttpClient(Clients()))
    batches = [batch async for batch in registries_sources()[given.type].collect(given, {}, ctx)]
    assert [problem for batch in batches for problem in batch.problems] == []
    return {run.external_id: run for batch in batches for run in batch.runs}


def by_id(done: Look) -> dict[str, SyncRun]:
    return {run.external_id: run for run in done.runs}


def minutes_ago(minutes: float) -> datetime:
    return NOW - timedelta(minutes=minutes)


def test_each_preset_is_whole_and_documented() -> None:
    """The ten are there; each has a section that says its parameters, and what it cannot know."""
    text = DOCUMENT.read_text(encoding="utf-8")
    sections = {part.split("`")[0]: part for part in text.split("\n## `")[1:]}
    assert set(sections) == set(presets()) == {
        "airbyte", "airflow", "butterboard", "dagster", "dlt", "fivetran", "github", "meltano", "nango", "prefect",
    }  # fmt: skip
    for preset in presets_of(registries()):
        assert preset.title
        assert preset.maps
        assert preset.unknown
        assert preset.docs.startswith("https://")
        assert f"`{preset.type}`" in sections[preset.name]
        assert "Not known: " in sections[preset.name]
        assert all(name in sections[preset.name] for name in preset.parameters)


def test_the_list_names_each_and_a_page_is_the_data_file() -> None:
    """What `config presets` prints."""
    assert all(f"{name}: " in preset_list(registries()) for name in presets())
    assert preset_page(registries(), "github") == presets()["github"]


@pytest.mark.parametrize("preset", presets_of(registries()), ids=lambda preset: preset.name)
class TestEach:
    """What holds for all of them."""

    def test_what_is_still_to_be_given_is_told(self, preset: Preset) -> None:
        """Each required parameter by name, with what to write; no other problem."""
        with pytest.raises(ConfigurationError) as caught:
            source(preset=preset.name)
        told = {where.rpartition(".")[2]: what for where, what in caught.value.problems}
        wanted = {key: given.about for key, given in preset.parameters.items() if given.required}
        assert set(told) == set(wanted)
        assert all(f'the preset "{preset.name}" needs it: write {wanted[key]}' in told[key] for key in told)

    def test_any_key_can_be_overridden(self, preset: Preset) -> None:
        """One field, one word, one parameter of the request: the others stay."""
        plain = whole(preset)
        for name in getattr(plain, "fields", None) or {}:
            changed = whole(preset, fields={name: "changed"})
            assert changed.fields == {**plain.fields, name: "changed"}
        for word in getattr(plain, "status_map", {}):
            changed = whole(preset, status_map={word.upper(): "skipped"})
            assert len(changed.status_map) == len(plain.status_map)
            assert changed.status_map[word.upper()] == "skipped"
        request = getattr(plain, "request", None)
        for name in getattr(request, "params", {}):
            changed = whole(preset, request={"params": {name: "changed"}})
            assert changed.request.params == {**plain.request.params, name: ("changed",)}
        assert whole(preset, every="7m").every == timedelta(minutes=7)


async def test_airbyte(serve: Serve, clients: Clients) -> None:
    """Rows and bytes; times without seconds; an end only where there is one."""
    runs = await read(Airbyte(NOW), serve, clients)
    assert (runs["17"].records_written, runs["17"].bytes, runs["17"].trigger) == (17, 170, "sync")
    assert (runs["121"].started_at, runs["121"].finished_at) == (minutes_ago(30), minutes_ago(25))
    assert all(runs[number].finished_at is None for number in ("123", "124", "125"))


async def test_a_self_managed_airbyte_tells_the_reason(serve: Serve, clients: Clients) -> None:
    """By the detail that the documentation shows, at its configuration API on the same host."""
    system = Airbyte(NOW)
    summary = {"failures": [{"failureOrigin": "source", "failureType": "config_error", "externalMessage": "The key has expired.",
                             "internalMessage": "401", "timestamp": 1795521600000}], "partialSuccess": False}  # fmt: skip
    attempts = [{"attempt": {"id": 0, "status": "failed"}}, {"attempt": {"id": 1, "failureSummary": summary}}]

    def answer(seen: Seen) -> Reply:
        if seen.path != "/api/v1/jobs/get_without_logs":
            return system.answer(seen)
        assert seen.headers["authorization"] == "Bearer t"
        return Reply({"job": {"id": int(seen.json()["id"])}, "attempts": attempts})

    example = yaml.safe_load(DOCUMENT.read_text("utf-8").split("```yaml\n")[3].split("```")[0])
    detail = example["integrations"][0]["sources"][0]["detail"]
    server = serve(answer)
    detail["request"]["url"] = f"{server.url}/api/v1/jobs/get_without_logs"
    done = await look(source(preset="airbyte", detail=detail, **system.keys(server.url)), clients)
    assert by_id(done)["121"].error_message == "The key has expired."
    assert by_id(done)["121"].error_code == "config_error"


async def test_airflow(serve: Serve, clients: Clients) -> None:
    """Recorded runs of Airflow 3, a failed one with the tasks that failed."""
    runs = json.loads((SAMPLES / "dagRuns_failed.json").read_text())["dag_runs"]
    tasks = json.loads((SAMPLES / "ti_all_failed.json").read_text())

    def answer(seen: Seen) -> Reply:
        if seen.path == "/auth/token":
            return Reply({"access_token": "t"}, 201)
        if seen.path == "/api/v2/dags/~/dagRuns":
            start = int(seen.query["offset"])
            return Reply({"dag_runs": runs[start : start + 100], "total_entries": len(runs)})
        return Reply(tasks)

    done = await look(source(preset="airflow", url=serve(answer).url, username="u", password="p"), clients)
    assert sorted(done.ids) == sorted(run["dag_run_id"] for run in runs)
    assert all(run.error_message and "failed" in run.error_message for run in done.runs)


async def test_airflow_links_its_pages(serve: Serve, clients: Clients) -> None:
    """Of Airflow 3; of Airflow 2, whose pages are elsewhere, there is none."""
    name = "manual__2026-11-24T10:00:00+00:00"
    newer, older = (
        await read(Airflow(NOW), serve, clients),
        await read(Airflow2(NOW), serve, clients),
    )
    assert (newer[name].url or "").endswith(f"/dags/crm_contacts/runs/{name}")
    assert (older[name].url, older[name].trigger) == (None, "manual")


async def test_dagster(serve: Serve, clients: Clients) -> None:
    """Epoch floats, the number of a try, the step that failed, a link."""
    runs = await read(Dagster(NOW), serve, clients)
    assert runs["fails"].started_at == minutes_ago(40) + timedelta(seconds=0.25)
    assert (runs["fails"].attempt, runs["old-001"].attempt) == (2, 1)
    assert (runs["fails"].error_code, runs["fails"].trigger) == ("load", "nightly")
    assert (runs["fails"].url or "").endswith("/prod/runs/fails")


async def test_an_error_inside_200_is_a_failed_poll(serve: Serve, clients: Clients) -> None:
    """Dagster's GraphQL says its errors in the body: beside the data, or as another kind of answer in it."""
    system = Dagster(NOW)
    system.broken = True
    server = serve(system.answer)
    done = await look(source(preset="dagster", **system.keys(server.url)), clients)
    assert done.error is not None
    assert "OperationalError: too many connections" in done.error.message
    server = serve(lambda seen: Reply({"errors": [{"message": "boom"}], "data": None}))
    done = await look(source(preset="dagster", url=server.url), clients)
    assert done.error is not None
    assert "boom" in done.error.message


async def test_github(serve: Serve, clients: Clients) -> None:
    """Attempts by number; what waits for somebody has not ended."""
    system = GitHub(NOW)
    system.change()
    runs = await read(system, serve, clients)
    assert (runs["203"].attempt, runs["203"].started_at) == (2, minutes_ago(3))
    assert runs["209"].status is RunStatus.QUEUED
    assert runs["209"].finished_at is None
    assert runs["201"].finished_at is not None


async def test_prefect_nango_and_fivetran(serve: Serve, clients: Clients) -> None:
    """A retried run waits as one that runs; codes of errors; what set a run off."""
    prefect = await read(Prefect(NOW), serve, clients)
    assert (prefect["times-out"].error_code, prefect["late"].started_at) == ("TimedOut", None)
    assert prefect["fails"].trigger == "schedule"
    nango = await read(Nango(NOW), serve, clients)
    assert (nango["op-fails"].error_code, nango["op-slow"].error_code) == ("function_runtime_error", "Error")
    assert nango["op-fails"].started_at == minutes_ago(40) + timedelta(seconds=0.25)
    system = Fivetran(NOW)
    fivetran = await read(system, serve, clients, where="at && job == 'salesforce'")
    assert {run.error_code for run in fivetran.values()} == {None, "reconnect"}


def test_butterboard() -> None:
    """A probe of a customer's key, every five minutes unless told otherwise."""
    given = source(preset="butterboard", url="https://acme.butterboard.online/", key="k")
    assert given.type == "probe"
    assert given.request.url == "https://acme.butterboard.online/api/v1/users?limit=1"
    assert given.auth.token.get_secret_value() == "k"
    assert given.every.total_seconds() == 300
    # Two customers' keys on one host have two limits.
    assert given.scope == "butterboard-a"


async def test_meltano_and_dlt(tmp_path: Path) -> None:
    """What set a run off, its end; the id of a load is the instant it began."""
    meltano = await rows(Meltano(NOW, f"sqlite:///{tmp_path}/m.db"))
    assert (meltano["8"].trigger, meltano["1"].finished_at) == ("schedule", minutes_ago(85))
    loaded = next(iter((await rows(Dlt(NOW, f"sqlite:///{tmp_path}/d.db"))).values()))
    assert loaded.started_at is not None
    assert abs(loaded.started_at - minutes_ago(90)) < timedelta(seconds=1)
    assert loaded.finished_at == minutes_ago(89.5)
