"""The installation's time zone as the database knows it: whose days the day rollups are."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import sqlalchemy as sa

from storage import schema

_TIMEZONE = sa.select(schema.installation.c.value).where(schema.installation.c.name == "timezone")


def zone_of(connection: sa.Connection) -> ZoneInfo:
    """The installation's time zone, as last configured; UTC before that."""
    name = connection.execute(_TIMEZONE).scalar_one_or_none()
    return ZoneInfo(name or "UTC")
