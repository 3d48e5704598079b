"""The database opened to read or to write, and the key that masks what goes into it."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from core import clock
from core.settings import Settings

if TYPE_CHECKING:
    from core.masking import Masker
    from storage.store import Store
    from storage.writer import Writer


@contextmanager
def reading(settings: Settings) -> Iterator[Store]:
    """The database, to read. Raises StorageError with the remedy."""
    from storage.store import open_store

    store = open_store(settings.database.get_secret_value())
    try:
        yield store
    finally:
        store.close()


@contextmanager
def writing(settings: Settings) -> Iterator[tuple[Store, Writer]]:
    """The database, migrated, owned and told about the configuration. Raises StorageError."""
    from storage.migrate import upgrade
    from storage.store import open_store
    from storage.writer import Writer

    url = settings.database.get_secret_value()
    upgrade(url)
    store = open_store(url, writable=True)
    try:
        writer = Writer(store)
        writer.configure(settings, clock.now())
        yield store, writer
    finally:
        store.close()


def masker(settings: Settings) -> Masker:
    """What masks records on arrival, keyed by a secret that this installation made for itself."""
    from core.masking import Masker

    return Masker(_masking_key(_key_file(settings)), settings.masking)


def _key_file(settings: Settings) -> Path:
    """Beside an SQLite database; with a server, beside the configuration."""
    address = urlsplit(settings.database.get_secret_value())
    if address.scheme.startswith("sqlite"):
        return Path(address.path[1:] or "monitor.db").with_suffix(".key")
    return settings.path.with_suffix(".key")


def _masking_key(file: Path) -> bytes:
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(secrets.token_hex(32))
    return bytes.fromhex(file.read_text().strip())
