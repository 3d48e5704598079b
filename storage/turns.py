"""Who may evaluate, and who may hand out messages: one at a time, over all processes on one database."""

from __future__ import annotations

import msgspec
import sqlalchemy as sa

from storage import schema
from storage.engine import Engine

EVALUATION = "evaluation"
DELIVERY = "delivery"


class Evaluated(msgspec.Struct, frozen=True):
    """What one evaluation leaves to the next. at: epoch µs; seconds: how long it took, None = not told."""

    at: int
    seconds: float | None = None


def last_evaluation(left: str) -> Evaluated | None:
    """What the evaluation before left behind; None before the first."""
    return msgspec.json.decode(left, type=Evaluated) if left else None


def take_turn(connection: sa.Connection, engine: Engine, name: str) -> str:
    """Hold this turn until the end of the transaction; what the last one left there, "" at first."""
    table = schema.installation
    query = sa.select(table.c.value).where(table.c.name == name).with_for_update()
    found = connection.execute(query).scalar_one_or_none()
    if found is None:
        insert = engine.upsert(table).values(name=name, value="").on_conflict_do_nothing()
        connection.execute(insert)
        found = connection.execute(query).scalar_one()
    return str(found)


def leave(connection: sa.Connection, name: str, value: str) -> None:
    """Leave something to the next one whose turn it is."""
    table = schema.installation
    connection.execute(sa.update(table).where(table.c.name == name).values(value=value))
