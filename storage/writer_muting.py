"""What people decide about messages and thresholds: each command is one transaction with its audit row."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from core.alert_states import BLIND_RULE
from core.clock import to_micros
from core.errors import StorageError
from core.records import Json
from storage import schema
from storage.dictionary import MESSAGE_LENGTH, Texts, clean
from storage.instants import micros
from storage.muting_rows import MICROSECOND, stored_where
from storage.selected import AnyRow
from storage.store import Store
from storage.writer_operation import write_action

Where = Mapping[str, tuple[str, ...]]

CLOCKS_DIFFER = timedelta(minutes=2)
"""Somebody's clock may be ahead of ours by so much."""


class MutingCommands:
    """The commands on silences, maintenance and thresholds. actor: who does it, as the audit names them.

    Each raises StorageError where it cannot be done, and changes nothing then.
    """

    _store: Store
    _texts: dict[str, int]

    def silence(
        self, where: Where, starts_at: datetime, ends_at: datetime, actor: str, note: str, now: datetime
    ) -> int:
        """No messages about what `where` matches in [starts_at, ends_at), by our clock; its id.

        A start only a little ahead is another clock's idea of now: it holds from now on.
        """
        _in_order(starts_at, ends_at, now)
        if starts_at - now <= CLOCKS_DIFFER:
            starts_at = min(starts_at, now)
        values: dict[str, str | int | None] = {
            "scope": stored_where(where),
            "starts_at": to_micros(starts_at),
            "ends_at": to_micros(ends_at),
        }
        return self._add(schema.silence, values, actor, note, now)

    def end_silence(self, silence: int, actor: str, now: datetime) -> None:
        """Messages leave again; one of the configuration is ended there."""
        self._end(schema.silence, silence, actor, now)

    def plan_maintenance(
        self,
        name: str,
        where: Where,
        actor: str,
        note: str,
        now: datetime,
        *,
        starts_at: datetime | None = None,
        ends_at: datetime | None = None,
        cron: str = "",
        timezone: str = "",
        duration: timedelta | None = None,
    ) -> int:
        """Planned work, once (starts_at, ends_at) or recurring (cron, timezone, duration); its id."""
        if not name.strip():
            raise StorageError("the maintenance has no name; write one")
        if cron:
            if not timezone or not duration or starts_at or ends_at:
                raise StorageError("recurring maintenance needs a cron expression, a zone and a duration")
            _recurring(cron, timezone, now)
        elif starts_at is None or ends_at is None:
            raise StorageError("maintenance needs a start and an end, or a cron expression")
        else:
            _in_order(starts_at, ends_at, now)
        values: dict[str, str | int | None] = {
            "name": clean(name.strip()),
            "scope": stored_where(where),
            "starts_at": micros(starts_at),
            "ends_at": micros(ends_at),
            "cron": cron or None,
            "timezone": timezone or None,
            "duration": duration // MICROSECOND if duration else None,
        }
        return self._add(schema.maintenance, values, actor, note, now)

    def end_maintenance(self, maintenance: int, actor: str, now: datetime) -> None:
        """It is over for good; one of the configuration is ended there."""
        self._end(schema.maintenance, maintenance, actor, now)

    def override_threshold(
        self,
        rule: str,
        integration: str,
        warning: str,
        critical: str,
        resolve: str,
        actor: str,
        note: str,
        now: datetime,
    ) -> int:
        """Tune a rule on an integration ("": on all it is for), in the place of an earlier tuning; its id.

        warning, critical, resolve: as in the configuration, checked by who calls; "" = none.
        """
        if rule == BLIND_RULE:
            raise StorageError(
                f"{rule} has no threshold to tune: a source is blind after three of its own polls; set its `every`"
            )
        if not warning and not critical:
            raise StorageError("a rule needs a threshold; write warning, critical or both")
        texts = Texts(self._store.engine, self._texts)

        def work(connection: sa.Connection) -> int:
            owner = _integration_id(connection, integration) if integration else None
            rule_id = texts.id(connection, rule)
            _revert_standing(connection, rule_id, owner, actor, now)
            values = {"warning": warning, "critical": critical, "resolve": resolve}
            row = {
                "rule_id": rule_id,
                "integration_id": owner,
                **{name: text or None for name, text in values.items()},
                "actor": clean(actor),
                "at": to_micros(now),
                "note": clean(note, MESSAGE_LENGTH) or None,
            }
            made = _insert(connection, schema.threshold_override, row)
            subject = f"{integration or '*'}/{rule}"
            _audit(
                connection, "threshold.override", subject, actor, now, {"id": made, **values, "note": note}
            )
            return made

        made = self._store.transact(work)
        self._texts.update(texts.added)
        return made

    def revert_override(self, override: int, actor: str, now: datetime) -> None:
        """The rule's own thresholds hold again."""
        table = schema.threshold_override

        def work(connection: sa.Connection) -> None:
            standing = sa.and_(table.c.id == override, table.c.reverted_at.is_(None))
            change = {"reverted_at": to_micros(now), "reverted_by": clean(actor)}
            if not connection.execute(sa.update(table).where(standing).values(**change)).rowcount:
                raise StorageError("this threshold holds no longer; there is nothing to undo")
            _audit(connection, "threshold.revert", str(override), actor, now, {})

        self._store.transact(work)

    def _add(
        self, table: sa.Table, values: Mapping[str, str | int | None], actor: str, note: str, now: datetime
    ) -> int:
        def work(connection: sa.Connection) -> int:
            row = {
                **values,
                "actor": clean(actor),
                "note": clean(note, MESSAGE_LENGTH) or None,
                "created_at": to_micros(now),
            }
            made = _insert(connection, table, row)
            _audit(connection, f"{table.name}.add", str(made), actor, now, {**values, "note": note})
            return made

        return self._store.transact(work)

    def _end(self, table: sa.Table, row_id: int, actor: str, now: datetime) -> None:
        def work(connection: sa.Connection) -> None:
            found = _find(connection, table, row_id)
            if found.key is not None:
                raise StorageError(f'"{found.key}" stands in the configuration; take it out there')
            if found.ended_at is None:
                change = {"ended_at": to_micros(now), "ended_by": clean(actor)}
                connection.execute(sa.update(table).where(table.c.id == row_id).values(**change))
            _audit(connection, f"{table.name}.end", str(row_id), actor, now, {})

        self._store.transact(work)


