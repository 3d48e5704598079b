"""The API calls that a past run made, as the gateway logged them."""

from collections.abc import Iterator
from datetime import timedelta
from random import Random

from sandbox.access_lines import Call
from sandbox.catalogue import Feed, Work
from sandbox.people import FIRST_USER_ID
from sandbox.runs import LoggedRun

_CALLS = {Work.PEOPLE: 5, Work.PROGRESS: 4, Work.TASKS: 5, Work.OUTBOUND: 3, Work.FILE: 0}
_USUAL_SECONDS = {"GET": 0.035, "POST": 0.09, "PATCH": 0.07}


def calls_of(feed: Feed, run: LoggedRun, seed: int) -> Iterator[Call]:
    """A run's calls in their order, with the statuses that its outcome tells of."""
    rng = Random(f"{seed}:{run.id}")  # noqa: S311
    count = 3 if run.error_code else _CALLS[feed.work] + round(run.read / feed.volume)
    if run.error_code is None and run.errors and run.errors[0].code == "429":
        count *= 3
    refused = [_status(error.code) for error in run.errors[:8]] if run.error_code is None else []
    span = max(run.seconds - 0.2, 0.1)
    for index in range(count):
        method, path, status = _request(feed, index, index == count - 1, rng)
        if run.error_code:
            status = _status(run.error_code)
        elif refused and method == "POST" and (status == 201 or feed.work is Work.PROGRESS):
            status = refused.pop()
        elif rng.random() < 0.002:
            status = rng.choice((499, 502, 500))
        yield Call(
            at=run.started_at + timedelta(seconds=span * index / count), consumer=feed.key, method=method, path=path,
            status=status, bytes=rng.randrange(180, 2400) if status < 300 else rng.randrange(90, 240),
            seconds=30.0 if status == 504 else _seconds(method, run, rng), agent=feed.agent, address="10.20.0.5",
        )  # fmt: skip


def _seconds(method: str, run: LoggedRun, rng: Random) -> float:
    busy = 1.6 if 6 <= run.started_at.hour < 15 else 1.0
    return _USUAL_SECONDS[method] * busy * rng.lognormvariate(0, 0.45)


def _status(code: str) -> int:
    known = {"timeout": 504, "connection": 499, "duplicate": 409, "date_invalid": 422}
    return int(code) if code.isdigit() else known.get(code, 422)


def _request(feed: Feed, index: int, last: bool, rng: Random) -> tuple[str, str, int]:
    user = FIRST_USER_ID + rng.randrange(900)
    if feed.work is Work.TASKS:
        if index == 0:
            return "GET", "/api/v1/tasks?status=open&limit=50", 200
        return "PATCH", f"/api/v1/tasks/{user * 10 + rng.randrange(5)}", 200
    if feed.work in (Work.PROGRESS, Work.OUTBOUND):
        if index % 2 == 0:
            return "GET", f"/api/v1/users/{user}/progress", 200
        return (
            ("POST", "/api/v1/progress", 200)
            if feed.work is Work.PROGRESS
            else ("GET", f"/api/v1/users/{user}", 200)
        )
    if index == 0:
        return "GET", "/api/v1/users?limit=50&offset=0", 200
    if last:
        return "POST", "/api/v1/progress", 200
    if index % 3 == 1:
        return "POST", "/api/v1/users", 201
    return "PATCH", f"/api/v1/users/{user}", 200
