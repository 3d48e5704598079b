"""Logs on their whole way into a database: killed anywhere, polled again, nothing is lost or doubled."""

import asyncio
import json
import random
from collections import Counter
from pathlib import Path

import pytest
import sqlalchemy as sa

from collectors.registry import sources
from collectors.source import SourceContext
from core.clock import now
from core.errors import SourceError
from core.records import Batch, Cursor, Side
from core.settings import Registries, Settings, loads
from storage.keys import SourceKey
from storage.queries.cursors import cursor_of
from storage.queries.export import export_runs
from storage.store import Store
from storage.writer import Writer

SAMPLES = Path(__file__).parents[1] / "samples" / "nginx"
CONFIG = """
database: {url}
integrations:
  - key: crm
    name: CRM
    method: api
    source_system: CRM
    target_system: Butterboard
    sources:
      - {{type: access_log, name: gateway, path: "{folder}/access.log*"}}
      - {{type: log_file, name: sync-log, path: "{folder}/sync*.jsonl", format: jsonl,
         fields: {{external_id: id, job: job, status: state, started_at: start, finished_at: end}}}}
"""


def configured(store: Store, folder: Path) -> tuple[Writer, Settings]:
    registries = Registries(
        sources={key: source.settings for key, source in sources().items()}, indicators={}
    )
    settings = loads(CONFIG.format(url=store.url, folder=folder), "monitor.yaml", registries)
    writer = Writer(store)
    writer.configure(settings, now())
    return writer, settings


async def collect(
    store: Store, writer: Writer, settings: Settings, index: int, most: int | None = None
) -> list[Batch]:
    """One poll, as the runner does it; stopped after `most` batches."""
    source = settings.integrations[0].sources[index]
    key = SourceKey("crm", source.name)
    with store.read() as connection:
        revision, cursor = cursor_of(connection, key)
    context = SourceContext(integration="crm", name=source.name, side=Side.TARGET, now=now(), http=None)  # type: ignore[arg-type]
    found = []
    async for batch in sources()[source.type].collect(source, cursor, context):
        found.append(batch)
        revision = writer.write(key, batch, revision=revision, now=now(), horizon=None).revision
        if len(found) == most:
            break
    return found


async def test_an_access_log_is_stored_once_over_polls_and_kills(store: Store, tmp_path: Path) -> None:
    """The rollups hold every line of the file, whenever the poll was stopped."""
    writer, settings = configured(store, tmp_path)
    (tmp_path / "access.log").write_bytes((SAMPLES / "access.log").read_bytes() * 80)
    for most in (1, 1, None, None):
        await collect(store, writer, settings, 0, most)
    with store.read() as connection:
        table = sa.table("call_hour", sa.column("status"), sa.column("calls"))
        rows = connection.execute(
            sa.select(table.c.status, sa.func.sum(table.c.calls)).group_by(table.c.status)
        )
        stored = {status: int(calls) for status, calls in rows}
    assert sum(stored.values()) == 600 * 80
    assert (stored[429], stored[499]) == (443 * 80, 80)


async def test_lines_that_leave_the_job_out_are_of_the_run_that_has_their_id(
    store: Store, tmp_path: Path
) -> None:
    """Whichever line names it, in one poll or in several; an id that two jobs use says nothing."""
    writer, settings = configured(store, tmp_path)
    lines = [
        '{"id": 1, "job": "staff", "state": "running", "start": "2026-11-24T13:30:50Z"}',
        '{"id": 2, "state": "running", "start": "2026-11-24T13:30:51Z"}',
        '{"id": 1, "state": "failed", "end": "2026-11-24T13:30:52Z"}',
        '{"id": 2, "job": "pay", "state": "succeeded", "end": "2026-11-24T13:30:53Z"}',
        '{"id": 3, "job": "a", "state": "running"}',
        '{"id": 3, "job": "b", "state": "running"}',
        '{"id": 3, "state": "failed", "end": "2026-11-24T13:30:54Z"}',
    ]
    path = tmp_path / "sync.jsonl"
    for polls in ([lines], [lines[:2], lines[2:4], lines[4:6], lines[6:]]):
        for told in polls:
            with path.open("a") as file:
                file.writelines(f"{line}\n" for line in told)
            await collect(store, writer, settings, 1)
        with store.read() as connection:
            found = sorted(
                (str(run["external_id"]), str(run["job"]), str(run["status"]), run["started_at"] is not None)
                for run in export_runs(connection)
            )
        assert found == [
            ("1", "staff", "failed", True), ("2", "pay", "succeeded", True),
            ("3", "", "failed", False), ("3", "a", "running", False), ("3", "b", "running", False),
        ]  # fmt: skip


