"""One sync run as the sandbox's systems remember it, in the sandbox's own words."""

from datetime import datetime

import msgspec

IN_PROGRESS = "in_progress"
DONE = "done"
DONE_WITH_ERRORS = "done_with_errors"
ERROR = "error"
ABORTED = "aborted"
ROLLED_BACK = "rolled_back"


class RecordError(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One record that was not taken: what it was, why, and what was sent."""

    entity: str
    key: str
    operation: str
    code: str
    message: str
    at: datetime
    held_back_by: str | None = None
    payload: dict[str, str | int | None] = {}


class LoggedRun(msgspec.Struct, frozen=True, kw_only=True):
    """One run. counts are records; finished_at is None while it runs; reason: what started it."""

    id: str
    integration: str
    job: str
    state: str
    started_at: datetime
    updated_at: datetime
    finished_at: datetime | None = None
    reason: str = "schedule"
    read: int = 0
    written: int = 0
    skipped: int = 0
    failed: int = 0
    bytes: int = 0
    error_code: str | None = None
    error_message: str | None = None
    errors: tuple[RecordError, ...] = ()
    file: str | None = None

    @property
    def seconds(self) -> float:
        """How long it took; 0 while it runs."""
        return 0.0 if self.finished_at is None else (self.finished_at - self.started_at).total_seconds()