def _recurring(cron: str, timezone: str, now: datetime) -> None:
    """Refuses what would fail at every evaluation, or never hold."""
    from cronsim import CronSim, CronSimError

    try:
        next(CronSim(cron, now.astimezone(ZoneInfo(timezone))))
    except CronSimError as error:
        text = f'got "{cron}"; {str(error).lower()}; write five fields such as "0 23 * * 6"'
        raise StorageError(text) from None
    except StopIteration:
        raise StorageError(f'got "{cron}"; it never comes due; write one that does') from None
    except (KeyError, ValueError, OSError):
        raise StorageError(f'got "{timezone}"; write an IANA time zone such as Europe/Moscow') from None


def _in_order(starts_at: datetime, ends_at: datetime, now: datetime) -> None:
    if ends_at <= starts_at:
        raise StorageError("it ends before it begins; choose a later end")
    if ends_at <= now:
        raise StorageError("it is over already; choose a later end")


def _revert_standing(
    connection: sa.Connection, rule_id: int, owner: int | None, actor: str, now: datetime
) -> None:
    """End the tuning of a rule that holds; owner: of which integration, None for all it is for."""
    table = schema.threshold_override
    same = table.c.integration_id.is_(None) if owner is None else table.c.integration_id == owner
    standing = sa.and_(table.c.rule_id == rule_id, same, table.c.reverted_at.is_(None))
    over = {"reverted_at": to_micros(now), "reverted_by": clean(actor)}
    connection.execute(sa.update(table).where(standing).values(**over))


def _find(connection: sa.Connection, table: sa.Table, row_id: int) -> AnyRow:
    found = connection.execute(sa.select(table).where(table.c.id == row_id).with_for_update()).one_or_none()
    if found is None:
        raise StorageError(f"there is no {table.name} {row_id}; it may have been removed")
    return found


def _insert(connection: sa.Connection, table: sa.Table, row: Mapping[str, str | int | None]) -> int:
    return int(connection.execute(sa.insert(table).values(**row).returning(table.c.id)).scalar_one())


def _integration_id(connection: sa.Connection, key: str) -> int:
    table = schema.integration
    found = connection.execute(sa.select(table.c.id).where(table.c.key == key)).scalar_one_or_none()
    if found is None:
        raise StorageError(f'there is no integration "{key}"; it may have been removed')
    return int(found)


def _audit(
    connection: sa.Connection,
    action: str,
    subject: str,
    actor: str,
    now: datetime,
    detail: Mapping[str, Json],
) -> None:
    text = json.dumps(dict(detail), ensure_ascii=False)
    write_action(connection, actor, action, subject, text, to_micros(now))
