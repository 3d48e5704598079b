"""What the pages are given of the configuration."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from composition.current import Current
from composition.embedded import Embedded
from storage.migrate import upgrade
from storage.store import open_store
from tests.dashboard import dashboard_database as database

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def test_the_configuration_is_known_without_its_database(tmp_path: Path) -> None:
    """Pages say what is wrong with the database in the language of the file."""
    path = tmp_path / "monitor.db"
    upgrade(f"sqlite:///{path}")
    with open_store(f"sqlite:///{path}") as store:
        settings = database.settings("ru")
        house = Embedded(Current(settings, NOW), store)
        assert house.completed().language == "ru"
        path.rename(tmp_path / "aside.db")
        assert house.completed() == settings
