"""Where, in a list that goes by arrival, rows begin that can lie at or after an instant."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from core.clock import to_micros

AHEAD = timedelta(hours=1)
"""By so much a source's clock may be ahead of ours: who stored a row longer before is not asked again."""


def first_arrived(connection: sa.Connection, table: sa.Table, since: datetime) -> int:
    """The id before which rows were stored more than AHEAD before `since`: they happened earlier still.

    Ids are given out in order of arrival, so a few looks halve their way to it. Without it a page of what is
    new would walk through all that is old, where there is little that is new.
    """
    row, wanted = table.c, to_micros(since - AHEAD)
    low, high = (connection.scalar(sa.select(end(row.id))) for end in (sa.func.min, sa.func.max))
    first, end = low or 0, (high or 0) + 1
    while first < end:
        middle = (first + end) // 2
        look = sa.select(row.id, row.first_seen_at).where(row.id >= middle, row.id < end)
        found = connection.execute(look.order_by(row.id).limit(1)).first()
        if found is None or found.first_seen_at >= wanted:
            end = middle
        else:
            first = found.id + 1
    return first
