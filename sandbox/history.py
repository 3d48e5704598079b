"""The runs of the past, the same for one seed and first start: hours, weekends, trends and incidents."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from sandbox.catalogue import MOSCOW, Feed, Work
from sandbox.feeds import FEEDS
from sandbox.past_errors import errors_of
from sandbox.runs import DONE, DONE_WITH_ERRORS, ERROR, ROLLED_BACK, LoggedRun, RecordError
from sandbox.troubles import Trouble, Troubles

HELD_BACK_RATIO = 0.08
"""The share of a run's records that a missing manager holds back."""

_CALM = timedelta(hours=3)
_NUMBERS = {feed.key: number for number, feed in enumerate(FEEDS)}
_FAILS = 0.004
_HAS_ERRORS = 0.007
_ROLLED_BACK = 0.002

_OUTRIGHT = {
    Trouble.OUTAGE: ("503", "503 Service Unavailable: Butterboard is not taking requests at the moment"),
    Trouble.EXPIRED_KEY: ("401", "401 Unauthorized: the API key has expired"),
    Trouble.TIMEOUT: ("timeout", "Read timed out after 30.0 s waiting for POST /api/v1/users"),
}
_SPORADIC = (
    ("503", "503 Service Unavailable: Butterboard is not taking requests at the moment"),
    ("504", "504 Gateway Timeout from the gateway of Butterboard"),
    ("connection", "Connection reset by peer while reading the answer of POST /api/v1/progress"),
)


def volume(feed: Feed, at: datetime, origin: datetime, rng: Random) -> int:
    """How many records a run then would read: working hours, quieter weekends, a slow growth."""
    local = at.astimezone(MOSCOW)
    busy = 1.0 if 9 <= local.hour < 19 else 0.55 if 7 <= local.hour < 22 else 0.35
    if local.weekday() >= 5:
        busy *= 0.5
    if feed.work is Work.FILE:
        busy = 1.0
    growth = 1 + 0.008 * ((at - origin) / timedelta(days=1))
    # Rarer runs once carried as much in a day as the frequent ones do now.
    rarer = feed.before / feed.every if feed.before and at < origin - feed.recent else 1
    return max(3, round(feed.volume * busy * growth * rarer * rng.uniform(0.85, 1.15)))


class History:
    """Makes the runs of any past stretch; each depends on the seed, the feed and its due time only."""

    def __init__(self, seed: int, origin: datetime, troubles: Troubles) -> None:
        """origin: when the sandbox first started; incidents and trends are placed by it."""
        self.seed, self.origin, self._troubles = seed, origin, troubles
        self._rng = Random()  # noqa: S311

    def runs(self, start: datetime, end: datetime) -> list[LoggedRun]:
        """Every feed's runs due in [start, end) and over by then, in the order they ended."""
        found = [run for feed in FEEDS for run in self.of_feed(feed, start, end)]
        return sorted(found, key=lambda run: (run.updated_at, run.id))

    def of_feed(self, feed: Feed, start: datetime, end: datetime) -> Iterator[LoggedRun]:
        """One feed's runs, by due time."""
        for due in feed.slots(start, end, self.origin):
            trouble = self._troubles.at(feed.key, due)
            if trouble is Trouble.ABSENT:
                continue
            run = self._run(feed, due, trouble)
            if run.updated_at < end:
                yield run

    def _run(self, feed: Feed, due: datetime, trouble: Trouble | None) -> LoggedRun:
        rng = self._rng
        epoch = int(due.timestamp())
        rng.seed((self.seed * 64 + _NUMBERS[feed.key]) * 4_294_967_296 + epoch)
        started = due + timedelta(seconds=rng.uniform(0.4, 3.0))
        records = volume(feed, due, self.origin, rng)
        seconds = feed.seconds * rng.lognormvariate(0, 0.25) * (2.2 if trouble is Trouble.QUOTA else 1)
        error = self._failure(due, trouble, rng)
        if error is not None:
            seconds = 30.4 if error[0] == "timeout" else min(seconds, 3 + rng.random())
        finished = started + timedelta(seconds=seconds)
        errors: tuple[RecordError, ...] = ()
        failed = 0
        if error is None:
            errors, failed = self._record_errors(feed, due, trouble, records, finished, rng)
        if trouble is Trouble.SEMICOLON:
            error = ("missing_column", f"No rows imported: column email not found in {file_name(feed, due)}")
        skipped = 0 if error else round((records - failed) * 0.15)
        state = ERROR if error else DONE_WITH_ERRORS if failed else DONE
        if feed.key == "jira" and state == DONE and rng.random() < _ROLLED_BACK:
            state = ROLLED_BACK
        return LoggedRun(
            id=run_id(feed, due), integration=feed.key, job=feed.job, state=state,
            started_at=started, finished_at=finished, updated_at=finished,
            read=records, written=0 if error else records - failed - skipped, skipped=skipped, failed=failed,
            bytes=records * rng.randrange(380, 460), errors=errors,
            error_code=error[0] if error else None, error_message=error[1] if error else None,
            file=file_name(feed, due) if feed.work is Work.FILE else None,
        )  # fmt: skip

    def _failure(self, due: datetime, trouble: Trouble | None, rng: Random) -> tuple[str, str] | None:
        if trouble in _OUTRIGHT:
            return _OUTRIGHT[trouble] if trouble is Trouble.EXPIRED_KEY or rng.random() < 0.93 else None
        if trouble is None and rng.random() < _FAILS and due < self.origin - _CALM:
            return rng.choice(_SPORADIC)
        return None

    def _record_errors(
        self, feed: Feed, due: datetime, trouble: Trouble | None, records: int, at: datetime, rng: Random
    ) -> tuple[tuple[RecordError, ...], int]:
        if trouble is None:
            if rng.random() >= _HAS_ERRORS or due >= self.origin - _CALM:
                return (), 0
            return errors_of(feed, self.seed, None, 1, at, rng), 1
        shares = {
            Trouble.MISSING_MANAGER: HELD_BACK_RATIO,
            Trouble.QUOTA: 0.3,
            Trouble.MAPPING: 0.1,
            Trouble.SEMICOLON: 1.0,
        }
        failed = min(records, round(records * shares.get(trouble, 0)))
        return errors_of(feed, self.seed, trouble, failed, at, rng), failed


def run_id(feed: Feed, due: datetime) -> str:
    """The id of the run that was due then; a system's own numbering, stable for one due time."""
    return f"{feed.key}-{int(due.timestamp()):x}"


def file_name(feed: Feed, due: datetime) -> str:
    """The name of the file that a daily import reads."""
    return f"{feed.job}_{due.astimezone(MOSCOW):%Y%m%d}.csv"
