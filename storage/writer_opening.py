"""Opens the writing of one source in a transaction at hand, as every command of the writer does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import sqlalchemy as sa

from core.clock import to_micros
from storage.days import Days
from storage.dictionary import Texts
from storage.engine import RunIdentity
from storage.statements import Statements
from storage.writing import Writing
from storage.zone import zone_of

Opening = Callable[[int, int, datetime, datetime | None], Writing]
"""Makes the `Writing` of an integration's id, a source's id, now and the horizon, in the transaction at hand."""


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
        """The writings of a transaction in which the installation's zone stays what it is.

        What they share is looked up here, once for however many sources.
        """
        zone = zone_of(connection)
        if zone.key != self._days.zone.key:
            self._days = Days(zone)
        zone_id = texts.id(connection, zone.key)
        shared = (connection, self._statements, texts, self._identity, self._days, zone_id)

        def opening(integration_id: int, source_id: int, now: datetime, horizon: datetime | None) -> Writing:
            since = None if horizon is None else to_micros(horizon)
            return Writing(*shared, integration_id, source_id, to_micros(now), since)

        return opening
