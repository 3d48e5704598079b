"""Measures the whole way of a log: JSON lines to stored runs against a raw insert, and access-log lines a second."""

from __future__ import annotations

import json
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from collectors.registry import sources
from collectors.sources import access_log, log_file
from collectors.sources._access_log_settings import AccessLogSettings
from collectors.sources._log_file_settings import LogFileSettings
from core.clock import now
from core.records import Batch
from core.settings import Registries, loads
from storage.engine import Row
from storage.keys import SourceKey
from storage.migrate import upgrade
from storage.run_rows import ENDED, rows_of
from storage.store import open_store
from storage.writer import Writer

ROWS_PER_TRANSACTION = 20_000
_FIRST = datetime(2026, 10, 1, tzinfo=UTC)
_KEY = SourceKey("bench", "log")
_CONFIG = """
database: {url}
integrations:
  - key: bench
    name: Bench
    method: api
    source_system: A
    target_system: B
    sources:
      - {{type: log_file, name: log, path: "{path}", format: jsonl, where: "event == 'run.finished'",
         fields: {{external_id: run_id, job: job, status: status, started_at: started_at, finished_at: finished_at,
           records_read: read, records_written: written, records_failed: failed, error_message: error}},
         status_map: {{ok: succeeded, error: failed}}}}
"""


@dataclass(frozen=True, slots=True)
class EndToEnd:
    """CPU seconds for `rows` runs, by the median batch: of the raw insert, of reading alone, of the whole way."""

    rows: int
    raw_seconds: float
    read_seconds: float
    seconds: float

    @property
    def ratio(self) -> float:
        """The whole way's rate as a part of the raw insert's."""
        return self.raw_seconds / self.seconds


def json_lines(rows: int = 200_000) -> EndToEnd:
    """JSON lines → deduplicated rows, rollups, histograms and cursor, 20k a transaction.

    Turn by turn with the raw insert, batch for batch, so that a busy machine troubles both alike.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _write_sync_log(folder / "sync.jsonl", rows)
        url = f"sqlite:///{folder}/monitor.db"
        upgrade(url)
        upgrade(f"sqlite:///{folder}/raw.db")
        found = {key: source.settings for key, source in sources().items()}
        registries = Registries(sources=found, indicators={})
        configuration = loads(_CONFIG.format(url=url, path=folder / "sync.jsonl"), "bench.yaml", registries)
        store = open_store(url, writable=True)
        writer = Writer(store)
        writer.configure(configuration, now())
        settings = configuration.integrations[0].sources[0]
        assert isinstance(settings, LogFileSettings)
        raw, read, written = _turns(log_file.batches(settings, {}, now()), writer, folder / "raw.db")
        store.close()
        batches = len(raw)
        return EndToEnd(
            rows, median(raw) * batches, median(read) * batches,
            median(map(sum, zip(read, written, strict=True))) * batches,
        )  # fmt: skip


def _turns(
    batches: Iterator[Batch], writer: Writer, path: Path
) -> tuple[list[float], list[float], list[float]]:
    """CPU seconds of each full batch: inserted raw, read, and written."""
    raw: list[float] = []
    read: list[float] = []
    wrote: list[float] = []
    connection = _raw_connection(path)
    texts = {f"job-{job}": job + 1 for job in range(50)}
    revision = 0
    while True:
        with _cpu() as reading:
            batch = next(batches, None)
        if batch is None:
            break
        with _cpu() as writing:
            written = writer.write(_KEY, batch, revision=revision, now=now(), horizon=None)
        revision = written.revision
        ready = rows_of(batch.runs, 1, 1, texts, 0)
        with _cpu() as inserting:
            _raw_insert(connection, ready)
        if len(ready) >= ROWS_PER_TRANSACTION:
            each = len(ready) / ROWS_PER_TRANSACTION
            for kept, took in ((raw, inserting), (read, reading), (wrote, writing)):
                kept.append(took[0] / each)
    connection.close()
    return raw, read, wrote


def access_log_rate(lines: int = 200_000, notation: str = "combined") -> float:
    """Access-log lines read and counted, a second of CPU."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "access.log"
        _write_access_log(path, lines, notation)
        settings = AccessLogSettings.model_validate(
            {"type": "access_log", "name": "bench", "path": str(path), "format": notation}
        )
        with _cpu() as took:
            counted = sum(batch.items for batch in access_log.batches(settings, {}, now()))
        assert counted == lines
        return lines / took[0]


@contextmanager
def _cpu() -> Iterator[list[float]]:
    """CPU seconds of this process, all threads, in the list's one place afterwards."""
    took = [0.0]
    begin = time.process_time()
    yield took
    took[0] = time.process_time() - begin


def _run(number: int) -> tuple[datetime, datetime]:
    began = _FIRST + timedelta(seconds=number * 10, microseconds=number * 1000)
    return began, began + timedelta(seconds=5 + number % 7, microseconds=number)


def _write_sync_log(path: Path, rows: int) -> None:
    with path.open("w") as log:
        for number in range(rows):
            began, ended = _run(number)
            failed = number % 20 == 0
            line = {
                "event": "run.finished",
                "run_id": f"run-{number:08d}",
                "job": f"job-{number % 50}",
                "status": "error" if failed else "ok",
                "started_at": began.isoformat(),
                "finished_at": ended.isoformat(),
                "read": number % 500,
                "written": number % 490,
                "failed": int(failed),
                "error": "connection to the source timed out" if failed else None,
            }
            log.write(json.dumps(line) + "\n")


def _raw_connection(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "cache_size=-65536", "temp_store=MEMORY"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def _raw_insert(connection: sqlite3.Connection, ready: Sequence[Row]) -> None:
    """sqlite3's executemany of ready tuples into the same table."""
    marks = ", ".join("?" * len(ENDED))
    connection.execute("BEGIN IMMEDIATE")
    connection.executemany(
        f"INSERT INTO sync_run ({', '.join(ENDED)}) VALUES ({marks}) ON CONFLICT DO NOTHING",  # noqa: S608  no input
        ready,
    )
    connection.execute("COMMIT")


def _write_access_log(path: Path, lines: int, notation: str) -> None:
    with path.open("w") as log:
        for number in range(lines):
            at = _FIRST + timedelta(seconds=number // 20)
            status = 200 if number % 30 else 500
            if notation == "json":
                line: dict[str, object] = {
                    "time": at.isoformat(), "remote_addr": "10.0.0.1", "method": "GET",
                    "uri": f"/api/v1/users/{number}?fields=id,name", "status": status, "request_time": number % 90 / 1000,
                }  # fmt: skip
                log.write(json.dumps(line) + "\n")
            else:
                log.write(
                    f'10.0.0.1 - - [{at:%d/%b/%Y:%H:%M:%S +0000}] "GET /api/v1/users/{number}?fields=id,name HTTP/1.1" '
                    f'{status} 512 "-" "curl/7.88.1" {number % 90 / 1000:.3f}\n'
                )


def main() -> None:
    """Runs all of it and says what it found."""
    found = json_lines()
    each = 1_000_000 / found.rows
    sys.stdout.write(
        f"JSON lines to stored runs: {found.ratio:.2f} of a raw insert "
        f"(µs a row: raw {found.raw_seconds * each:.2f}, reading alone {found.read_seconds * each:.2f}, "
        f"the whole way {found.seconds * each:.2f})\n"
    )
    for notation in ("combined", "json"):
        sys.stdout.write(
            f"access log, {notation}: {access_log_rate(notation=notation):,.0f} lines a second\n"
        )


if __name__ == "__main__":
    main()
