"""The rate limits that an answer tells, read once for all who ask within one poll."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

import msgspec

from collectors.exchange import Headers, Response
from collectors.refusal_codes import status_of
from core.records import Problem, QuotaReading
from core.same import Same
from health.quota_headers import read


def limits_of(
    response: Response, scope: str, dialect: str = "auto"
) -> tuple[list[QuotaReading], list[Problem]]:
    """What the headers tell, and what of them could not be read (see `health.quota_headers.read`)."""
    readings, problems = _limits(Same(response.headers), status_of(response), response.received_at, dialect)
    return [msgspec.structs.replace(one, scope=scope) for one in readings], list(problems)


def tightest(response: Response) -> tuple[float, QuotaReading] | None:
    """The limit of which most is used, with how much, in [0, 1]; None where none tells it. Its scope is empty."""
    readings, _ = _limits(Same(response.headers), status_of(response), response.received_at, "auto")
    told = [(ratio, one) for one in readings if (ratio := one.used_ratio) is not None]
    return max(told, key=lambda one: one[0], default=None)


@lru_cache(maxsize=16)
def _limits(
    headers: Same[Headers], status: int, at: datetime, dialect: str
) -> tuple[Sequence[QuotaReading], Sequence[Problem]]:
    """The source that stores them asks, and then its poll, which may have to slow down."""
    return read(headers.held, status=status, observed_at=at, scope="", dialect=dialect)
