"""The fixtures that more than one room's tests use: databases of every engine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from storage.migrate import upgrade
from storage.store import Store, open_store
from tests.postgresql_cluster import Databases, missing, server

# How long an example takes is the machine's matter, and on a fresh checkout whichever test draws a text first makes
# hypothesis' table of characters, for more than a second.
settings.register_profile("here", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("here")

ENGINES = [pytest.param("sqlite"), pytest.param("postgresql", marks=pytest.mark.postgresql)]


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Databases]:
    """Databases on a real PostgreSQL; a visible skip where there is none."""
    reason = missing()
    if reason is not None:
        pytest.skip(reason)
    with server() as url:
        databases = Databases(url)
        yield databases
        databases.drop_all()


@pytest.fixture(params=ENGINES)
def engine_name(request: pytest.FixtureRequest) -> str:
    """The engine a test runs on: each of them in turn."""
    return str(request.param)


@pytest.fixture
def empty_url(engine_name: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """The URL of a database that has no tables yet."""
    if engine_name == "sqlite":
        return f"sqlite:///{tmp_path}/monitor.db"
    databases: Databases = request.getfixturevalue("postgresql")
    return databases.empty()


@pytest.fixture
def store_url(engine_name: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """The URL of a database with the newest schema."""
    if engine_name == "sqlite":
        url = f"sqlite:///{tmp_path}/monitor.db"
        upgrade(url)
        return url
    databases: Databases = request.getfixturevalue("postgresql")
    return databases.migrated()


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """A store that may be written to."""
    opened = open_store(store_url, writable=True)
    yield opened
    opened.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Fast tests first, so that a fault shows within seconds; then what takes minutes; the browser last.

    Playwright keeps an event loop running in this thread until the session ends: no asynchronous test
    can follow one that drives the browser.
    """

    def place(item: pytest.Item) -> tuple[bool, bool]:
        return item.get_closest_marker("browser") is not None, item.get_closest_marker("slow") is not None

    items.sort(key=place)
