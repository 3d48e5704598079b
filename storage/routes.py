"""Which integration each record of a shared source goes to, and integrations made for values not seen before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import sqlalchemy as sa

from core.records import Batch
from core.routing import slug, suffixed
from storage import schema
from storage.dictionary import Texts
from storage.statements import Statements

if TYPE_CHECKING:
    from core.settings import Route

CONFIGURED, CREATED = "configured", "created"
"""Values of `integration.origin`; the third is `core.routing.UNROUTED`."""

KINDS: Mapping[str, tuple[str, ...]] = {
    "job": ("runs", "failed_records"),
    "trigger": ("runs",),
    "entity": ("failed_records", "record_events", "counts"),
    "consumer": ("calls",),
    "endpoint": ("calls",),
}
"""Which lists of a `Batch` have the field that a route goes by; all others stay with the owner."""

_AFTER_THE_CONFIGURED = 1_000_000


class StoredRoute(msgspec.Struct, frozen=True):
    """`core.settings.Route` as it is stored with a shared source."""

    by: str = "job"
    map: dict[str, str] = {}
    create: bool = False
    max: int = 500


def stored_route(route: Route | None) -> str:
    """A route as the JSON that is stored; one that is not written goes by the job."""
    if route is None:
        return msgspec.json.encode(StoredRoute(), order="sorted").decode()
    stored = StoredRoute(route.by, dict(route.map), route.create, route.max)
    return msgspec.json.encode(stored, order="sorted").decode()


@dataclass(frozen=True, slots=True)
class Shared:
    """One shared source: its id and name, the row that owns it, and its route."""

    source_id: int
    name: str
    owner_id: int
    route: StoredRoute


class _Known(NamedTuple):
    id: int
    name: str
    origin: str
    retired: bool


@dataclass(slots=True)
class Routing:
    """The decisions of one shared source as one transaction makes them. now: epoch µs."""

    connection: sa.Connection
    statements: Statements
    texts: Texts
    shared: Shared
    now: int

    def targets(self, values: Iterable[str]) -> dict[str, int]:
        """The integration of each value; new values are decided, and remembered. "" is the owner's."""
        wanted = {value for value in values if value}
        ids = self.texts.ids(self.connection, wanted)
        stored = self.stored()
        missing = sorted(value for value in wanted if ids[value] not in stored)
        if missing:
            made = self._made(set(stored.values()))
            self.remember({ids[value]: one for value, one in self.decide(missing, made).items()})
            stored = self.stored()
        return {"": self.shared.owner_id, **{value: stored[ids[value]] for value in wanted}}

    def stored(self) -> dict[int, int]:
        """What was decided before: integration by value id."""
        table = schema.route
        query = sa.select(table.c.value_id, table.c.integration_id)
        mine = query.where(table.c.source_id == self.shared.source_id)
        return {row[0]: row[1] for row in self.connection.execute(mine)}

    def remember(self, decided: Mapping[int, int]) -> None:
        """Write decisions down, by value id."""
        rows = [(self.shared.source_id, value_id, one) for value_id, one in sorted(decided.items())]
        self.statements.put(self.connection, schema.route, rows)

    def decide(self, values: Iterable[str], made: set[int]) -> dict[str, int]:
        """Where each value goes by the route as it is now, the first values first.

        made: the created integrations that this source feeds already; what it makes is added.
        """
        known, route = self._known(), self.shared.route
        found = {}
        for value in values:
            mapped = route.map.get(value)
            one = known.get(mapped or slug(value))
            if one is not None and one.origin == CONFIGURED and not one.retired:
                found[value] = one.id
            elif route.create:
                found[value] = self._create(known, mapped, value, made)
            else:
                found[value] = self.shared.owner_id
        return found

    def _create(self, known: dict[str, _Known], mapped: str | None, value: str, made: set[int]) -> int:
        """The created integration of a value; the owner where there are as many as may be."""
        name, key = mapped or value, mapped or slug(value)
        one = known.get(key)
        if one is not None and not one.retired and one.name != name:
            key = suffixed(key, value)
            one = known.get(key)
        if (one is None or one.id not in made) and len(made) >= self.shared.route.max:
            return self.shared.owner_id
        if one is None or one.retired or one.origin != CREATED:
            one = known[key] = self._make(key, name)
        made.add(one.id)
        return one.id

    def _make(self, key: str, name: str) -> _Known:
        table = schema.integration
        values = {"name": name, "origin": CREATED, "stage": "live", "paused": 0, "retired_at": None}
        first = {
            "key": key,
            "method": "custom",
            "source_system": self.shared.name,
            "target_system": "Butterboard",
            "criticality": "normal",
            "tags": "[]",
            "labels": "{}",
            "position": _AFTER_THE_CONFIGURED,
            "known_since": self.now,
        }
        insert = self.statements.upsert(table).values(**first, **values)
        self.connection.execute(insert.on_conflict_do_update(index_elements=["key"], set_=values))
        made = self.connection.execute(sa.select(table.c.id).where(table.c.key == key)).scalar_one()
        return _Known(made, name, CREATED, False)

    def _known(self) -> dict[str, _Known]:
        table = schema.integration
        query = sa.select(table.c.key, table.c.id, table.c.name, table.c.origin, table.c.retired_at)
        rows = self.connection.execute(query).all()
        return {row.key: _Known(row.id, row.name, row.origin, row.retired_at is not None) for row in rows}

    def _made(self, fed: set[int]) -> set[int]:
        created = schema.integration.c.origin == CREATED
        found = self.connection.execute(sa.select(schema.integration.c.id).where(created)).scalars()
        return set(found) & fed


def split(batch: Batch, by: str, targets: Mapping[str, int], owner_id: int) -> dict[int, Batch]:
    """The batch in parts by integration id; the owner's has what has no such field, or matches nothing."""
    parts: dict[int, dict[str, list[object]]] = {owner_id: {kind: [] for kind in KINDS[by]}}
    for kind in KINDS[by]:
        for record in getattr(batch, kind):
            target = targets[getattr(record, by) or ""]
            parts.setdefault(target, {}).setdefault(kind, []).append(record)
    empty = Batch(cursor={}, mode=batch.mode)
    return {
        one: msgspec.structs.replace(batch if one == owner_id else empty, **records)
        for one, records in parts.items()
    }


def values_of(batch: Batch, by: str) -> set[str]:
    """Every value that the batch's records have in the field a route goes by."""
    return {getattr(record, by) or "" for kind in KINDS[by] for record in getattr(batch, kind)}


def shared_sources(connection: sa.Connection) -> list[Shared]:
    """The shared sources as configured now, locked against their writers until the transaction ends."""
    source = schema.source
    query = (
        sa.select(source.c.id, source.c.name, source.c.integration_id, source.c.route)
        .where(source.c.route.is_not(None), source.c.retired_at.is_(None))
        .order_by(source.c.id)
        .with_for_update(of=source)
    )
    return [
        Shared(row.id, row.name, row.integration_id, msgspec.json.decode(row.route, type=StoredRoute))
        for row in connection.execute(query)
    ]
