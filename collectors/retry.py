"""Decides whether and when a call is made again (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from collectors.exchange import Response
from collectors.refusal_codes import status_of
from health.quota_headers import read, retry_after

RETRIED_STATUSES = frozenset({429, 502, 503, 504})

_DEFER_WITHOUT_HINT = timedelta(seconds=60)
LONGEST_DEFERRAL = timedelta(hours=24)
"""However long a system asks for."""


def asked_wait(response: Response) -> timedelta | None:
    """How long an answer asks us to wait: by its `Retry-After`, or as a refusal until its limit begins anew.

    GitHub's own limit is a 403 that only says when it is reset. On any other answer a `Retry-After` says
    nothing (see `RetryPolicy.after_answer`), and is not looked for: some servers send it with every 200.
    """
    status = status_of(response)
    if status != 403 and status not in RETRIED_STATUSES:
        return None
    asked = retry_after(response.headers, response.received_at)
    if asked is not None or status not in (403, 429):
        return asked
    readings, _ = read(response.headers, status=status, observed_at=response.received_at, scope=response.url)
    used_up = [one for one in readings if one.limited and one.remaining == 0]
    ends = [one.resets_at for one in used_up if one.resets_at is not None]
    return max(ends) - response.received_at if ends and max(ends) > response.received_at else None


@dataclass(frozen=True, slots=True)
class Again:
    """Wait so long (seconds), then call again."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Defer:
    """Give this poll up; no call before then."""

    wait: timedelta


@dataclass(frozen=True, slots=True)
class Accept:
    """Take the answer as it is."""


Decision = Again | Defer | Accept


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """attempts: calls in all; first_wait_seconds doubles each time, with jitter; a `Retry-After`
    above longest_wait ends the poll."""

    attempts: int = 3
    first_wait_seconds: float = 0.5
    longest_wait: timedelta = timedelta(seconds=5)

    def after_answer(
        self, status: int, retry_after: timedelta | None, attempt: int, jitter: float
    ) -> Decision:
        """What to do with an answer. attempt: from 1; jitter: in [0, 1).

        A 403 with a `Retry-After` is a limit too (GitHub's secondary limits); a `Retry-After` on
        anything else says nothing.
        """
        limited = status == 429 or (status == 403 and retry_after is not None)
        if not limited and status not in RETRIED_STATUSES:
            return Accept()
        if retry_after is not None and retry_after > self.longest_wait:
            return Defer(min(retry_after, LONGEST_DEFERRAL))
        if attempt >= self.attempts:
            return Defer(retry_after or _DEFER_WITHOUT_HINT) if limited else Accept()
        if retry_after is not None:
            return Again(max(0.0, retry_after.total_seconds()) + 0.25 * jitter)
        return Again(self.wait_seconds(attempt, jitter))

    def after_silence(self, attempt: int, jitter: float, *, timed_out: bool) -> Again | None:
        """What to do when no answer came: None gives up. One that timed out is tried only twice.

        attempt: from 1 on; jitter: in [0, 1).
        """
        most = min(2, self.attempts) if timed_out else self.attempts
        return Again(self.wait_seconds(attempt, jitter)) if attempt < most else None

    def wait_seconds(self, attempt: int, jitter: float) -> float:
        """Half of the doubled wait, and up to the other half by jitter."""
        full: float = self.first_wait_seconds * 2 ** (attempt - 1)
        return full * (0.5 + jitter / 2)
