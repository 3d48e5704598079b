"""Stores how looks at sources went, many in one transaction, and brings the sources' own state up to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import itemgetter

import msgspec
import sqlalchemy as sa

from core.clock import to_micros
from core.problems import Told
from core.records import Poll, PollResult
from storage import schema
from storage.dictionary import MESSAGE_LENGTH, clean
from storage.engine import Row
from storage.instants import micros
from storage.keys import SourceKey
from storage.statements import Statements
from storage.writer_batch import SourceRow

_LONGEST_PROBLEMS = 1_000_000
"""Characters of JSON; what `Told` leaves of them is less by far."""

_COLUMNS = (
    *("integration_id", "source_id", "started_at", "finished_at", "result", "error", "permanent", "records"),
    *("items", "bad_items", "bytes", "requests", "problems", "not_before", "truncated"),
)
_STATE = ("last_poll_at", "last_result", "last_error", "not_before", "bad_items_last_poll")
_STATE_IF_WELL = (*_STATE[:2], "last_ok_at", *_STATE[2:])
_RESULT, _OK = _COLUMNS.index("result"), PollResult.OK.value
_OF_STATE = ("finished_at", "result", "error", "not_before", "bad_items", "source_id")
_state = itemgetter(*map(_COLUMNS.index, _OF_STATE))
_state_if_well = itemgetter(*map(_COLUMNS.index, (*_OF_STATE[:2], "finished_at", *_OF_STATE[2:])))
"""Out of the values of `_COLUMNS`: those of `_STATE`, or of `_STATE_IF_WELL`, and the source's id."""

_SOURCES = (
    sa.select(schema.integration.c.key, schema.source.c.name, schema.source.c.id, schema.integration.c.id)
    .join(schema.integration, schema.integration.c.id == schema.source.c.integration_id)
    .where(schema.integration.c.key.in_(sa.bindparam("keys", expanding=True)))
)


def write_polls(
    connection: sa.Connection,
    statements: Statements,
    polls: Sequence[tuple[SourceKey, Poll]],
    rows: Mapping[SourceKey, SourceRow],
) -> frozenset[SourceKey]:
    """Add a row of `poll` for each; the sources that are not configured, whose polls are left out.

    rows: of the sources that were looked up before.
    """
    known = {source: (row.id, row.integration_id) for source, row in rows.items()}
    others = sorted({source.integration for source, _ in polls if source not in known})
    if others:
        known |= {
            SourceKey(key, name): (source_id, integration_id)
            for key, name, source_id, integration_id in connection.execute(_SOURCES, {"keys": others}).all()
        }
    told = [(*known[source], poll) for source, poll in polls if source in known]
    # In one order in every worker, so that none waits for another that waits for it.
    told.sort(key=lambda one: (one[0], one[2].finished_at))
    made = [_row(*one) for one in told]
    statements.put(connection, schema.poll, made, columns=_COLUMNS, keys=_COLUMNS[1:3])
    ill = [_state(row) for row in made if row[_RESULT] != _OK]
    statements.update(connection, schema.source, _STATE, ("id",), ill)
    well = [_state_if_well(row) for row in made if row[_RESULT] == _OK]
    statements.update(connection, schema.source, _STATE_IF_WELL, ("id",), well)
    return frozenset(source for source, _ in polls if source not in known)


def _row(source_id: int, integration_id: int, poll: Poll) -> Row:
    """The values of `_COLUMNS`."""
    return (
        integration_id,
        source_id,
        to_micros(poll.started_at),
        to_micros(poll.finished_at),
        poll.result.value,
        _error(poll),
        int(poll.permanent),
        poll.records,
        poll.items,
        poll.bad_items,
        poll.bytes,
        poll.requests,
        _problems(poll),
        micros(poll.not_before),
        int(poll.truncated),
    )


def _problems(poll: Poll) -> str:
    if not poll.problems:
        return "[]"
    return clean(msgspec.json.encode(Told(poll.problems).listed()).decode(), _LONGEST_PROBLEMS)


def _error(poll: Poll) -> str | None:
    return None if poll.error is None else clean(poll.error, MESSAGE_LENGTH)
