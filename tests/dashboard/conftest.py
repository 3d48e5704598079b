"""A month of work in a database, made once, and the pages of the dashboard on it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from storage.migrate import upgrade
from storage.store import Store, open_store
from storage.writer import Writer
from tests.dashboard import alerts_database
from tests.dashboard import dashboard_database as database
from tests.dashboard.conftest_dashboard import NOW, Desk, Open, furnish, page


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store with the twelve integrations and their month."""
    store = database.fill(tmp_path_factory.mktemp("dashboard") / "monitor.db", NOW)
    yield store
    store.close()


@pytest.fixture(scope="session")
def alerting(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with the month and its alerts, to be copied."""
    path = tmp_path_factory.mktemp("alerting") / "monitor.db"
    store, _, _ = alerts_database.fill(path, NOW)
    store.close()
    return path


@pytest.fixture
def desk(alerting: Path, tmp_path: Path) -> Iterator[Desk]:
    """A copy of it that a test may change, and the pages furnished with it."""
    path = Path(shutil.copy(alerting, tmp_path / "monitor.db"))
    with open_store(f"sqlite:///{path}", writable=True) as store:
        one = Desk(store, Writer(store), alerts_database.settings())
        furnish(lambda: store, one.settings, writer=one.writer)
        yield one


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Store]:
    """A migrated database with nothing in it."""
    url = f"sqlite:///{tmp_path}/empty.db"
    upgrade(url)
    store = open_store(url)
    yield store
    store.close()


@pytest.fixture
def open_page() -> Open:
    """Draws a page with an address's parameters and fails on any exception in it."""

    def draw(name: str, **params: str) -> AppTest:
        app = AppTest.from_function(page(name), default_timeout=20)
        for key, value in params.items():
            app.query_params[key] = value
        app.run()
        assert not app.exception, [one.value for one in app.exception]
        return app

    return draw
