"""What every part of one write shares: the connection, the source, the clock and the horizon."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import sqlalchemy as sa

from core.records import BatchMode
from storage.days import Days
from storage.dictionary import Texts
from storage.engine import RunIdentity
from storage.statements import Statements

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Writing:
    """One transaction that stores one batch; of several batches in it only the last four differ.

    now: epoch µs; horizon: records before it (epoch µs) are refused, None takes all; zone_id: the
    `text` id of the zone of `days`.
    """

    connection: sa.Connection
    statements: Statements
    texts: Texts
    identity: RunIdentity
    days: Days
    zone_id: int
    integration_id: int
    source_id: int
    now: int
    horizon: int | None

    def refuses(self, at: int) -> bool:
        """Whether a record of this instant (epoch µs) is older than what is kept raw."""
        return self.horizon is not None and at < self.horizon


@dataclass(slots=True)
class Tally:
    """How many rows one part of a write stored, met again unchanged, or refused as too old."""

    stored: int = 0
    duplicates: int = 0
    refused: int = 0


@dataclass(slots=True)
class Part(Generic[R]):
    """The records of one kind that one batch brings, and what became of them.

    Those that are written together are of one transaction, and no two of one source.
    """

    writing: Writing
    records: Sequence[R]
    mode: BatchMode
    tally: Tally = field(default_factory=Tally)
