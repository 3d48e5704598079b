"""Every recipe of the documentation reads a stand-in of its system as it stands there."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from collectors.http import Clients, HttpClient
from collectors.source import SourceContext
from composition.names import registries
from composition.names import sources as registries_sources
from core.records import Cursor, Problem, Side, SyncRun
from core.settings import loads
from tests.collectors.collectors_server import Answer, Reply, Served
from tests.collectors.conftest import Hand
from tests.systems.base import System, Told
from tests.systems.catalogue import NAMES, standins
from tests.systems.database import Tables
from tests.systems.recipes import RECIPES
from tests.systems.tables import Dlt, Meltano

Serve = Callable[[Answer], Served]
DOCUMENT = Path(__file__).parents[2] / "docs" / "recipes.md"
PRESETS = DOCUMENT.with_name("presets.md")
NOW = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)
TABLES = {"Fivetran, its whole history", "dlt, with its trace"}
_HOST = re.compile(r"https://[\w.-]+")
_DATABASE = re.compile(r"postgresql://[^\"]+")


def recipes() -> dict[str, str]:
    """The configuration of each section, by its title."""
    sections = DOCUMENT.read_text(encoding="utf-8").split("\n## ")[1:]
    return {part.split("\n")[0]: part.split("```yaml\n")[1].split("```")[0] for part in sections}


def source(text: str, url: str, database: str) -> Any:
    """A recipe's source, at the stand-in instead of the system."""
    moved = _DATABASE.sub(database, _HOST.sub(url, text)).replace("fivetran_metadata.", "")
    environ = dict.fromkeys(re.findall(r"\$\{(\w+)\}", moved), "secret")
    return loads(moved, "recipes.md", registries(), environ=environ).integrations[0].sources[0]


class Poller:
    """Polls one source again and again from where it stopped."""

    def __init__(self, given: Any, clients: Clients) -> None:
        self.given, self.clients = given, clients
        self.cursor: Cursor = {}
        self.runs: dict[str, SyncRun] = {}
        self.problems: list[Problem] = []

    async def poll(self) -> Mapping[str, Told]:
        """Everything known after one more poll."""
        ctx = SourceContext("a", "s", Side.TARGET, NOW, HttpClient(self.clients))
        async for batch in registries_sources()[self.given.type].collect(self.given, self.cursor, ctx):
            self.cursor = batch.cursor
            self.problems += batch.problems
            self.runs |= {run.external_id: run for run in batch.runs}
        return {key: (run.job, run.status.value, run.error_message) for key, run in self.runs.items()}


@pytest.fixture
async def clients(hand: Hand) -> AsyncIterator[Clients]:
    """Clients with the manners of real ones, at the stand-ins' time."""
    made = Clients(clock=hand, sleep=hand.sleep)
    yield made
    await made.aclose()


def test_each_recipe_has_a_stand_in() -> None:
    """None is shown that was never tried; each says what it cannot know."""
    assert set(recipes()) == set(RECIPES)
    assert DOCUMENT.read_text(encoding="utf-8").count("\nNot known: ") == len(RECIPES)


async def prove(given: Any, system: System, clients: Clients) -> None:
    """Every page, word and error's text; then what changed, and nothing it cannot read."""
    poller = Poller(given, clients)
    assert await poller.poll() == system.first
    system.change()
    assert await poller.poll() == system.second
    assert poller.problems == []


@pytest.mark.parametrize("title", sorted(set(RECIPES) - TABLES))
async def test_a_recipe_reads_its_system(title: str, serve: Serve, clients: Clients) -> None:
    """Over HTTP."""
    system = RECIPES[title](NOW, "")
    await prove(source(recipes()[title], serve(system.answer).url, ""), system, clients)


@pytest.mark.parametrize("title", sorted(TABLES))
async def test_a_recipe_reads_its_tables(title: str, empty_url: str, clients: Clients) -> None:
    """In a database of each kind."""
    system = RECIPES[title](NOW, empty_url)
    await prove(source(recipes()[title], "https://unused", empty_url), system, clients)


