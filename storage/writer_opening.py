"""Opens the writing of one source in a transaction at hand, as every command of the writer does."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from core.clock import to_micros
from storage.days import Days
from storage.dictionary import Texts
from storage.engine import RunIdentity
from storage.statements import Statements
from storage.writing import Writing
from storage.zone import zone_of


class Opening(NamedTuple):
    """What the writings of one transaction share: looked up once, for however many sources."""

    connection: sa.Connection
    statements: Statements
    texts: Texts
    identity: RunIdentity
    days: Days
    zone_id: int

    def __call__(
        self, integration_id: int, source_id: int, now: datetime, horizon: datetime | None
    ) -> Writing:
        """The writing of one source."""
        since = None if horizon is None else to_micros(horizon)
        return Writing(*self, integration_id, source_id, to_micros(now), since)


class OpensWriting:
    """What a writer keeps between its transactions."""

    _statements: Statements
    _identity: RunIdentity
    _days: Days

    def _writing(
        self,
        connection: sa.Connection,
        texts: Texts,
        integration_id: int,
        source_id: int,
        now: datetime,
        horizon: datetime | None,
    ) -> Writing:
        return self._openings(connection, texts)(integration_id, source_id, now, horizon)

    def _openings(self, connection: sa.Connection, texts: Texts) -> Opening:
        """The writings of a transaction in which the installation's zone stays what it is."""
        zone = zone_of(connection)
        if zone.key != self._days.zone.key:
            self._days = Days(zone)
        return Opening(
            connection, self._statements, texts, self._identity, self._days, texts.id(connection, zone.key)
        )
