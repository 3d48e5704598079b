"""Makes the tables of integrations, sources and contacts what the configuration says."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from core.routing import UNROUTED
from storage import schema
from storage.channel_counts import forget_trouble
from storage.engine import Engine
from storage.putting import put
from storage.routes import CONFIGURED, CREATED, stored_route
from storage.writer_operation import write_action
from storage.writer_provisioned import write_provisioned
from storage.zone import zone_of

if TYPE_CHECKING:
    from core.settings import Integration, Settings, SourceSettings

_LAST = 2_000_000
_MICROSECOND = timedelta(microseconds=1)


def write_configuration(connection: sa.Connection, engine: Engine, settings: Settings, now: int) -> bool:
    """Upsert what is configured and retire the rest; whether the days' time zone changed. now: µs."""
    before = zone_of(connection).key
    if _is_another(connection, settings.digest) and (count := forget_trouble(connection, sa.true())):
        detail = json.dumps({"why": "another configuration was taken over", "channels": count})
        write_action(connection, "configuration", "channel.enable", "channels", detail, now)
    put(connection, engine, schema.installation, {"name": "timezone"}, {"value": settings.timezone})
    put(connection, engine, schema.installation, {"name": "configuration_digest"}, {"value": settings.digest})
    contacts = _write_contacts(connection, engine, settings, now)
    kept = []
    write_provisioned(connection, engine, settings, now)
    for position, integration in enumerate(settings.integrations):
        integration_id = _write_integration(connection, engine, integration, position, now)
        kept.append(integration_id)
        _write_sources(connection, engine, integration.sources, integration_id, now)
        _write_callees(connection, integration, integration_id, contacts)
    if settings.sources:
        kept.append(owner_id := _write_owner(connection, engine, now))
        _write_sources(connection, engine, settings.sources, owner_id, now, shared=True)
    # Created integrations live by their routes: `storage.writer_routes` retires them.
    _retire(connection, schema.integration, schema.integration.c.origin != CREATED, kept, now)
    orphaned = schema.source.c.integration_id.notin_(kept) if kept else sa.true()
    _retire(connection, schema.source, orphaned, [], now)
    return before != settings.timezone


def _is_another(connection: sa.Connection, digest: str) -> bool:
    """Whether the file has changed since it was stored last: then channels get another chance."""
    table = schema.installation
    query = sa.select(table.c.value).where(table.c.name == "configuration_digest")
    return connection.execute(query).scalar_one_or_none() != digest


def _write_contacts(
    connection: sa.Connection, engine: Engine, settings: Settings, now: int
) -> dict[str, int]:
    ids = {}
    for key, contact in settings.contacts.items():
        values = {
            "name": contact.name,
            "email": contact.email,
            "phone": contact.phone,
            "telegram": contact.telegram,
            "language": contact.language,
            "timezone": contact.timezone,
            "retired_at": None,
        }
        ids[key] = put(connection, engine, schema.contact, {"key": key}, values)
    _retire(connection, schema.contact, sa.true(), list(ids.values()), now)
    return ids


def _write_integration(
    connection: sa.Connection, engine: Engine, integration: Integration, position: int, now: int
) -> int:
    table = schema.integration
    _rename(connection, table, table.c.key, sa.true(), integration.renamed_from, integration.key)
    values = {
        "name": integration.name,
        "method": integration.method,
        "source_system": integration.source_system,
        "target_system": integration.target_system,
        "criticality": integration.criticality,
        "stage": integration.stage,
        "tags": json.dumps(list(integration.tags), ensure_ascii=False),
        "labels": json.dumps(dict(integration.labels), ensure_ascii=False),
        "docs": None if integration.docs is None else str(integration.docs),
        "paused": int(integration.paused),
        "position": position,
        "retired_at": None,
        "origin": CONFIGURED,
    }
    return put(connection, engine, table, {"key": integration.key}, values, {"known_since": now})


def _write_owner(connection: sa.Connection, engine: Engine, now: int) -> int:
    """The row that owns the shared sources, and keeps what matches no route."""
    values: dict[str, str | int | None] = {
        "name": "Unrouted",
        "method": "custom",
        "source_system": "",
        "target_system": "",
        "criticality": "normal",
        "stage": "live",
        "tags": "[]",
        "labels": "{}",
        "position": _LAST,
        "retired_at": None,
        "origin": UNROUTED,
    }
    return put(connection, engine, schema.integration, {"key": UNROUTED}, values, {"known_since": now})


def _write_sources(
    connection: sa.Connection,
    engine: Engine,
    sources: Sequence[SourceSettings],
    integration_id: int,
    now: int,
    *,
    shared: bool = False,
) -> None:
    table = schema.source
    mine = table.c.integration_id == integration_id
    kept = []
    for position, source in enumerate(sources):
        _rename(connection, table, table.c.name, mine, source.renamed_from, source.name)
        keys: dict[str, str | int] = {"integration_id": integration_id, "name": source.name}
        first: dict[str, str | int] = {"known_since": now, "cursor": "{}", "revision": 0}
        values = _source_values(source, position)
        values["route"] = stored_route(source.route) if shared else None
        kept.append(put(connection, engine, table, keys, values, first))
    _retire(connection, table, mine, kept, now)


def _source_values(source: SourceSettings, position: int) -> dict[str, str | int | None]:
    return {
        "type": source.type,
        "side": source.side.value,
        "every": source.every // _MICROSECOND,
        "required": int(source.required),
        "brings": None if source.brings is None else json.dumps(sorted(source.brings)),
        "position": position,
        "retired_at": None,
    }


def _write_callees(
    connection: sa.Connection, integration: Integration, integration_id: int, contacts: Mapping[str, int]
) -> None:
    table = schema.integration_contact
    connection.execute(sa.delete(table).where(table.c.integration_id == integration_id))
    rows = [
        {
            "integration_id": integration_id,
            "position": position,
            "contact_id": contacts[callee.who],
            "after": callee.after // _MICROSECOND,
        }
        for position, callee in enumerate(integration.contacts)
        if callee.who in contacts
    ]
    if rows:
        connection.execute(sa.insert(table), rows)


def _rename(
    connection: sa.Connection,
    table: sa.Table,
    column: sa.Column[str],
    among: sa.ColumnElement[bool],
    former: str | None,
    name: str,
) -> None:
    """Carry a row over to its new name, once: not if that name has a row of its own."""
    if former is None or former == name:
        return
    taken = connection.execute(sa.select(table.c.id).where(among, column == name)).first()
    if taken is None:
        connection.execute(sa.update(table).where(among, column == former).values({column.name: name}))


def _retire(
    connection: sa.Connection, table: sa.Table, among: sa.ColumnElement[bool], kept: list[int], now: int
) -> None:
    gone = sa.and_(among, table.c.retired_at.is_(None), table.c.id.notin_(kept))
    connection.execute(sa.update(table).where(gone).values(retired_at=now))
