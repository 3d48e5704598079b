"""One live sync: it reads from a system, calls Butterboard over HTTP, and its outcome is what the answers were."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from random import Random

import httpx
import msgspec

from sandbox.caller import Caller, LimitedError, StoppedError, Tally
from sandbox.catalogue import Feed, Work
from sandbox.history import run_id, volume
from sandbox.imports import import_file
from sandbox.keys import HR
from sandbox.people import FIRST_USER_ID, person
from sandbox.runs import DONE, DONE_WITH_ERRORS, ERROR, IN_PROGRESS, LoggedRun, RecordError
from sandbox.troubles import Trouble
from sandbox.world import World

_SENT_SINGLY = 5
_LONGEST_SECONDS = 15.0
_CALLS = 9
_HASTE_SECONDS = 0.03


class Syncs:
    """Runs syncs. pace: 1 = as long as the real ones take, 0 = without pauses (tests)."""

    def __init__(self, world: World, client: httpx.AsyncClient, pace: float = 1.0) -> None:
        """client: its base address is the sandbox's own."""
        self._world, self._client, self._pace = world, client, pace
        self._rng = Random(f"{world.seed}/{world.clock()}")  # noqa: S311
        self._work: dict[Work, Callable[[Feed, Caller, Tally], Awaitable[None]]] = {
            Work.PEOPLE: self._people,
            Work.PROGRESS: self._progress,
            Work.TASKS: self._tasks,
            Work.OUTBOUND: self._outbound,
        }

    async def run(self, feed: Feed, due: datetime, reason: str = "schedule") -> LoggedRun:
        """Do one sync from start to end, logged as it goes."""
        started = self._world.clock()
        name = run_id(feed, due) if reason == "schedule" else f"{run_id(feed, started)}-m"
        run = LoggedRun(
            id=name, integration=feed.key, job=feed.job, state=IN_PROGRESS, reason=reason,
            started_at=started, updated_at=started,
        )  # fmt: skip
        self._world.run_changed(feed, run)
        tally = Tally()
        failure: StoppedError | None = None
        file: str | None = None
        try:
            if feed.work is Work.FILE:
                file = await import_file(self._world, feed, due, self._caller(feed, tally), tally)
            else:
                await self._work[feed.work](feed, self._caller(feed, tally), tally)
        except LimitedError:
            self._leave_the_rest(tally)
        except StoppedError as error:
            failure = error
            file = getattr(error, "file", None)
        return self._ended(feed, run, tally, failure, file)

    def _ended(
        self, feed: Feed, run: LoggedRun, tally: Tally, failure: StoppedError | None, file: str | None
    ) -> LoggedRun:
        now = self._world.clock()
        ended = msgspec.structs.replace(
            run, state=ERROR if failure else DONE_WITH_ERRORS if tally.failed else DONE,
            finished_at=now, updated_at=now, read=tally.read, written=tally.written, skipped=tally.skipped,
            failed=tally.failed, bytes=tally.bytes, errors=tuple(tally.errors), file=file,
            error_code=failure.code if failure else None, error_message=failure.message if failure else None,
        )  # fmt: skip
        self._world.run_changed(feed, ended)
        return ended

    def _caller(self, feed: Feed, tally: Tally) -> Caller:
        seconds = min(_LONGEST_SECONDS, feed.seconds * self._rng.lognormvariate(0, 0.2)) * self._pace
        pause = seconds / _CALLS
        if self._world.troubles.on(Trouble.QUOTA, feed.key):
            pause = min(pause, _HASTE_SECONDS)
        secret = self._world.keys.of(feed.key).secret
        return Caller(self._client, secret, feed.agent, self._world.clock, tally, pause)

    async def _people(self, feed: Feed, caller: Caller, tally: Tally) -> None:
        password = self._world.keys.of(HR).secret
        found = (await caller.get(f"/hr/{feed.key}/v1/changes", auth=("monitor", password)))["changes"]
        changes = found if isinstance(found, list) else []
        tally.read = len(changes)
        await caller.get("/api/v1/users?limit=50&offset=0")
        everyone = self._world.troubles.on(Trouble.QUOTA, feed.key)
        created = sum(change["op"] == "create" for change in changes)
        singly = changes if everyone else changes[: max(created, _SENT_SINGLY)]
        for change in singly:
            method, path = ("PATCH", f"/api/v1/users/{change['user_id']}")
            if change["op"] == "create":
                method, path = "POST", "/api/v1/users"
            employee = change["employee"]
            await caller.send_record(method, path, "user", employee["employee_id"], employee)
        await self._report(caller, tally, [change["user_id"] for change in changes[len(singly) :]])

    async def _progress(self, feed: Feed, caller: Caller, tally: Tally) -> None:
        users = [FIRST_USER_ID + self._rng.randrange(900) for _ in range(self._volume(feed))]
        tally.read = len(users)
        await caller.get(f"/api/v1/users/{users[0]}/progress")
        half = len(users) // 2
        await self._report(caller, tally, users[:half])
        await caller.get(f"/api/v1/users/{users[-1]}/progress")
        await self._report(caller, tally, users[half:])

    async def _tasks(self, feed: Feed, caller: Caller, tally: Tally) -> None:
        tally.read = self._volume(feed)
        await caller.get("/api/v1/tasks?status=open&limit=50")
        for _ in range(_SENT_SINGLY):
            task = (FIRST_USER_ID + self._rng.randrange(900)) * 10 + self._rng.randrange(5)
            body = {"status": self._rng.choice(("open", "done"))}
            await caller.send_record("PATCH", f"/api/v1/tasks/{task}", "task", f"T{task}", body)
        tally.skipped += max(0, tally.read - _SENT_SINGLY)

    async def _outbound(self, feed: Feed, caller: Caller, tally: Tally) -> None:
        tally.read = self._volume(feed)
        user = FIRST_USER_ID + self._rng.randrange(900)
        await caller.get(f"/api/v1/users/{user}/progress")
        await caller.get(f"/api/v1/users/{user}")
        await caller.send("POST", f"/partners/{feed.key}/deliveries", {"job": feed.job, "count": tally.read})
        tally.skipped = round(tally.read * 0.15)
        tally.written = tally.read - tally.skipped

    async def _report(self, caller: Caller, tally: Tally, users: list[int]) -> None:
        if not users:
            return
        items = [{"user_id": user, "task": self._rng.randrange(5), "done": True} for user in users]
        await caller.send("POST", "/api/v1/progress", {"items": items})
        skipped = round(len(users) * 0.15)
        tally.skipped += skipped
        tally.written += len(users) - skipped

    def _volume(self, feed: Feed) -> int:
        return volume(feed, self._world.clock(), self._world.origin, self._rng)

    def _leave_the_rest(self, tally: Tally) -> None:
        now = self._world.clock()
        for index in range(tally.read - tally.written - tally.skipped - tally.failed):
            someone = person(self._world.seed, 100 + (now.minute * 61 + index) % 900)
            tally.refuse(
                RecordError(
                    entity="user", key=someone.employee_id, operation="update", code="429",
                    message="429 Too Many Requests: the limit per-minute is used up", at=now, payload=someone.payload(),
                )
            )  # fmt: skip
