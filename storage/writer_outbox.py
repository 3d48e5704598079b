"""Handing messages out and noting how they fared; one process hands out at a time."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from core.alerting import Parcel
from core.clock import to_micros
from core.errors import StorageError
from storage import schema
from storage.alert_codes import COLLAPSED, DEAD, DELIVERED, WAITING
from storage.channel_counts import Outcome, count, forget_trouble
from storage.dictionary import MESSAGE_LENGTH, Texts, clean
from storage.outbox_due import NameBatch, due_groups, parcel_of
from storage.selected import AnyRow
from storage.store import Store
from storage.turns import DELIVERY, take_turn
from storage.writer_operation import write_action

_outbox = schema.outbox.c


class OutboxCommands:
    """The commands on the outbox. batch: a parcel's name; channel: its key; actor: as the audit names them."""

    _store: Store
    _texts: dict[str, int]

    def lease(
        self,
        worker: str,
        now: datetime,
        limit: int,
        lease_seconds: float,
        name_batch: NameBatch,
        channels: Collection[str] | None = None,
    ) -> list[Parcel]:
        """Hand out at most `limit` parcels that are due, for so long; the longest waiting first.

        channels: only those of them (None: of all).

        A parcel that was handed out before and not finished comes back as it was. What is due besides, of
        one target and integration, becomes one new parcel, unless an earlier one of theirs still waits:
        messages keep their order. Nothing is handed out for a channel that is disabled.
        """
        at, until = to_micros(now), to_micros(now + timedelta(seconds=lease_seconds))

        def work(connection: sa.Connection) -> list[Parcel]:
            take_turn(connection, self._store.engine, DELIVERY)
            chosen: list[Parcel] = []
            for group in due_groups(connection, at, limit, channels):
                parcel = parcel_of(group, name_batch)
                _leave_out_collapsed(connection, parcel.name)
                ids = [one.notice_id for one in parcel.notices]
                change = {"batch": parcel.name, "leased_until": until, "leased_by": clean(worker)}
                connection.execute(sa.update(schema.outbox).where(_outbox.id.in_(ids)).values(**change))
                chosen.append(parcel)
            return chosen

        return self._store.transact(work)

    def release(self, worker: str, batches: Collection[str]) -> None:
        """Give back parcels that this worker was handed and did not try: anybody may have them at once."""

        def work(connection: sa.Connection) -> None:
            mine = sa.and_(
                _outbox.batch.in_(batches), _outbox.leased_by == clean(worker), _outbox.state == WAITING
            )
            connection.execute(sa.update(schema.outbox).where(mine).values(leased_until=None))

        self._store.transact(work)

    def delivered(self, batch: str, now: datetime) -> None:
        """It has arrived. One that was noted before changes nothing."""

        def work(connection: sa.Connection) -> None:
            rows = _of_batch(connection, batch, (WAITING, COLLAPSED))
            if not rows:
                return
            change = {"state": DELIVERED, "finished_at": to_micros(now), "leased_until": None, "error": None}
            _change(connection, rows, change)
            sent = {
                "channel_id": rows[0].channel_id,
                "contact_id": rows[0].contact_id,
                "integration_id": rows[0].integration_id,
            }
            insert = self._store.engine.upsert(schema.outbox_sent).values(**sent, at=to_micros(now))
            newest = insert.on_conflict_do_update(index_elements=list(sent), set_={"at": to_micros(now)})
            connection.execute(newest)
            count(connection, self._store.engine, rows[0].channel_id, "delivered", now)

        self._store.transact(work)

    def failed(self, batch: str, error: str, retry_at: datetime | None, now: datetime) -> None:
        """It has not arrived; it is tried again at `retry_at`, or never (None): then it is a dead letter."""

        def work(connection: sa.Connection) -> None:
            rows = _of_batch(connection, batch, (WAITING,))
            if not rows:
                return
            change: dict[str, int | str | None] = {
                "attempts": rows[0].attempts + 1,
                "error": clean(error, MESSAGE_LENGTH),
                "leased_until": None,
            }
            if retry_at is None:
                change |= {"state": DEAD, "finished_at": to_micros(now)}
            else:
                change |= {"not_before": to_micros(retry_at)}
            _change(connection, rows, change)
            outcome: Outcome = "failed" if retry_at else "dead"
            count(
                connection, self._store.engine, rows[0].channel_id, outcome, now, clean(error, MESSAGE_LENGTH)
            )

        self._store.transact(work)

    def resend(self, batch: str, actor: str, now: datetime) -> None:
        """Try a dead letter again, under the same name. Raises StorageError where there is none."""

        def work(connection: sa.Connection) -> None:
            rows = _of_batch(connection, batch, (DEAD,))
            if not rows:
                raise StorageError("there is no such dead letter; it may have been sent again already")
            again = {"state": WAITING, "not_before": to_micros(now), "attempts": 0, "finished_at": None}
            _change(connection, rows, again)
            write_action(connection, actor, "outbox.resend", batch, "{}", to_micros(now))

        self._store.transact(work)

    def disable_channel(self, channel: str, why: str, actor: str, now: datetime) -> None:
        """Hand out nothing for it any more, until it is enabled or the configuration changes."""
        self._switch(channel, why, actor, now, on=False)

    def enable_channel(self, channel: str, actor: str, now: datetime) -> None:
        """Hand out its messages again."""
        self._switch(channel, "", actor, now, on=True)

    def _switch(self, channel: str, why: str, actor: str, now: datetime, *, on: bool) -> None:
        texts = Texts(self._store.engine, self._texts)

        def work(connection: sa.Connection) -> None:
            channel_id = texts.id(connection, channel)
            if on:
                changed = forget_trouble(connection, schema.channel_state.c.channel_id == channel_id)
            else:
                change = {
                    "disabled_at": to_micros(now),
                    "disabled_why": clean(why, MESSAGE_LENGTH),
                    "disabled_by": clean(actor),
                }
                insert = self._store.engine.upsert(schema.channel_state).values(
                    channel_id=channel_id, **change
                )
                table = schema.channel_state
                still_on = insert.on_conflict_do_update(
                    index_elements=["channel_id"], set_=change, where=table.c.disabled_at.is_(None)
                )
                changed = len(connection.execute(still_on.returning(table.c.channel_id)).all())
            if changed:
                detail = json.dumps({"why": why} if why else {}, ensure_ascii=False)
                action = "channel.enable" if on else "channel.disable"
                write_action(connection, actor, action, channel, detail, to_micros(now))

        self._store.transact(work)
        self._texts.update(texts.added)


def _leave_out_collapsed(connection: sa.Connection, batch: str) -> None:
    """What collapsed before this attempt does not leave with it, so its arrival says nothing of that."""
    gone = sa.and_(_outbox.batch == batch, _outbox.state == COLLAPSED)
    connection.execute(sa.update(schema.outbox).where(gone).values(batch=None))


def _of_batch(connection: sa.Connection, batch: str, states: tuple[int, ...]) -> Sequence[AnyRow]:
    query = sa.select(schema.outbox).where(_outbox.batch == batch, _outbox.state.in_(states))
    return connection.execute(query.order_by(_outbox.id).with_for_update()).all()


def _change(
    connection: sa.Connection,
    rows: Sequence[AnyRow],
    change: Mapping[str, int | str | None],
) -> None:
    ids = [row.id for row in rows]
    connection.execute(sa.update(schema.outbox).where(_outbox.id.in_(ids)).values(**change))