@pytest.mark.parametrize("system", [Dlt, Meltano], ids=["dlt", "meltano"])
async def test_a_preset_reads_its_tables(system: type[Tables], empty_url: str, clients: Clients) -> None:
    """In a database of each kind; what is overdue is judged behind the source."""
    made = system(NOW, empty_url)
    text = yaml.safe_dump({"integrations": [{"key": "a", "name": "A", "method": "api", "source_system": "S",
                                             "sources": [{"name": "s", "preset": made.preset, **made.keys("")}]}]})  # fmt: skip
    poller = Poller(loads(text, "m.yaml", registries(), environ={}).integrations[0].sources[0], clients)
    assert set(await poller.poll()) == set(made.first)
    made.change()
    assert set(await poller.poll()) == set(made.second)
    assert poller.problems == []


async def test_a_killed_meltano_run_is_seen_by_its_heartbeat(empty_url: str, clients: Clients) -> None:
    """The query that the documentation shows, in the words of each kind of database."""
    made = Meltano(datetime.now(UTC), empty_url)
    section = PRESETS.read_text(encoding="utf-8").split("## `meltano`")[1]
    theirs, text = (
        section.split("PostgreSQL with `")[1].split("`")[0],
        section.split("```yaml\n")[2].split("```")[0],
    )
    if empty_url.startswith("postgresql"):
        text = text.replace("last_heartbeat_at < datetime('now', '-5 minutes')", theirs)
    given = loads(re.sub(r"sqlite:////\S+", empty_url, text), "m.yaml", registries(), environ={})
    poller = Poller(given.integrations[0].sources[0], clients)
    told = await poller.poll()
    assert (told["7"][1], told["1"][1]) == ("failed", "succeeded")
    made.beat("8")
    assert (await poller.poll())["8"][1] == "running"
    assert poller.problems == []


def example(preset: str) -> dict[str, Any]:
    """The first configuration that the documentation shows for a preset."""
    section = PRESETS.read_text(encoding="utf-8").split(f"\n## `{preset}`")[1]
    tree: dict[str, Any] = yaml.safe_load(section.split("```yaml\n")[1].split("```")[0])
    return tree


@pytest.mark.parametrize("name", [name for name in NAMES if name != "airflow"])
async def test_the_example_of_each_preset_runs(
    name: str, serve: Serve, clients: Clients, tmp_path: Path
) -> None:
    """As it stands there, with the stand-in's address and credentials: all the runs that it chooses."""
    system = standins(NOW, tmp_path)[name]
    tree = example(system.preset)
    shown = tree["integrations"][0]["sources"][0]
    shown.pop("table", None)
    own = {key: value for key, value in system.keys(serve(system.answer).url).items() if key != "request"}
    tree["integrations"][0]["sources"] = [shown | own]
    given = loads(yaml.safe_dump(tree), "m.yaml", registries(), environ={}).integrations[0].sources[0]
    poller = Poller(given, clients)
    told = await poller.poll()
    assert poller.problems == []
    chosen = {key for key, run in system.first.items() if name != "fivetran" or run[0] == "salesforce"}
    assert set(told) == chosen


async def test_the_example_of_the_key_runs(serve: Serve, clients: Clients) -> None:
    """Butterboard's: the key is valid, and what is left of its limit stands under its own scope."""
    server = serve(lambda _: Reply({"data": []}, headers={"RateLimit": '"per-minute";r=59;t=20'}))
    tree = example("butterboard")
    tree["integrations"][0]["sources"][0] |= {"url": server.url, "key": "secret"}
    given = loads(yaml.safe_dump(tree), "m.yaml", registries(), environ={}).integrations[0].sources[0]
    ctx = SourceContext("a", "s", Side.TARGET, NOW, HttpClient(clients))
    batches = [batch async for batch in registries_sources()["probe"].collect(given, {}, ctx)]
    assert [reading.valid for batch in batches for reading in batch.credentials] == [True]
    quotas = [(reading.scope, reading.remaining) for batch in batches for reading in batch.quotas]
    assert quotas == [("butterboard-peoplesoft", 59)]
    assert server.seen[0].headers["authorization"] == "Bearer secret"
    assert server.seen[0].raw_path == "/api/v1/users?limit=1"