async def test_runs_of_a_log_are_stored_once_over_polls_and_kills(store: Store, tmp_path: Path) -> None:
    """Started and finished lines of one run lie in different polls; each run is one, with its start."""
    writer, settings = configured(store, tmp_path)
    dice, total = random.Random(7), 3000
    path = tmp_path / "sync.jsonl"
    lines = [{"id": n, "state": "running", "start": f"2026-11-24T{n % 24:02d}:00:00Z"} for n in range(total)]
    lines += [{"id": n, "state": "succeeded", "end": "2026-11-25T00:00:00Z"} for n in range(total)]
    body = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
    written = 0
    while written < len(body):
        step = dice.randrange(10_000, 120_000)
        with path.open("ab") as log:
            log.write(body[written : written + step])
        written += step
        await collect(store, writer, settings, 1, dice.choice([0, 1, None]) or None)
    with store.read() as connection:
        table = sa.table("sync_run", sa.column("external_id"), sa.column("started_at"))
        rows = connection.execute(sa.select(table.c.external_id, table.c.started_at)).all()
    assert Counter(row.external_id for row in rows) == Counter(str(number) for number in range(total))
    assert all(row.started_at is not None for row in rows)


async def test_reading_does_not_hold_up_other_polls(store: Store, tmp_path: Path) -> None:
    """While a log is read in a thread, the event loop goes on."""
    _, settings = configured(store, tmp_path)
    (tmp_path / "access.log").write_bytes((SAMPLES / "access.log").read_bytes() * 200)
    source = settings.integrations[0].sources[0]
    context = SourceContext(integration="crm", name="x", side=Side.TARGET, now=now(), http=None)  # type: ignore[arg-type]
    ticks, done = 0, asyncio.Event()

    async def tick() -> None:
        nonlocal ticks
        while not done.is_set():
            ticks += 1
            await asyncio.sleep(0.005)

    ticking = asyncio.create_task(tick())
    cursors: list[Cursor] = [
        batch.cursor async for batch in sources()["access_log"].collect(source, {}, context)
    ]
    done.set()
    await ticking
    assert len(cursors) > 1
    assert ticks > 10


async def test_a_cancelled_poll_lets_go_of_its_file(store: Store, tmp_path: Path) -> None:
    """The thread is waited for, then the generator is closed: no error, no open file."""
    _, settings = configured(store, tmp_path)
    (tmp_path / "access.log").write_bytes((SAMPLES / "access.log").read_bytes() * 200)
    source = settings.integrations[0].sources[0]
    context = SourceContext(integration="crm", name="x", side=Side.TARGET, now=now(), http=None)  # type: ignore[arg-type]

    async def poll() -> None:
        async for _ in sources()["access_log"].collect(source, {}, context):
            pass

    task = asyncio.create_task(poll())
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_no_file_is_a_source_error(store: Store, tmp_path: Path) -> None:
    """Raised when the first batch is asked for, for the runner to catch."""
    writer, settings = configured(store, tmp_path)
    with pytest.raises(SourceError, match="no file matches"):
        await collect(store, writer, settings, 0)
