"""The installation's time zone as the database knows it: whose days the day rollups are."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import sqlalchemy as sa

from storage import schema


def zone_of(connection: sa.Connection) -> ZoneInfo:
    """The installation's time zone, as last configured; UTC before that."""
    table = schema.installation
    name = connection.execute(sa.select(table.c.value).where(table.c.name == "timezone")).scalar_one_or_none()
    return ZoneInfo(name or "UTC")
