"""Opens a SQLite file of another program for reading, its live WAL included."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, unquote

import sqlalchemy as sa

from core.errors import SourceError

_CHECK_EVERY = 20_000
"""Steps of SQLite's machine between two looks at the clock: a few milliseconds."""


def connector(url: sa.URL, overdue: Callable[[], bool]) -> Callable[[], sqlite3.Connection]:
    """A function that connects. overdue: asked while a statement runs, which ends when it says so."""
    path = _path(url)

    def connect() -> sqlite3.Connection:
        if not path.exists():
            raise SourceError(
                f"{path} does not exist; is the path right? (it is taken from where this program was started)",
                permanent=True,
            )
        connection = _opened(path)
        connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
        connection.execute("PRAGMA busy_timeout=5000")
        connection.execute("PRAGMA query_only=ON")
        connection.set_progress_handler(lambda: int(overdue()), _CHECK_EVERY)
        return connection

    return connect


def _path(url: sa.URL) -> Path:
    name = url.database or ""
    if name.startswith("file:"):
        name = unquote(name.removeprefix("file:").partition("?")[0])
    return Path(name).absolute()


def _opened(path: Path) -> sqlite3.Connection:
    """mode=ro follows a writer's WAL; it needs the folder's `-shm` file, which a reader may have to make."""
    connection = _connect(path, "mode=ro")
    try:
        connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()
    except sqlite3.OperationalError as error:
        connection.close()
        if "locked" in str(error):
            raise
        if path.with_name(path.name + "-wal").exists():
            raise SourceError(
                f"{path} cannot be opened ({error}); it has a WAL that is being written, and following it takes "
                f"the right to write in the folder {path.parent}"
            ) from None
        # Closed, in a folder where nobody writes: without a WAL the file is all there is.
        return _connect(path, "immutable=1")
    except sqlite3.DatabaseError:
        connection.close()
        raise
    return connection


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    # The rows of one poll are fetched by one thread after another, never by two at once.
    return sqlite3.connect(
        f"file:{quote(str(path))}?{mode}", uri=True, isolation_level=None, check_same_thread=False, timeout=5
    )
