"""What the pages read as it is judged: how integrations stand, what was promised, and what to do first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from assess import overview
from assess.diagnosis import Diagnosis, diagnosis_of
from assess.overview import Board, BoardRow
from core.facts import WindowFacts
from core.units import Window
from dashboard import reads
from health import slo
from storage import queries
from storage.queries import Connection


@dataclass(frozen=True, slots=True)
class Standing:
    """One integration with all that the head of its page needs; promise: None where none was made."""

    row: BoardRow
    diagnosis: Diagnosis
    promise: slo.SloReading | None


def board(now: datetime) -> Board:
    """Every integration judged."""
    return reads.shared("board", lambda connection: overview.board(connection, reads.settings(), now))


def standing(key: str, now: datetime) -> Standing | None:
    """One integration judged, with its promise; None before anything is known of it."""
    return reads.shared(f"standing {key}", lambda connection: _standing(connection, key, now))


def next_steps(rows: Sequence[BoardRow], now: datetime) -> Mapping[str, str]:
    """What to do first about each of these integrations (a message id), by key; "" where nothing is known."""
    names = " ".join(row.verdict.integration.key for row in rows)
    return reads.shared(
        f"next steps {names}",
        lambda connection: {
            row.verdict.integration.key: diagnosis_of(connection, reads.settings(), row, now).next_step
            for row in rows
        },
    )


def _standing(connection: Connection, key: str, now: datetime) -> Standing | None:
    row = overview.board_row(connection, reads.settings(), key, now)
    if row is None:
        return None
    found = diagnosis_of(connection, reads.settings(), row, now)
    return Standing(row, found, _promise(connection, row, now))


def _promise(connection: Connection, row: BoardRow, now: datetime) -> slo.SloReading | None:
    one = row.verdict.integration
    if one.slo is None:
        return None
    window = Window(duration=one.slo.window)
    facts = queries.facts(connection, one.key, now, [window])
    sums = facts.windows[window] if facts else WindowFacts()
    if one.slo.of == "records":
        return slo.of_records(sums, one.slo.success)
    return slo.of_runs(sums, one.slo.success, partial_is_failure=one.partial_is_failure)
