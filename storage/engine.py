"""What a database engine is to this program: how to open, own, fill and copy it.

Each module of `storage.engines` exports one `ENGINE`; nothing else knows which database it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeAlias

import sqlalchemy as sa

from core.discovery import discover
from core.errors import StorageError

if TYPE_CHECKING:
    from sqlalchemy.dialects.postgresql import Insert as PostgresqlInsert
    from sqlalchemy.dialects.sqlite import Insert as SqliteInsert

Value = int | float | str | bytes | None
Row = tuple[Value, ...]
RunKey = tuple[int, int, str]
"""(source id, job id, external id)"""
Upsert: TypeAlias = "SqliteInsert | PostgresqlInsert"


class Ownership(Protocol):
    """The right to write; given back by `release`, or by the kernel when the process dies."""

    def release(self) -> None:
        """Let another process write."""


class RunIdentity(Protocol):
    """Finds the ended run that a key names, however old (docs/adr/0002)."""

    def find(self, connection: sa.Connection, keys: Sequence[RunKey]) -> list[Row]:
        """The rows (id, *storage.run_rows.ENDED) that any of these keys may name; the caller compares."""

    def add(self, connection: sa.Connection, keys: Sequence[RunKey]) -> None:
        """Remember the rows just inserted, in their order and in the same transaction."""

    def forget(self) -> None:
        """Drop what is remembered outside the database, after a transaction that was rolled back."""


@dataclass(frozen=True)
class Engine:
    """One kind of database.

    schemes: of the URLs it takes; reader, writer: make an SQLAlchemy engine for a URL; own: takes the
    right to write or raises StorageError with the remedy; single_writer: one thread writes and the
    rest queue; upsert: its INSERT with ON CONFLICT; insert_many: adds ready tuples by the fastest
    way there is; run_identity: makes the finder of stored runs for one opened store; partitioned:
    names of the tables kept by month; prepare: makes room for rows at these instants (epoch µs); drop_before: drops the months of a
    table that ended before an instant (µs) and answers how many rows went; tidy: gives back what pruning left; copy: writes a consistent
    copy of a live database to a file.
    """

    name: str
    schemes: frozenset[str]
    single_writer: bool
    reader: Callable[[sa.URL], sa.Engine]
    writer: Callable[[sa.URL], sa.Engine]
    own: Callable[[sa.URL], Ownership]
    upsert: Callable[[sa.Table], Upsert]
    insert_many: Callable[[sa.Connection, sa.Table, Sequence[str], Sequence[Row]], None]
    run_identity: Callable[[], RunIdentity]
    partitioned: frozenset[str]
    prepare: Callable[[sa.Engine, sa.Table, Iterable[int]], None]
    drop_before: Callable[[sa.Connection, sa.Table, int], int]
    tidy: Callable[[sa.Connection], None]
    copy: Callable[[sa.URL, Path], None]


@cache
def engines() -> dict[str, Engine]:
    """Every engine there is, by name."""
    import storage.engines as package

    return discover(package, "ENGINE", Engine)


def engine_of(url: str) -> tuple[Engine, sa.URL]:
    """The engine that takes this URL, and the parsed URL. Raises StorageError for an unknown one."""
    try:
        parsed = sa.make_url(url)
    except (sa.exc.ArgumentError, ValueError):  # such as a port that is no number
        raise StorageError(
            "the database address cannot be read; write sqlite:///data/monitor.db or "
            "postgresql+psycopg://user@host:5432/name"
        ) from None
    for engine in engines().values():
        if parsed.drivername in engine.schemes:
            return engine, parsed
    known = ", ".join(sorted(scheme for engine in engines().values() for scheme in engine.schemes))
    raise StorageError(f'databases of the kind "{parsed.drivername}" are not supported; use one of {known}')
