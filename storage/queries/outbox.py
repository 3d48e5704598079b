"""Messages about alerts: what waits, what arrived, what is dead, and how the channels do."""

from __future__ import annotations

from datetime import datetime
from functools import cache

import sqlalchemy as sa

from core.alerting import Notice, NoticeState
from core.clock import to_micros
from storage.alert_codes import STATE_CODE, STATE_OF, WAITING
from storage.instants import instant
from storage.notice_rows import notice_of, notices_query
from storage.queries.alert_rows import ChannelState, OutboxCounts
from storage.queries.page import Page, limited, page_of, read_key
from storage.schema import channel_state, outbox, text
from storage.schema import integration as watched
from storage.schema.base import BIG
from storage.selected import AnySelect


def notices(
    connection: sa.Connection,
    *,
    state: NoticeState | None = None,
    episode: str | None = None,
    integration: str | None = None,
    channel: str | None = None,
    after: str | None = None,
    limit: int = 50,
) -> Page[Notice]:
    """Notices, the last made first; after: the `next` of the page before.

    Raises ValueError for an unreadable `after`.
    """
    place, size, told = read_key(after), limited(limit), outbox.c
    query = notices_query()
    if state is NoticeState.DELIVERED:
        # Most are: found by the way. By an index of states, all of them would have to be sorted for one page.
        query = query.where(told.state + 0 == STATE_CODE[state])
    elif state is not None:
        query = query.where(told.state == STATE_CODE[state])
    if episode is not None:
        query = query.where(told.episode == episode)
    if integration is not None:
        query = query.where(watched.c.key == integration)
    if channel is not None:
        named = sa.select(text.c.id).where(text.c.value == channel).scalar_subquery()
        query = query.where(told.channel_id == named)
    if place is not None:
        query = query.where(told.id < place.id)
    rows = connection.execute(query.order_by(told.id.desc()).limit(size + 1)).all()
    return page_of(rows, size, "created_at", notice_of)


def due_channels(connection: sa.Connection, now: datetime) -> frozenset[str]:
    """The channels that have a message which may leave now and nobody has in hand; none that is disabled."""
    return frozenset(connection.execute(_due(), {"now": to_micros(now)}).scalars())


@cache
def _due() -> AnySelect:
    """Composed once: it is asked each second."""
    told, at = outbox.c, sa.bindparam("now", type_=BIG)
    disabled = sa.select(channel_state.c.channel_id).where(channel_state.c.disabled_at.is_not(None))
    free = sa.or_(told.leased_until.is_(None), told.leased_until <= at)
    waiting = sa.select(told.channel_id).where(told.state == WAITING, told.not_before <= at, free).distinct()
    return sa.select(text.c.value).where(text.c.id.in_(waiting), text.c.id.notin_(disabled))


def outbox_counts(connection: sa.Connection) -> OutboxCounts:
    """The outbox in sums; a state without notices is 0."""
    told = outbox.c
    counts = sa.select(told.state, sa.func.count().label("notices")).group_by(told.state)
    by_state = {STATE_OF[row.state]: row.notices for row in connection.execute(counts)}
    waiting = sa.select(
        sa.func.min(told.created_at).label("oldest"),
        sa.func.count(sa.case((told.attempts > 0, 1))).label("retrying"),
    ).where(told.state == WAITING)
    row = connection.execute(waiting).one()
    return OutboxCounts(
        by_state={state: by_state.get(state, 0) for state in NoticeState},
        retrying=row.retrying,
        oldest_waiting_at=instant(row.oldest),
    )


def channel_states(connection: sa.Connection) -> list[ChannelState]:
    """How each channel does that was ever used or disabled, by key."""
    query = sa.select(channel_state, text.c.value).join(text, text.c.id == channel_state.c.channel_id)
    return [
        ChannelState(
            channel=row.value,
            disabled_at=instant(row.disabled_at),
            disabled_why=row.disabled_why or "",
            disabled_by=row.disabled_by or "",
            last_delivered_at=instant(row.last_delivered_at),
            last_failed_at=instant(row.last_failed_at),
            last_error=row.last_error,
            failures=row.failures,
            delivered=row.delivered,
            failed=row.failed,
            dead=row.dead,
        )
        for row in connection.execute(query.order_by(text.c.value))
    ]
