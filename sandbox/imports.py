"""One live import of a day's CSV file: dropped by its source, read as agreed, sent to Butterboard."""

import asyncio
from datetime import datetime
from random import Random

from sandbox.caller import Caller, StoppedError, Tally
from sandbox.catalogue import Feed
from sandbox.history import volume
from sandbox.inbox import deliver, read
from sandbox.people import FIRST_USER_ID
from sandbox.runs import RecordError
from sandbox.troubles import Trouble
from sandbox.world import World

_SENT_SINGLY = 3


class RejectedFileError(StoppedError):
    """The file cannot be imported at all; `file` is its name."""

    def __init__(self, message: str, file: str) -> None:
        super().__init__("missing_column", message)
        self.file = file


async def import_file(world: World, feed: Feed, due: datetime, caller: Caller, tally: Tally) -> str:
    """Drop, read and send a file; returns its name. StoppedError when nothing of it can be taken."""
    count = volume(feed, due, world.origin, Random(due.timestamp()))  # noqa: S311
    swapped = world.troubles.on(Trouble.SEMICOLON, feed.key)
    path = await asyncio.to_thread(deliver, world.directory, feed, due, world.seed, count, swapped=swapped)
    header, rows = await asyncio.to_thread(read, path, feed)
    tally.read = len(rows)
    if "email" not in header:
        _refuse_all(world, tally, header, rows)
        raise RejectedFileError(f"No rows imported: column email not found in {path.name}", path.name)
    for row in rows[:_SENT_SINGLY]:
        employee = row["employee_id"] or ""
        user = FIRST_USER_ID + int(employee[1:]) - 10_000
        changed = {name: row[name] for name in ("department", "position")}
        await caller.send_record("PATCH", f"/api/v1/users/{user}", "user", employee, changed)
    items = [{"user_id": FIRST_USER_ID + index, "task": 0, "done": True} for index in range(len(rows))]
    await caller.send("POST", "/api/v1/progress", {"items": items})
    rest = len(rows) - min(_SENT_SINGLY, len(rows))
    tally.skipped += rest // 4
    tally.written += rest - rest // 4
    return path.name


def _refuse_all(world: World, tally: Tally, header: list[str], rows: list[dict[str, str | None]]) -> None:
    now = world.clock()
    for number, row in enumerate(rows, start=2):
        line = next((value for value in row.values() if value), "")
        message = f"line {number}: column email not found, the only column is '{header[0]}'"
        tally.refuse(
            RecordError(
                entity="user", key=line[:6], operation="create", code="missing_column", message=message, at=now,
                payload={"line": number},
            )
        )  # fmt: skip
