"""The closed sets of words in records: how a run ends, whose fault an error is and of what class, and so on."""

from __future__ import annotations

from enum import StrEnum


class RunStatus(StrEnum):
    """How one run stands; `unknown` is a status word that nobody mapped, never a guess."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    PARTIAL = "partial"
    FAILED = "failed"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"
    UNKNOWN = "unknown"


OPEN_STATUSES = frozenset({RunStatus.QUEUED, RunStatus.RUNNING})

COUNTED_STATUSES = frozenset({RunStatus.SUCCEEDED, RunStatus.PARTIAL, RunStatus.FAILED})


class Side(StrEnum):
    """Which end of an integration a source looks at: the customer's system or Butterboard."""

    SOURCE = "source"
    TARGET = "target"


class ErrorOrigin(StrEnum):
    """Where an error came from."""

    SOURCE = "source"
    BUTTERBOARD = "butterboard"
    NETWORK = "network"
    MONITOR = "monitor"
    UNKNOWN = "unknown"


class ErrorClass(StrEnum):
    """What kind of error it is."""

    AUTHENTICATION = "authentication"
    PERMISSION = "permission"
    VALIDATION = "validation"
    MISSING_REFERENCE = "missing_reference"
    DUPLICATE = "duplicate"
    MAPPING = "mapping"
    RATE_LIMIT = "rate_limit"
    TIMEOUT = "timeout"
    CONNECTION = "connection"
    SERVER_ERROR = "server_error"
    TOO_LARGE = "too_large"
    PARSE = "parse"
    SCHEDULE = "schedule"
    UNKNOWN = "unknown"


class StatusClass(StrEnum):
    """The class of an HTTP status; 499 (client went away) is its own, `invalid` a line not read."""

    INFORMATIONAL = "1xx"
    SUCCESS = "2xx"
    REDIRECT = "3xx"
    CLIENT_ERROR = "4xx"
    SERVER_ERROR = "5xx"
    CLIENT_CLOSED = "499"
    INVALID = "invalid"

    @classmethod
    def of(cls, status: int) -> StatusClass:
        """The class of a numeric status; anything outside 100-599 is `invalid`."""
        if status == 499:
            return cls.CLIENT_CLOSED
        return _CLASS_OF_HUNDRED.get(status // 100, cls.INVALID)


_CLASS_OF_HUNDRED = {
    1: StatusClass.INFORMATIONAL,
    2: StatusClass.SUCCESS,
    3: StatusClass.REDIRECT,
    4: StatusClass.CLIENT_ERROR,
    5: StatusClass.SERVER_ERROR,
}


class BatchMode(StrEnum):
    """`delta` is added once, guarded by the cursor; `absolute` is the whole truth of its keys."""

    DELTA = "delta"
    ABSOLUTE = "absolute"


class PollResult(StrEnum):
    """How a look at a source ended; `deferred` = the source asked us to come back later."""

    OK = "ok"
    FAILED = "failed"
    DEFERRED = "deferred"
