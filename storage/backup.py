"""Copies a live database to a file, consistently, while others go on writing."""

from __future__ import annotations

import os
from pathlib import Path

from core.errors import StorageError
from storage.engine import engine_of


def backup(url: str, target: Path) -> Path:
    """Write a copy and answer its path; an existing file is never overwritten.

    SQLite: the same database in one file. PostgreSQL: a dump for pg_restore. The file takes its name
    only when it is complete. Raises StorageError where it cannot be written.
    """
    engine, parsed = engine_of(url)
    if target.exists():
        raise StorageError(f"{target} exists already; name another file or remove it")
    partial = target.with_name(target.name + ".part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        engine.copy(parsed, partial)
        os.replace(partial, target)  # noqa: PTH105 - atomic, and the same on every system
    except OSError as error:
        raise StorageError(
            f"{target} cannot be written ({error}); check the path and its permissions"
        ) from error
    finally:
        partial.unlink(missing_ok=True)
    return target
