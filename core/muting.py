"""The words of muting: what keeps messages from being sent for a while."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec


class Silence(msgspec.Struct, frozen=True, kw_only=True):
    """No messages for a while about what it matches; evaluation goes on.

    where: as a rule's (`integration method tag criticality system`) and `rule`; all must match.
    provisioned: it stands in the configuration and is changed there. ended_at: ended early.
    """

    silence_id: int
    where: Mapping[str, tuple[str, ...]]
    starts_at: datetime
    ends_at: datetime
    by: str
    note: str = ""
    provisioned: bool = False
    ended_at: datetime | None = None


class MaintenanceWindow(msgspec.Struct, frozen=True, kw_only=True):
    """Planned work: once (starts_at, ends_at), or recurring (cron in a zone, with a duration in seconds)."""

    maintenance_id: int
    name: str
    where: Mapping[str, tuple[str, ...]]
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    cron: str = ""
    timezone: str = ""
    duration_seconds: int = 0
    by: str = ""
    note: str = ""
    provisioned: bool = False
    ended_at: datetime | None = None
