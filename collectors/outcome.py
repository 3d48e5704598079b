"""Adds up how a poll went, batch by batch, into the `Poll` that is stored (pure)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
from msgspec.structs import replace

from collectors.exchange import Response, shown_url
from collectors.limits import tightest
from collectors.retry import LONGEST_DEFERRAL
from core.problems import Told
from core.records import Batch, Poll, PollResult, Problem
from health.quota_headers import retry_after
from storage.keys import Written, unclear_jobs

SLOWS_AT = 0.8
"""From this part of a limit used, the next poll of the source waits twice its interval."""

_REFUSALS = frozenset({403, 429, 503})

_NOTES = frozenset(
    {
        "truncated",
        "stopped",
        "overtaken",
        "too_old",
        "no_mark",
        "more_pages",
        "partial_answer",
        "repeated_id",
        "repeated_page",
        "slowed_down",
        "detail_failed",
        "no_number",
        "no_parents",
        "raw_counter",
        "miscounted",
        "label_not_found",
        "same_limit",
        "begun_anew",
        "encoding_guessed",
        "mixed_line_ends",
        "warning",
        "info",
        "unrouted",
        "unclear_job",
        "token_not_kept",
    }
)
"""Kinds of problems that are not about a line or an item that could not be read."""


class Outcome(msgspec.Struct):
    """What a poll did so far. written: a batch of it is stored; truncated: there was more."""

    written: bool = False
    truncated: bool = False
    _result: PollResult = PollResult.OK
    _error: str | None = None
    _permanent: bool = False
    _retry_after: timedelta | None = None
    _records: int = 0
    _items: int = 0
    _bad_items: int = 0
    _bytes: int = 0
    _requests: int = 0
    _problems: Told = msgspec.field(default_factory=Told)

    def copy(self) -> Outcome:
        """The same so far, to be added to apart."""
        return replace(self, _problems=self._problems.copy())

    def took(self, batch: Batch) -> None:
        """A batch was read."""
        self._records += batch.records
        self._items += batch.items
        self._bytes += batch.bytes
        self._requests += batch.requests
        self._note(batch.problems)

    def counted(self, requests: int, size: int, notes: Told) -> None:
        """What the HTTP client counted, which includes calls that brought no batch, and noted. size: in bytes."""
        self._requests = max(self._requests, requests)
        self._bytes = max(self._bytes, size)
        self._note(notes.listed())

    def stored(self, written: Written) -> None:
        """A batch is written, and what of it could not be stored, or stands elsewhere than it belongs."""
        self.written = True
        if written.unrouted:
            text = "match no integration; add them to `route.map`, or write `create: true` with a `max` that leaves room"
            self._note([Problem(kind="unrouted", where="route", message=text, count=written.unrouted)])
        if written.refused:
            text = "older than `retention.raw`, so they were not stored"
            self._note([Problem(kind="too_old", where="records", message=text, count=written.refused)])
        self._note(unclear_jobs(written))

    def failed(self, message: str, permanent: bool, retry_after: timedelta | None) -> None:
        """It ended with an error; one that says when to come back is a deferral."""
        self._result = PollResult.FAILED if retry_after is None else PollResult.DEFERRED
        self._error, self._permanent, self._retry_after = message, permanent, retry_after

    def overtaken(self) -> None:
        """Another worker read this source at the same time."""
        self._result = PollResult.DEFERRED
        self._error = "another worker has read this source meanwhile; what it stored stands"

    def stopped(self) -> None:
        """We were told to stop."""
        self.truncated = True
        self._note(
            [Problem(kind="stopped", where="poll", message="the worker was stopped; the next poll goes on")]
        )

    def poll(self, started_at: datetime, finished_at: datetime, slower: tuple[datetime, str] | None) -> Poll:
        """The whole of it. slower: no poll before then, and why; a deferral's own time comes first."""
        not_before = None
        if self._retry_after is not None:
            not_before = finished_at + self._retry_after
        elif slower is not None and self._result is PollResult.OK:
            not_before, why = slower
            self._note([Problem(kind="slowed_down", where="limit", message=why)])
        return Poll(
            started_at=started_at,
            finished_at=finished_at,
            result=self._result,
            error=self._error,
            permanent=self._permanent,
            records=self._records,
            items=self._items,
            bad_items=self._bad_items,
            bytes=self._bytes,
            requests=self._requests,
            problems=self._problems.listed(),
            not_before=not_before,
            truncated=self.truncated,
        )

    def _note(self, problems: Sequence[Problem]) -> None:
        for problem in problems:
            self.truncated = self.truncated or problem.kind == "truncated"
            if problem.kind not in _NOTES:
                self._bad_items += problem.count
            self._problems.add(problem.kind, problem.where, problem.message, problem.count)


def pressure(last: Response | None, every: timedelta, started_at: datetime) -> tuple[datetime, str] | None:
    """Until when to leave a source alone, and why: it said so, or its limit is nearly used; else None.

    For a limit nearly used never longer than twice its interval, so that it does not become unknown for
    our manners.
    """
    if last is None:
        return None
    asked = retry_after(last.headers, last.received_at) if last.status in _REFUSALS else None
    if asked is not None and asked > timedelta(0):
        until = last.received_at + min(asked, LONGEST_DEFERRAL)
        return (
            until,
            f"{shown_url(last.url)} answered {last.status} and asks to be left alone until {until:%H:%M:%S} UTC",
        )
    ratio, worst = tightest(last) or (0.0, None)
    if worst is None or ratio < SLOWS_AT:
        return None
    until = started_at + 2 * every
    if worst.resets_at is not None:
        until = min(until, worst.resets_at)
    used = f"{round(ratio * 100)}% of {worst.quota} at {shown_url(last.url)} is used"
    return until, f"{used}; the next poll waits until {until:%H:%M:%S} UTC"
