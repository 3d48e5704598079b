"""One row of the overview, as it is handed to the writer."""

from __future__ import annotations

from datetime import datetime

import msgspec

from core.facts import Facts


class OverviewSnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """The facts of one integration at one instant, and the numbers its table row shows.

    horizon: `now` or `yesterday`; strip: msgpack, as `storage.overview` says; *_24h: of the 24 hours
    before `as_of`; quota_used_ratio: the fullest limit's, in [0, 1].
    """

    integration: str
    horizon: str
    as_of: datetime
    facts: Facts
    strip: bytes | None = None
    runs_24h: int = 0
    failed_runs_24h: int = 0
    partial_runs_24h: int = 0
    failed_records_open: int = 0
    failed_records_24h: int = 0
    api_calls_24h: int = 0
    api_errors_24h: int = 0
    quota_used_ratio: float | None = None
    last_run_at: datetime | None = None
