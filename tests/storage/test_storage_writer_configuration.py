"""The configuration in the database: what comes, what goes, what is renamed."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from core.clock import to_micros
from core.records import Batch
from storage import schema
from storage.keys import SourceKey
from storage.store import Store
from storage.writer import Writer
from tests.storage.storage_samples import CONFIGURATION, CRM, NOW, configuration, run


def rows(store: Store, table: sa.Table, *columns: str) -> list[tuple[object, ...]]:
    with store.read() as connection:
        query = sa.select(*(table.c[name] for name in columns)).order_by(*table.primary_key)
        return [tuple(row) for row in connection.execute(query)]


def test_the_configuration_stands_in_the_database(store: Store) -> None:
    """Integrations, sources and contacts are stored in the file's order; storing them again changes nothing."""
    writer = Writer(store)
    for _ in range(2):
        writer.configure(configuration(), NOW)
    assert rows(store, schema.integration, "key", "method", "tags", "position", "known_since") == [
        ("crm", "api", '["sales"]', 0, to_micros(NOW)),
        ("hr", "csv", "[]", 1, to_micros(NOW)),
    ]
    assert rows(store, schema.source, "name", "type", "side", "every", "revision", "cursor") == [
        ("log", "sample", "target", 60_000_000, 0, "{}"),
        ("gateway", "sample", "source", 60_000_000, 0, "{}"),
        ("api", "sample", "target", 300_000_000, 0, "{}"),
    ]
    assert rows(store, schema.contact, "key", "email") == [("support", "support@example.com")]
    assert rows(store, schema.integration_contact, "position", "after") == [(0, 600_000_000)]


def test_what_is_removed_is_retired_and_comes_back(store: Store) -> None:
    """A removed integration keeps its history and its cursor, also when it returns."""
    writer = Writer(store)
    writer.configure(configuration(), NOW)
    writer.write(CRM, Batch(cursor={"at": 1}, runs=[run("1")]), revision=0, now=NOW, horizon=None)
    later = NOW + timedelta(days=1)
    without = "timezone: {zone}\nintegrations: []\n"
    writer.configure(configuration(without), later)
    for table, number in ((schema.integration, 2), (schema.source, 3), (schema.contact, 1)):
        assert rows(store, table, "retired_at") == [(to_micros(later),)] * number
    writer.configure(configuration(), later)
    assert rows(store, schema.integration, "retired_at", "known_since") == [(None, to_micros(NOW))] * 2
    assert rows(store, schema.source, "cursor", "revision")[0] == ('{"at": 1}', 1)


def test_a_renamed_integration_and_source_keep_their_history(store: Store) -> None:
    """`renamed_from` carries rows and cursor over, and does no harm when it stays in the file."""
    writer = Writer(store)
    writer.configure(configuration(), NOW)
    writer.write(CRM, Batch(cursor={"at": 1}, runs=[run("1")]), revision=0, now=NOW, horizon=None)
    renamed = CONFIGURATION.replace("key: crm", "key: sales\n    renamed_from: crm").replace(
        "name: log}}", "name: journal, renamed_from: log}}"
    )
    for _ in range(2):
        writer.configure(configuration(renamed), NOW)
    assert rows(store, schema.integration, "key", "retired_at") == [("sales", None), ("hr", None)]
    key = SourceKey("sales", "journal")
    written = writer.write(key, Batch(cursor={"at": 2}, runs=[run("1")]), revision=1, now=NOW, horizon=None)
    assert written.duplicates == 1
