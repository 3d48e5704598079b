"""What is known of one integration at one instant: read from storage, judged by health.

Storage fills these in and health judges them; neither knows the other, so the words stand here.
Counts are exact for `as_of`; instants let a judge age what it reads. The many small ones are stored
as arrays, so their fields keep their order.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

import msgspec

from core.histogram import Histogram
from core.records import (
    CredentialReading,
    ErrorClass,
    ErrorOrigin,
    PollResult,
    QuotaReading,
    RunStatus,
    Side,
)
from core.units import Window


class RunFact(msgspec.Struct, frozen=True, kw_only=True, array_like=True, gc=False):
    """One run, as a judge needs it (see `SyncRun` for the fields)."""

    source: str
    job: str
    external_id: str
    status: RunStatus
    started_at: datetime | None = None
    finished_at: datetime | None = None
    duration_seconds: float | None = None
    records_read: int | None = None
    records_written: int | None = None
    records_skipped: int | None = None
    records_failed: int | None = None
    error_class: str | None = None
    error_message: str | None = None


class WindowFacts(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """Sums over one window: ended runs by status (by `finished_at`), records, and calls.

    records_*: None where no run of the window told a count. duration, latency: seconds.
    calls: by (source name, HTTP status; 0 where a line could not be read). In a window of runs
    `calls` and `latency` are empty.
    """

    runs: Mapping[RunStatus, int] = {}
    records_read: int | None = None
    records_written: int | None = None
    records_skipped: int | None = None
    records_failed: int | None = None
    duration: Histogram = msgspec.field(default_factory=Histogram)
    calls: Mapping[tuple[str, int], int] = {}
    latency: Histogram = msgspec.field(default_factory=Histogram)


class SourceFacts(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """How one source was last seen. known_since: when it first stood in the configuration."""

    name: str
    type: str
    side: Side
    known_since: datetime
    last_poll_at: datetime | None = None
    last_result: PollResult | None = None
    last_ok_at: datetime | None = None
    last_error: str | None = None
    not_before: datetime | None = None
    bad_items_last_poll: int = 0


class QuotaFact(msgspec.Struct, frozen=True, kw_only=True):
    """The latest reading of one quota, and the source that brought it.

    samples: the readings up to and with the latest, newest first, a few: what a forecast goes by.
    """

    source: str
    reading: QuotaReading
    samples: tuple[QuotaReading, ...] = ()


class CredentialFact(msgspec.Struct, frozen=True, kw_only=True):
    """The latest reading of the key that one source uses.

    invalid_since: when it was first seen invalid after it was last seen valid, as far as readings are
    kept; None where the latest reading does not say that it is invalid.
    """

    source: str
    reading: CredentialReading
    invalid_since: datetime | None = None


class FileFact(msgspec.Struct, frozen=True, kw_only=True):
    """One delivered file. violations: short words for how the file as a whole broke the agreed contract.

    day: its contract day; times: how often the same bytes came within that day; unchanged:
    the same bytes had come on an earlier day.
    """

    source: str
    name: str
    arrived_at: datetime
    day: date | None = None
    rows_ok: int = 0
    rows_bad: int = 0
    violations: tuple[str, ...] = ()
    unchanged: bool = False
    times: int = 1


class VolumeFact(msgspec.Struct, frozen=True, kw_only=True):
    """How many records runs carried (written, else read) in a window, and usually.

    records: of the window itself, None where runs ended in it but none told a count, 0 where none ended;
    usual: of the same stretch one, two, three and four weeks before, None where no run told a count.
    """

    records: int | None
    usual: tuple[int | None, ...] = ()


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """All that is known of one integration.

    recent: ended runs, newest `finished_at` first, at most 50; open_runs: not ended yet, newest
    first; last_started_at: the newest start of any run, ended or not; known_since: when the
    integration first stood in the configuration; failed_records_open: failed records whose error
    group is not resolved or ignored; files: deliveries, newest first, at most 50; volumes: by window, of
    those that a rule on volume asks for.
    """

    integration: str
    as_of: datetime
    known_since: datetime
    recent: tuple[RunFact, ...] = ()
    open_runs: tuple[RunFact, ...] = ()
    last_started_at: datetime | None = None
    last_finished_at: datetime | None = None
    last_succeeded_at: datetime | None = None
    windows: Mapping[Window, WindowFacts] = {}
    quotas: tuple[QuotaFact, ...] = ()
    credentials: tuple[CredentialFact, ...] = ()
    sources: Mapping[str, SourceFacts] = {}
    failed_records_open: int = 0
    files: tuple[FileFact, ...] = ()
    volumes: Mapping[Window, VolumeFact] = {}


class CauseFact(msgspec.Struct, frozen=True, kw_only=True):
    """One cause of failed records, as one side told of it of late.

    records: how many failed for it within the stretch asked for; message: of its newest record.
    """

    group_id: int
    side: Side
    error_origin: ErrorOrigin
    error_class: ErrorClass
    error_code: str | None
    message: str
    records: int
    last_seen_at: datetime


class RootFact(msgspec.Struct, frozen=True, kw_only=True):
    """A record that is missing and holds others back.

    root_key: its key, None where the errors do not name it; held_back: how many distinct records wait for
    it; records: the keys of the first few; message: of the newest error.
    """

    root_key: str | None
    held_back: int
    records: tuple[str, ...]
    message: str
    last_seen_at: datetime
