"""Which messages may leave the outbox now, grouped as parcels."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import sqlalchemy as sa

from core.alerting import Notice, Parcel
from storage import schema
from storage.alert_codes import WAITING
from storage.notice_rows import notice_of, notices_query
from storage.selected import AnyRow

NameBatch = Callable[[Sequence[Notice]], str]
_outbox = schema.outbox.c


def due_groups(
    connection: sa.Connection, at: int, limit: int, channels: Collection[str] | None
) -> list[list[AnyRow]]:
    """Groups of waiting rows that may leave at `at` (epoch µs), each a parcel's, the longest waiting first.

    channels: only those of them (None: of all).
    """
    road = (_outbox.channel_id, _outbox.contact_id, _outbox.integration_id)
    state = schema.channel_state.c
    disabled = sa.select(state.channel_id).where(state.disabled_at.is_not(None))
    waiting = sa.and_(_outbox.state == WAITING, _outbox.channel_id.notin_(disabled))
    if channels is not None:
        waiting = sa.and_(waiting, _outbox.channel_id.in_(_ids(connection, channels)))
    taken = sa.select(*road).where(_outbox.state == WAITING, _outbox.batch.is_not(None))
    first, leased = sa.func.min(_outbox.not_before), sa.func.max(_outbox.leased_until)
    groups = sa.select(_outbox.batch, *road, first.label("first"), sa.func.min(_outbox.id).label("id"))
    named = groups.where(waiting, _outbox.batch.is_not(None)).group_by(_outbox.batch, *road)
    named = named.having(sa.func.max(_outbox.not_before) <= at, sa.or_(leased.is_(None), leased <= at))
    fresh = groups.where(waiting, _outbox.batch.is_(None), _outbox.not_before <= at)
    fresh = fresh.where(sa.tuple_(*road).notin_(taken)).group_by(_outbox.batch, *road)
    both = sa.union_all(named, fresh).subquery("due")
    chosen = connection.execute(sa.select(both).order_by(both.c.first, both.c.id).limit(limit)).all()
    return [_rows(connection, group, at) for group in chosen]


def parcel_of(rows: Sequence[AnyRow], name_batch: NameBatch) -> Parcel:
    """A group as the parcel it is; name_batch: names one that was not handed out before."""
    notices = tuple(notice_of(row) for row in rows)
    name = rows[0].batch or name_batch(notices)
    return Parcel(
        name=name,
        target=notices[0].target,
        integration=notices[0].key.integration,
        notices=notices,
        attempts=notices[0].attempts,
        first_at=min(one.created_at for one in notices),
    )


def _ids(connection: sa.Connection, channels: Collection[str]) -> Sequence[int]:
    text = schema.text.c
    return connection.execute(sa.select(text.id).where(text.value.in_(channels))).scalars().all()


def _rows(connection: sa.Connection, group: AnyRow, at: int) -> list[AnyRow]:
    """The rows of one group, as `notice_of` reads them."""
    query = notices_query().where(_outbox.state == WAITING).order_by(_outbox.id)
    if group.batch is not None:
        return list(connection.execute(query.where(_outbox.batch == group.batch)))
    return list(
        connection.execute(
            query.where(
                _outbox.batch.is_(None),
                _outbox.not_before <= at,
                _outbox.channel_id == group.channel_id,
                _outbox.contact_id == group.contact_id,
                _outbox.integration_id == group.integration_id,
            )
        )
    )
