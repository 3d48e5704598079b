"""Every recipe of the documentation reads a stand-in of its system as it stands there."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from collectors.http import Clients, HttpClient
from collectors.source import SourceContext
from composition.names import registries
from composition.names import sources as registries_sources
from core.records import Cursor, Problem, Side, SyncRun
from core.settings import loads
from tests.collectors.collectors_server import Answer, Served
from tests.collectors.conftest import Hand
from tests.systems.base import System, Told
from tests.systems.recipes import RECIPES

Serve = Callable[[Answer], Served]
DOCUMENT = Path(__file__).parents[2] / "docs" / "recipes.md"
NOW = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)
_HOST = re.compile(r"https://[\w.-]+")
_DATABASE = re.compile(r"postgresql://[^\"]+")


def recipes() -> dict[str, str]:
    """The configuration of each section, by its title."""
    sections = DOCUMENT.read_text(encoding="utf-8").split("\n## ")[1:]
    return {part.split("\n")[0]: part.split("```yaml\n")[1].split("```")[0] for part in sections}


def source(text: str, url: str, database: Path) -> Any:
    """A recipe's source, at the stand-in instead of the system."""
    moved = _DATABASE.sub(f"sqlite:///{database}", _HOST.sub(url, text)).replace("fivetran_metadata.", "")
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


@pytest.mark.parametrize("title", sorted(RECIPES))
async def test_a_recipe_reads_its_system(title: str, serve: Serve, clients: Clients, tmp_path: Path) -> None:
    """Every page, word and error's text; then what changed, and nothing it cannot read."""
    system: System = RECIPES[title](NOW, tmp_path)
    given = source(recipes()[title], serve(system.answer).url, tmp_path / "x.db")
    poller = Poller(given, clients)
    assert await poller.poll() == system.first
    system.change()
    assert await poller.poll() == system.second
    assert poller.problems == []
