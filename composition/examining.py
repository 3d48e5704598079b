"""What `doctor` looks at: the interpreter, the configuration, the database and the room left for it."""

from __future__ import annotations

import platform
import shutil
from collections.abc import Iterator
from pathlib import Path

from composition.names import load_settings, watched
from core.errors import ConfigurationError, StorageError
from core.i18n import Message, counted
from core.settings import Settings
from reports.doctor import Finding, Level
from storage.queries import database_facts

LITTLE_ROOM_BYTES = 1_000_000_000
_CONFIGURATION = Message("configuration")
_DATABASE = Message("database")
LIBRARIES = ("streamlit", "sqlalchemy", "pandas", "plotly", "apscheduler", "httpx")


def examine(path: Path) -> list[Finding]:
    """Everything worth knowing before one asks somebody for help; never raises for what it finds."""
    findings = [*_program(), *_room(Path.cwd())]
    try:
        settings = load_settings(path)
    except ConfigurationError as error:
        return [*findings, Finding(Level.BAD, _CONFIGURATION, str(error))]
    findings.append(_configuration(settings))
    return [*findings, *_database(settings)]


def _program() -> Iterator[Finding]:
    from importlib.metadata import PackageNotFoundError, version

    yield Finding(
        Level.OK,
        "Python",
        Message(
            "{version} on {system}", {"version": platform.python_version(), "system": platform.platform()}
        ),
    )
    for name in LIBRARIES:
        try:
            yield Finding(Level.OK, name, version(name))
        except PackageNotFoundError:
            yield Finding(Level.BAD, name, Message("is not installed; set up again with `make run`"))


def _room(folder: Path) -> Iterator[Finding]:
    free = shutil.disk_usage(folder).free
    said = {"size": round(free / 1e9, 1), "folder": str(folder)}
    if free > LITTLE_ROOM_BYTES:
        yield Finding(Level.OK, Message("disk"), Message("{size} GB free in {folder}", said))
    else:
        text = Message("{size} GB free in {folder}; make room, or the database cannot grow", said)
        yield Finding(Level.BAD, Message("disk"), text)


def _configuration(settings: Settings) -> Finding:
    count = len(watched(settings))
    text = Message(
        "{file}: {integrations}, {sources}",
        {
            "file": str(settings.path),
            "integrations": counted(
                "{count} integration", "{count} integrations", len(settings.integrations)
            ),
            "sources": counted("{count} source is looked at", "{count} sources are looked at", count),
        },
    )
    return Finding(Level.OK if count else Level.NOTE, _CONFIGURATION, text)


def _database(settings: Settings) -> Iterator[Finding]:
    from storage.migrate import state
    from storage.store import open_store

    url = settings.database.get_secret_value()
    try:
        current, head = state(url)
        if current is None:
            text = Message("has no tables yet; `migrate` or the first start makes them")
            yield Finding(Level.NOTE, _DATABASE, text)
            return
        if current != head:
            text = Message(
                "has schema {has}; `migrate` brings it to {needs}", {"has": current, "needs": head}
            )
            yield Finding(Level.NOTE, _DATABASE, text)
            return
        store = open_store(url)
    except StorageError as error:
        yield Finding(Level.BAD, _DATABASE, str(error))
        return
    with store.read() as connection:
        facts = database_facts(connection)
    store.close()
    size = Message("size not known") if facts.size_bytes is None else _megabytes(facts.size_bytes)
    said = {"address": store.url, "schema": current, "size": size}
    yield Finding(Level.OK, _DATABASE, Message("{address} with schema {schema}, {size}", said))
    yield _library(facts.engine, facts.version)


def _megabytes(size: int) -> Message:
    return Message("{size} MB", {"size": round(size / 1e6, 1)})


def _library(engine: str, version: str) -> Finding:
    """SQLite before 3.51.3 loses a WAL reset when two connections write at once (DESIGN: one owner)."""
    if engine == "sqlite" and tuple(map(int, version.split("."))) < (3, 51, 3):
        text = Message(
            "{version}; older than 3.51.3, so only one process may write: this program keeps to that",
            {"version": version},
        )
        return Finding(Level.NOTE, "SQLite", text)
    return Finding(Level.OK, "SQLite" if engine == "sqlite" else "PostgreSQL", version)
