"""Brings stored records where the configured routes send them, when a route has changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec
import sqlalchemy as sa

from storage import schema
from storage.moving import Move, move
from storage.routes import CREATED, Routing, Shared, StoredRoute, shared_sources
from storage.writing import Writing

OpenWriting = Callable[[int, int], Writing]
"""Makes the `Writing` of an owner's id and a source's id."""


def write_routes(connection: sa.Connection, begin: OpenWriting, former: dict[int, str]) -> None:
    """Decide every value anew, move what goes elsewhere now, and retire what is fed no more.

    former: the field that each shared source (by id) was routed by before.
    """
    for shared in shared_sources(connection):
        writing = begin(shared.owner_id, shared.source_id)
        routing = Routing(connection, writing.statements, writing.texts, shared, writing.now)
        if former.get(shared.source_id, shared.route.by) != shared.route.by:
            _gather(writing, routing, shared)
        _reroute(writing, routing, shared)
    _retire_unfed(connection, begin(0, 0).now)


def routed_by(connection: sa.Connection) -> dict[int, str]:
    """The field that each shared source (by id) is routed by."""
    source = schema.source
    query = sa.select(source.c.id, source.c.route).where(source.c.route.is_not(None))
    rows = connection.execute(query)
    return {row.id: msgspec.json.decode(row.route, type=StoredRoute).by for row in rows}


def _gather(writing: Writing, routing: Routing, shared: Shared) -> None:
    """Another field decides now: all records go back to the owner, whose values are then met anew."""
    for one in sorted(set(routing.stored().values()) - {shared.owner_id}):
        move(writing, Move(one, shared.owner_id, whole=True))
    table = schema.route
    writing.connection.execute(sa.delete(table).where(table.c.source_id == shared.source_id))
    routing.remember(dict.fromkeys(_values_stored(writing, shared), shared.owner_id))


def _values_stored(writing: Writing, shared: Shared) -> set[int]:
    """The ids of the values of the routed field among the owner's records of this source."""
    name, found = f"{shared.route.by}_id", set[int]()
    for table in schema.metadata.sorted_tables:
        if {"integration_id", "source_id", name} <= set(table.c.keys()):
            query = sa.select(table.c[name]).distinct().where(table.c.source_id == shared.source_id)
            mine = query.where(table.c.integration_id == shared.owner_id, table.c[name].is_not(None))
            found |= set(writing.connection.execute(mine).scalars())
    nothing = writing.texts.id(writing.connection, "")
    return found - {nothing}


def _reroute(writing: Writing, routing: Routing, shared: Shared) -> None:
    before = routing.stored()
    words = _words(writing.connection, before)
    mapped = writing.texts.ids(writing.connection, shared.route.map)
    words |= {value_id: value for value, value_id in mapped.items()}
    # Those that have an integration of their own keep it where `max` leaves room for only some.
    in_order = sorted(words, key=lambda one: (before.get(one) in (None, shared.owner_id), words[one]))
    decided = routing.decide((words[one] for one in in_order), set())
    after = {value_id: decided[value] for value_id, value in words.items()}
    for one in _moves(before, after, shared):
        move(writing, one)
    routing.remember({value_id: one for value_id, one in after.items() if before.get(value_id) != one})


def _moves(before: dict[int, int], after: dict[int, int], shared: Shared) -> Iterable[Move]:
    """Grouped by where from and where to."""
    ways: dict[tuple[int, int], list[int]] = {}
    for value_id, one in before.items():
        if after[value_id] != one:
            ways.setdefault((one, after[value_id]), []).append(value_id)
    arrived_at = {target for _, target in ways}
    for (one, target), value_ids in sorted(ways.items()):
        leaves = sum(place == one for place in before.values()) == len(value_ids)
        whole = leaves and one != shared.owner_id and one not in arrived_at
        yield Move(one, target, shared.route.by, value_ids, whole=whole)


def _words(connection: sa.Connection, ids: Iterable[int]) -> dict[int, str]:
    found, wanted = dict[int, str](), sorted(ids)
    for start in range(0, len(wanted), 500):
        chosen = schema.text.c.id.in_(wanted[start : start + 500])
        query = sa.select(schema.text.c.id, schema.text.c.value).where(chosen)
        found.update((row[0], row[1]) for row in connection.execute(query))
    return found


def _retire_unfed(connection: sa.Connection, now: int) -> None:
    """A created integration lives as long as a shared source feeds it."""
    table = schema.integration
    fed = (
        sa.select(schema.route.c.integration_id)
        .join(schema.source, schema.source.c.id == schema.route.c.source_id)
        .where(schema.source.c.retired_at.is_(None))
    )
    created = sa.update(table).where(table.c.origin == CREATED)
    connection.execute(
        created.where(table.c.id.not_in(fed), table.c.retired_at.is_(None)).values(retired_at=now)
    )
    connection.execute(created.where(table.c.id.in_(fed)).values(retired_at=None))
