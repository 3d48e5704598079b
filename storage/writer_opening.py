"""Opens the writing of one source in a transaction at hand, as every command of the writer does."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from core.clock import to_micros
from storage.days import Days
from storage.dictionary import Texts
from storage.engine import RunIdentity
from storage.statements import Statements
from storage.writing import Writing
from storage.zone import zone_of


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
        zone = zone_of(connection)
        if zone.key != self._days.zone.key:
            self._days = Days(zone)
        return Writing(
            connection=connection,
            statements=self._statements,
            texts=texts,
            identity=self._identity,
            days=self._days,
            zone_id=texts.id(connection, zone.key),
            integration_id=integration_id,
            source_id=source_id,
            now=to_micros(now),
            horizon=None if horizon is None else to_micros(horizon),
        )
