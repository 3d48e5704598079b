"""Who may evaluate, and who may hand out messages: one at a time, over all processes on one database."""

from __future__ import annotations

from functools import cache

import msgspec
import sqlalchemy as sa

from storage import schema
from storage.engine import Engine
from storage.selected import AnySelect

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
    found = connection.execute(_left(), {"turn": name}).scalar_one_or_none()
    if found is None:
        insert = engine.upsert(schema.installation).values(name=name, value="").on_conflict_do_nothing()
        connection.execute(insert)
        found = connection.execute(_left(), {"turn": name}).scalar_one()
    return str(found)


def leave(connection: sa.Connection, name: str, value: str) -> None:
    """Leave something to the next one whose turn it is."""
    connection.execute(_leaving(), {"turn": name, "left": value})


@cache
def _left() -> AnySelect:
    """Composed once, as the next one: to compose them costs more than to execute them."""
    table = schema.installation
    return sa.select(table.c.value).where(table.c.name == sa.bindparam("turn")).with_for_update()


@cache
def _leaving() -> sa.Update:
    table = schema.installation
    return sa.update(table).where(table.c.name == sa.bindparam("turn")).values(value=sa.bindparam("left"))
