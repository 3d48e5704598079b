"""Text on its way in: made storable, kept to a length, and repeated text turned into ids."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b

import sqlalchemy as sa

from storage import schema
from storage.engine import Engine

NAME_LENGTH = 500
"""Jobs, ids, endpoints: an index entry of PostgreSQL holds no more than 2,700 bytes."""

MESSAGE_LENGTH = 4_000
URL_LENGTH = 2_000
PAYLOAD_LENGTH = 64_000


def clean(text: str, length: int = NAME_LENGTH) -> str:
    """The text without what no database takes (NUL, lone surrogates), cut to a length."""
    if len(text) <= length and text.isprintable():
        return text
    storable = text.encode("utf-8", "replace").decode("utf-8").replace("\0", "�")
    return storable if len(storable) <= length else storable[: length - 1] + "…"


def clean_name(text: str) -> str:
    """The same for text that names something: two long names that differ stay different."""
    if len(text) <= NAME_LENGTH:
        return clean(text)
    digest = blake2b(text.encode("utf-8", "replace"), digest_size=8).hexdigest()
    return f"{clean(text[: NAME_LENGTH - 20])}…{digest}"


class Texts:
    """The ids of the `text` table, as one transaction sees them.

    known: ids that are committed, shared by all (an id never changes); added: those that this
    transaction made or read, to be shared once it is committed.
    """

    def __init__(self, engine: Engine, known: Mapping[str, int]) -> None:
        self._engine = engine
        self._known = known
        self.added: dict[str, int] = {}

    def ids(self, connection: sa.Connection, values: Iterable[str]) -> dict[str, int]:
        """The id of each of these texts; new texts are added to the table."""
        wanted = set(values)
        missing = {value for value in wanted if value not in self._known and value not in self.added}
        if missing:
            self._add(connection, missing)
        known, added = self._known, self.added
        return {value: known[value] if value in known else added[value] for value in wanted}

    def id(self, connection: sa.Connection, value: str) -> int:
        """The id of one text."""
        return self.ids(connection, (value,))[value]

    def _add(self, connection: sa.Connection, values: set[str]) -> None:
        table = schema.text
        stored = {value: clean_name(value) for value in values}
        wanted = sorted(set(stored.values()))
        found = _stored(connection, wanted)
        new = [{"value": value} for value in wanted if value not in found]
        if new:
            connection.execute(self._engine.upsert(table).on_conflict_do_nothing(), new)
            found.update(_stored(connection, [one["value"] for one in new]))
        self.added.update((value, found[kept]) for value, kept in stored.items())


def _stored(connection: sa.Connection, values: Sequence[str]) -> dict[str, int]:
    table = schema.text
    found: dict[str, int] = {}
    for start in range(0, len(values), 500):
        query = sa.select(table.c.value, table.c.id).where(table.c.value.in_(values[start : start + 500]))
        found.update((value, text_id) for value, text_id in connection.execute(query))
    return found
