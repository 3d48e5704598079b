"""The lock beside a SQLite file by which one process owns it for writing."""

from __future__ import annotations

import os
from pathlib import Path

from core.errors import DatabaseOwned

try:
    import fcntl
except ImportError:  # a system without flock: the database's own locks still guard each transaction
    fcntl = None  # type: ignore[assignment]


class FileOwner:
    """Holds `<database>.lock` open and locked; the kernel lets go of it when the process dies."""

    def __init__(self, database: Path) -> None:
        """Take the lock, or raise StorageError naming the process that has it."""
        self.path = database.with_name(database.name + ".lock")
        self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            if fcntl is not None:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.pread(self._file, 32, 0).decode("ascii", "replace").strip() or "another process"
            os.close(self._file)
            raise DatabaseOwned(
                f"{database} is being written by process {holder}; do it there (`integration-monitor run`), "
                "stop that process first, or use PostgreSQL, where many may write"
            ) from None
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Let another process write. The file stays: removing it would let two own it at once."""
        os.close(self._file)
