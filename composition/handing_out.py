"""What is stored, handed out: the status document, exports, verification and copies."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

from composition.stores import reading
from core import clock
from core.errors import UsageError
from core.i18n import SOURCE_LANGUAGE
from core.settings import Settings
from core.since import since_of

if TYPE_CHECKING:
    from storage.queries import Connection
    from storage.verify import Difference


def status_document(
    settings: Settings, language: str = SOURCE_LANGUAGE, zone: tzinfo = UTC
) -> Mapping[str, object]:
    """The `status --json` document as of now, its reasons in a language and a zone. Raises StorageError."""
    from assess.status import status_document as document

    with reading(settings) as store, store.read() as connection:
        return document(connection, settings, clock.now(), language, zone)


def alerts_document(
    settings: Settings, language: str, zone: tzinfo, *, everything: bool, integration: str | None
) -> Mapping[str, object]:
    """The `alerts --json` document as of now, its texts in a language and a zone. Raises UsageError, StorageError."""
    from alerts.standing import alerts_document as document

    with reading(settings) as store, store.read() as connection:
        _known(connection, settings, integration)
        return document(
            connection, settings, clock.now(), language, zone, everything=everything, integration=integration
        )


def export(settings: Settings, kind: str, form: str, *, integration: str | None, since: str | None) -> int:
    """Write stored records to standard output. Returns how many. Raises UsageError, StorageError.

    kind: one of `storage.queries.export.EXPORTS`; form: jsonl, csv or xlsx; integration: a key; since: see
    `core.since`.
    """
    from reports.export import Format, write_csv, write_jsonl, write_xlsx
    from storage.queries.export import EXPORTS

    if kind not in EXPORTS:
        raise UsageError(f"export: {kind!r} is unknown; write one of {', '.join(EXPORTS)}")
    if form not in set(Format):
        raise UsageError(f"--format: got {form!r}; write one of {', '.join(Format)}")
    query, columns = EXPORTS[kind]
    try:
        start = since_of(since, clock.now())
    except ValueError as wrong:
        raise UsageError(f"--since: {wrong}") from None
    with reading(settings) as store, store.read() as connection:
        _known(connection, settings, integration)
        # Closed before the connection, also when whoever reads standard output has gone.
        with closing(query(connection, integration, start)) as rows:
            match Format(form):
                case Format.JSONL:
                    return write_jsonl(rows, sys.stdout)
                case Format.CSV:
                    return write_csv(rows, columns, sys.stdout)
                case Format.XLSX:
                    return write_xlsx(rows, columns, kind, sys.stdout.buffer)


def _known(connection: Connection, settings: Settings, integration: str | None) -> None:
    """Refuses the key of an integration that is neither configured nor made by a route."""
    from assess.feeding import completed

    if integration is None:
        return
    known = completed(connection, settings)
    if known.integration(integration) is None:
        keys = ", ".join(one.key for one in known.integrations) or "none"
        raise UsageError(f"--integration: {integration!r} is not configured; there are {keys}")


def verify(settings: Settings) -> list[Difference]:
    """Every sum that is not what its raw rows say. Raises StorageError."""
    from storage.verify import verify as differences

    with reading(settings) as store:
        return differences(store)


def backup(settings: Settings, target: Path) -> int:
    """Copy the live database into one file. Returns its size in bytes. Raises StorageError."""
    from storage.backup import backup as copy

    return copy(settings.database.get_secret_value(), target).stat().st_size


def migrate(settings: Settings) -> list[str]:
    """Bring the schema up to date and name each step taken. Raises StorageError."""
    from storage.migrate import upgrade

    return upgrade(settings.database.get_secret_value())
