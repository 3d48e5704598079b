"""Rings an outside clock while all is well: when the ringing stops, somebody else says that we are down."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from alerts.answers import taken
from alerts.transport import Outgoing, Transport

if TYPE_CHECKING:
    from core.settings import DeadManSettings

FRESH = timedelta(seconds=60)
"""An evaluation, or a look at the agenda, older than this is a sign that we do not work."""


def well(now: datetime, evaluated_at: datetime | None, looked_at: datetime | None) -> bool:
    """Whether alerts are evaluated and sources are looked at; False before the first of each."""
    return all(at is not None and now - at <= FRESH for at in (evaluated_at, looked_at))


class DeadMan:
    """Remembers when it last rang. A ring that fails is made again at the next occasion."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._rung_at: datetime | None = None

    async def ring(
        self,
        settings: DeadManSettings | None,
        now: datetime,
        evaluated_at: datetime | None,
        looked_at: datetime | None,
    ) -> bool:
        """Ring if it is time and all is well; whether it rang. Raises ChannelError where nobody answered."""
        if settings is None or not well(now, evaluated_at, looked_at):
            return False
        if self._rung_at is not None and now - self._rung_at < settings.every:
            return False
        taken(await self._transport.send(Outgoing(settings.url, method="GET")))
        self._rung_at = now
        return True
