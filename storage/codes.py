"""How the words of the vocabulary are stored: stable integer codes and compact histograms.

A code, once given, never changes its meaning: new words are added at the end.
"""

from enum import IntEnum, IntFlag

import msgspec

from core.facts import Facts
from core.histogram import Histogram
from core.records import ErrorClass, ErrorOrigin, RunStatus

STATUS_CODE: dict[RunStatus, int] = {
    RunStatus.UNKNOWN: 0,
    RunStatus.QUEUED: 1,
    RunStatus.RUNNING: 2,
    RunStatus.SUCCEEDED: 3,
    RunStatus.PARTIAL: 4,
    RunStatus.FAILED: 5,
    RunStatus.CANCELLED: 6,
    RunStatus.SKIPPED: 7,
}
STATUS_OF = {code: status for status, code in STATUS_CODE.items()}

ORIGIN_CODE: dict[ErrorOrigin, int] = {
    ErrorOrigin.UNKNOWN: 0,
    ErrorOrigin.SOURCE: 1,
    ErrorOrigin.BUTTERBOARD: 2,
    ErrorOrigin.NETWORK: 3,
    ErrorOrigin.MONITOR: 4,
}
ORIGIN_OF = {code: origin for origin, code in ORIGIN_CODE.items()}

CLASS_CODE: dict[ErrorClass, int] = {
    ErrorClass.UNKNOWN: 0,
    ErrorClass.AUTHENTICATION: 1,
    ErrorClass.PERMISSION: 2,
    ErrorClass.VALIDATION: 3,
    ErrorClass.MISSING_REFERENCE: 4,
    ErrorClass.DUPLICATE: 5,
    ErrorClass.MAPPING: 6,
    ErrorClass.RATE_LIMIT: 7,
    ErrorClass.TIMEOUT: 8,
    ErrorClass.CONNECTION: 9,
    ErrorClass.SERVER_ERROR: 10,
    ErrorClass.TOO_LARGE: 11,
    ErrorClass.PARSE: 12,
    ErrorClass.SCHEDULE: 13,
}
CLASS_OF = {code: error_class for error_class, code in CLASS_CODE.items()}


class GroupState(IntEnum):
    """How people stand to a cause of failed records."""

    OPEN = 0
    ACKNOWLEDGED = 1
    RESOLVED = 2
    IGNORED = 3


class Jobs(IntFlag):
    """How a source's runs were told so far (`source.jobs`); a bit, once set, stays."""

    TOLD = 1
    """Some with a job."""
    LEFT_OUT = 2
    """Some without one, which stand so."""
    OF_RECORDS_LEFT_OUT = 4
    """Some failed records with their run but not with its job, which stand so."""


class Timing(IntEnum):
    """Where an ended run's `at` comes from."""

    FINISHED = 0
    STARTED_PLUS_DURATION = 1
    STARTED = 2
    FIRST_SEEN = 3


TOLD_LATER = 4
"""From here on a timing is no `Timing`: the source told an end so many µs after `at`."""


_pack = msgspec.msgpack.Encoder().encode
_Parts = list[float] | dict[int, int]
_unpack = msgspec.msgpack.Decoder(_Parts).decode


def encode_histogram(histogram: Histogram) -> bytes:
    """A msgpack list of seconds while it is exact, a map of bucket to count afterwards."""
    return _pack(histogram.buckets if histogram.values is None else histogram.values)


def decode_histogram(stored: bytes | None) -> Histogram:
    """The histogram of stored bytes; an empty one for NULL."""
    if stored is None:
        return Histogram()
    return _histogram_of(_unpack(stored))


def _histogram_of(content: list[float] | dict[int, int]) -> Histogram:
    histogram = Histogram()
    if isinstance(content, dict):
        histogram.values, histogram.buckets = None, content
    else:
        histogram.values = content
    return histogram


def _encode_part(value: object) -> object:
    if isinstance(value, Histogram):
        return value.buckets if value.values is None else value.values
    # How a hook tells msgspec that a type is none of its own; only facts come here, so it is a slip of ours.
    raise NotImplementedError(f"{type(value).__name__} has no stored form")


def _decode_part(kind: type, content: object) -> object:
    if kind is Histogram:
        return _histogram_of(msgspec.convert(content, _Parts))
    # As above: msgspec's own word for "not mine".
    raise NotImplementedError(f"{kind.__name__} has no stored form")


encode_facts = msgspec.msgpack.Encoder(enc_hook=_encode_part).encode
"""The stored form of `Facts`, for the overview."""

decode_facts = msgspec.msgpack.Decoder(Facts, dec_hook=_decode_part).decode
"""The `Facts` of a stored blob."""
