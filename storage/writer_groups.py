"""What a person decides about a cause of failed records: each command is one transaction with its audit row."""

from __future__ import annotations

import json
from datetime import datetime

import sqlalchemy as sa

from core.clock import to_micros
from core.errors import StorageError
from core.records import Json
from storage import schema
from storage.codes import GroupState
from storage.dictionary import MESSAGE_LENGTH, clean
from storage.selected import AnyRow
from storage.store import Store
from storage.writer_operation import write_action


class GroupCommands:
    """The commands on error groups. group: a cause's id; actor: who does it, as the audit names them.

    Each raises StorageError where there is no such cause, and changes nothing then. Doing what is done
    already changes nothing but the trail.
    """

    _store: Store

    def acknowledge_group(self, group: int, actor: str, now: datetime, note: str = "") -> None:
        """Somebody works on it; it stays among the open ones."""
        self._decide(group, "acknowledge", GroupState.ACKNOWLEDGED, actor, now, note)

    def resolve_group(self, group: int, actor: str, now: datetime, note: str = "") -> None:
        """It is mended as of `now`: a record that fails later opens it again, an older one does not."""
        self._decide(group, "resolve", GroupState.RESOLVED, actor, now, note)

    def ignore_group(self, group: int, actor: str, now: datetime, note: str = "") -> None:
        """It does not matter, however often it comes."""
        self._decide(group, "ignore", GroupState.IGNORED, actor, now, note)

    def reopen_group(self, group: int, actor: str, now: datetime, note: str = "") -> None:
        """It is open again because a person says so, which is no regression."""
        self._decide(group, "reopen", GroupState.OPEN, actor, now, note)

    def note_group(self, group: int, actor: str, now: datetime, note: str) -> None:
        """Write something about it. Raises StorageError for an empty note."""
        if not note.strip():
            raise StorageError("the note is empty; write something or leave it")

        def work(connection: sa.Connection) -> None:
            found = _find(connection, group)
            _write_note(connection, group, actor, now, note)
            _audit(connection, found, "note", actor, now, {"note": note})

        self._store.transact(work)

    def assign_group(self, group: int, actor: str, now: datetime, to: str | None) -> None:
        """Give it to somebody to look after; None: to nobody."""
        who = clean(to.strip()) if to and to.strip() else None

        def work(connection: sa.Connection) -> None:
            found = _find(connection, group)
            _update(connection, group, {"assigned_to": who})
            _audit(connection, found, "assign", actor, now, {"from": found.assigned_to, "to": who})

        self._store.transact(work)

    def _decide(
        self, group: int, action: str, state: GroupState, actor: str, now: datetime, note: str
    ) -> None:
        def work(connection: sa.Connection) -> None:
            found = _find(connection, group)
            if found.state != state:
                # A regression is settled by resolving, ignoring or reopening, not by taking notice of it.
                settled = {} if state is GroupState.ACKNOWLEDGED else {"regressed_at": None}
                _update(connection, group, {"state": state.value, "state_at": to_micros(now), **settled})
            elif state is GroupState.RESOLVED:
                _update(connection, group, {"state_at": to_micros(now)})
            if note.strip():
                _write_note(connection, group, actor, now, note)
            was = GroupState(found.state).name.lower()
            detail = {"from": was, "to": state.name.lower(), **({"note": note} if note.strip() else {})}
            _audit(connection, found, action, actor, now, detail)

        self._store.transact(work)


def _find(connection: sa.Connection, group: int) -> AnyRow:
    """The cause, held until the end of the transaction."""
    table = schema.error_group
    query = (
        sa.select(schema.integration.c.key, table.c.fingerprint, table.c.state, table.c.assigned_to)
        .join(schema.integration, schema.integration.c.id == table.c.integration_id)
        .where(table.c.id == group)
        .with_for_update(of=table)
    )
    found = connection.execute(query).one_or_none()
    if found is None:
        raise StorageError(f"there is no error group {group}; it may have been removed")
    return found


def _update(connection: sa.Connection, group: int, change: dict[str, int | str | None]) -> None:
    connection.execute(sa.update(schema.error_group).where(schema.error_group.c.id == group).values(**change))


def _write_note(connection: sa.Connection, group: int, actor: str, now: datetime, note: str) -> None:
    row = {"group_id": group, "at": to_micros(now), "actor": clean(actor)}
    connection.execute(sa.insert(schema.group_note).values(note=clean(note, MESSAGE_LENGTH), **row))


def _audit(
    connection: sa.Connection,
    found: AnyRow,
    action: str,
    actor: str,
    now: datetime,
    detail: Json,
) -> None:
    text = json.dumps(detail, ensure_ascii=False)
    subject = f"{found.key}/{found.fingerprint}"
    write_action(connection, actor, f"error_group.{action}", subject, text, to_micros(now))
