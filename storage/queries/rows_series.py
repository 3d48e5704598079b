"""What a query tells of a stretch of time: points, cells and totals that charts draw."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

import msgspec

from core.facts import Facts


class QuotaHour(msgspec.Struct, frozen=True, kw_only=True):
    """One limit in one UTC hour. samples: readings; refusals: those that were a refusal for the limit.

    limit: the last one told; least_remaining: the tightest of the hour, in requests; most_used_ratio:
    in [0, 1]; each None where no reading told it.
    """

    scope: str
    quota: str
    at: datetime
    samples: int
    refusals: int
    limit: float | None
    least_remaining: float | None
    most_used_ratio: float | None


class RunPoint(msgspec.Struct, frozen=True, kw_only=True):
    """Ended runs of one hour or day, by `finished_at`. records_*: None where no run told a count.

    failure_ratio: failed of counted (succeeded + partial + failed), None without counted runs;
    duration_p50_seconds, duration_p95_seconds: None where no run has a duration.
    """

    at: datetime
    succeeded: int = 0
    partial: int = 0
    failed: int = 0
    cancelled: int = 0
    skipped: int = 0
    unknown: int = 0
    records_read: int | None = None
    records_written: int | None = None
    records_skipped: int | None = None
    records_failed: int | None = None
    duration_p50_seconds: float | None = None
    duration_p95_seconds: float | None = None

    @property
    def counted(self) -> int:
        """Runs inside the ratios."""
        return self.succeeded + self.partial + self.failed


class CallPoint(msgspec.Struct, frozen=True, kw_only=True):
    """API calls of one minute, hour or day. classes: calls by status class (`2xx` … `invalid`).

    statuses: calls by (source name, HTTP status; 0 not readable), for deciding what is an error;
    latency_p50_seconds, latency_p95_seconds: None where no call has a latency.
    """

    at: datetime
    calls: int
    classes: Mapping[str, int]
    statuses: Mapping[tuple[str, int], int]
    latency_p50_seconds: float | None = None
    latency_p95_seconds: float | None = None


class EndpointRow(msgspec.Struct, frozen=True, kw_only=True):
    """Calls of one endpoint over a stretch of time, as in `CallPoint`."""

    source: str
    consumer: str
    method: str
    endpoint: str
    calls: int
    statuses: Mapping[tuple[str, int], int]
    latency_p50_seconds: float | None = None
    latency_p95_seconds: float | None = None


class DayCell(msgspec.Struct, frozen=True, array_like=True):
    """One local day of the strip: ended runs by `finished_at`; other: cancelled, skipped and unknown."""

    day: date
    succeeded: int = 0
    partial: int = 0
    failed: int = 0
    other: int = 0

    @property
    def counted(self) -> int:
        """Runs inside the ratio."""
        return self.succeeded + self.partial + self.failed


class OverviewRow(msgspec.Struct, frozen=True, kw_only=True):
    """One integration as the snapshot holds it: facts at the refresh, and facts of 24 hours before.

    before: None where they were not computed yet; strip: of the last 30 local days of the
    installation's zone those that had runs, oldest first.
    """

    integration: str
    refreshed_at: datetime
    facts: Facts
    before: Facts | None
    strip: tuple[DayCell, ...]
