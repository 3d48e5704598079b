"""What `doctor` looks at: the interpreter, the configuration, the database and the room left for it."""

from __future__ import annotations

import platform
import shutil
from collections.abc import Iterator
from pathlib import Path

from composition.names import load_settings, watched
from core.errors import ConfigurationError, StorageError
from core.settings import Settings
from reports.doctor import Finding, Level
from storage.queries import database_facts

LITTLE_ROOM_BYTES = 1_000_000_000
LIBRARIES = ("streamlit", "sqlalchemy", "pandas", "plotly", "apscheduler", "httpx")


def examine(path: Path) -> list[Finding]:
    """Everything worth knowing before one asks somebody for help; never raises for what it finds."""
    findings = [*_program(), *_room(Path.cwd())]
    try:
        settings = load_settings(path)
    except ConfigurationError as error:
        return [*findings, Finding(Level.BAD, "configuration", str(error))]
    findings.append(_configuration(settings))
    return [*findings, *_database(settings)]


def _program() -> Iterator[Finding]:
    from importlib.metadata import PackageNotFoundError, version

    yield Finding(Level.OK, "Python", f"{platform.python_version()} on {platform.platform()}")
    for name in LIBRARIES:
        try:
            yield Finding(Level.OK, name, version(name))
        except PackageNotFoundError:
            yield Finding(Level.BAD, name, "is not installed; set up again with `make run`")


def _room(folder: Path) -> Iterator[Finding]:
    free = shutil.disk_usage(folder).free
    level = Level.OK if free > LITTLE_ROOM_BYTES else Level.BAD
    advice = "" if level is Level.OK else "; make room, or the database cannot grow"
    yield Finding(level, "disk", f"{free / 1e9:.1f} GB free in {folder}{advice}")


def _configuration(settings: Settings) -> Finding:
    count = len(watched(settings))
    text = f"{settings.path}: {len(settings.integrations)} integrations, {count} sources are looked at"
    return Finding(Level.OK if count else Level.NOTE, "configuration", text)


def _database(settings: Settings) -> Iterator[Finding]:
    from storage.migrate import state
    from storage.store import open_store

    url = settings.database.get_secret_value()
    try:
        current, head = state(url)
        if current is None:
            yield Finding(
                Level.NOTE, "database", "has no tables yet; `migrate` or the first start makes them"
            )
            return
        if current != head:
            yield Finding(Level.NOTE, "database", f"has schema {current}; `migrate` brings it to {head}")
            return
        store = open_store(url)
    except StorageError as error:
        yield Finding(Level.BAD, "database", str(error))
        return
    with store.read() as connection:
        facts = database_facts(connection)
    store.close()
    size = "size not known" if facts.size_bytes is None else f"{facts.size_bytes / 1e6:,.1f} MB"
    yield Finding(Level.OK, "database", f"{store.url} with schema {current}, {size}")
    yield _library(facts.engine, facts.version)


def _library(engine: str, version: str) -> Finding:
    """SQLite before 3.51.3 loses a WAL reset when two connections write at once (DESIGN: one owner)."""
    if engine == "sqlite" and tuple(map(int, version.split("."))) < (3, 51, 3):
        text = f"{version}; older than 3.51.3, so only one process may write: this program keeps to that"
        return Finding(Level.NOTE, "SQLite", text)
    return Finding(Level.OK, "SQLite" if engine == "sqlite" else "PostgreSQL", version)
