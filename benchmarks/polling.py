"""Measures many polled sources: one row for each due poll, their delays, and the worker's CPU."""

from __future__ import annotations

import argparse
import json
import os
import random
import select
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from benchmarks.polling_server import address

ROOT = Path(__file__).parent.parent
SETTLING_SECONDS = 15.0
"""What a start costs (imports, migrations) is measured apart from the work."""

UNDER_WAY_SECONDS = 35.0
"""A poll that a silent system holds is under way for so long; stopped within it, it leaves no row."""

MOST_START_SECONDS = 120.0
MOST_CORE = 0.02
MOST_DELAY_SECONDS = 2.0
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Polling:
    """What was found. polls: rows stored, by result; missing: polls that were due and left no row; early:
    requests sent before the `Retry-After` of the answer before; delays: s after a poll was due, ascending;
    cpu, server_cpu: s; seconds: that CPU was measured over; first_seconds: until all were looked at once."""

    sources: int
    polls: Counter[str] = field(default_factory=Counter)
    missing: int = 0
    early: int = 0
    requests: int = 0
    fates: Counter[str] = field(default_factory=Counter)
    delays: list[float] = field(default_factory=list)
    cpu: float = 0.0
    server_cpu: float = 0.0
    start_cpu: float = 0.0
    seconds: float = 0.0
    first_seconds: float = 0.0

    def delay(self, share: float) -> float:
        """So many s or less after it was due started this share of the polls."""
        return self.delays[min(len(self.delays) - 1, int(share * len(self.delays)))] if self.delays else 0.0

    @property
    def core(self) -> float:
        """The part of one core that the worker took."""
        return self.cpu / self.seconds

    @property
    def kept(self) -> bool:
        """Whether every promise but CPU's is."""
        return not self.missing and not self.early and self.delay(0.99) <= MOST_DELAY_SECONDS


def configuration(folder: Path, sources: int, integrations: int, every_seconds: int, port: int) -> Path:
    """The file: sources spread over the integrations, `rest` and `probe` in turn, a host for each."""
    lines = [f"database: sqlite:///{folder}/monitor.db", "integrations:"]
    for key in range(integrations):
        lines.append(f"  - {{key: i{key}, name: I{key}, method: api, source_system: S{key}, sources: [")
        for number in range(key, sources, integrations):
            url = f"http://{address(number)}:{port}/runs"
            if number % 2:
                lines.append(
                    f"      {{type: probe, name: s{number}, every: {every_seconds}s, request: {{url: '{url}'}}}},"
                )
            else:
                lines.append(
                    f"      {{type: rest, name: s{number}, every: {every_seconds}s, request: {{url: '{url}'}},"
                    " records: runs, fields: {external_id: id, job: job, status: state, started_at: started,"
                    " finished_at: ended, records_written: written, error_message: error},"
                    " status_map: {ok: succeeded, failed: failed}},"
                )
        lines.append("    ]}")
    file = folder / "monitor.yaml"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def measure(
    sources: int, integrations: int, seconds: float, every_seconds: int = 60, run_minutes: int = 1
) -> Polling:
    """Runs the worker's own command against the server's process for so long, then reads what it stored."""
    found = Polling(sources)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        port, log = random.randint(21000, 29000), folder / "server.jsonl"  # noqa: S311
        file = configuration(folder, sources, integrations, every_seconds, port)
        server = _started("benchmarks.polling_server", "--systems", str(sources), "--port", str(port), "--log", str(log), "--minutes", str(run_minutes))  # fmt: skip
        try:
            assert server.stdout is not None
            if not server.stdout.readline():
                raise RuntimeError("the server did not start")
            worker = _started("cli", "worker", "--config", str(file))
            try:
                _until_asked(server)
                _watched(found, worker, server, seconds)
            finally:
                worker.send_signal(signal.SIGTERM)
                worker.wait(40)
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(10)
        under_way = _read(found, folder / "monitor.db", every_seconds)
        _compare(found, log, under_way)
    return found


def _started(*module: str) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    out = Path(os.environ.get("POLLING_LOG", os.devnull)).open("ab")  # noqa: SIM115
    return subprocess.Popen(
        [sys.executable, "-m", *module], stdout=subprocess.PIPE if "server" in module[0] else out,
        stderr=out, env=environment, cwd=ROOT,
    )  # fmt: skip


def _until_asked(server: subprocess.Popen[bytes]) -> None:
    """Wait for the worker's first request, of which the server tells: how long a start takes is the machine's matter."""
    assert server.stdout is not None
    if not select.select([server.stdout], [], [], MOST_START_SECONDS)[0]:
        raise RuntimeError("the worker asked for nothing")


def _watched(
    found: Polling, worker: subprocess.Popen[bytes], server: subprocess.Popen[bytes], seconds: float
) -> None:
    settling = min(SETTLING_SECONDS, seconds / 3)
    time.sleep(settling)
    found.start_cpu = _cpu(worker.pid)
    before, began = (found.start_cpu, _cpu(server.pid)), time.monotonic()
    time.sleep(seconds - settling)
    found.cpu, found.server_cpu = _cpu(worker.pid) - before[0], _cpu(server.pid) - before[1]
    found.seconds = time.monotonic() - began


def _cpu(pid: int) -> float:
    """CPU seconds of a process so far, all its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _read(found: Polling, database: Path, every_seconds: int) -> int:
    """Follow each source's rows along the instants at which it was due; how many may be under way that have none yet."""
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    query = "SELECT source_id, started_at, finished_at, not_before, result, requests FROM poll ORDER BY 1, 2"
    rows: dict[int, list[tuple[float, float, float]]] = defaultdict(list)
    for source, started, finished, not_before, result, requests in connection.execute(query):
        found.polls[result] += 1
        found.requests += requests
        rows[source].append((started / 1e6, finished / 1e6, (not_before or 0) / 1e6))
    last = connection.execute("SELECT MAX(started_at) FROM poll").fetchone()[0] / 1e6
    connection.close()
    begun = min(polls[0][0] for polls in rows.values())
    found.first_seconds = max(polls[0][0] for polls in rows.values()) - begun
    for polls in rows.values():
        slot = due = _grid(polls, every_seconds)
        for (_, finished, not_before), following in zip(polls, [*polls[1:], None], strict=True):
            held, before = due > slot, due
            slot += every_seconds * max(1, -(-(finished - slot) // every_seconds))
            # What was held back between two slots is not looked at again within half an interval.
            slot += every_seconds * (held and slot - before < every_seconds / 2)
            due = max(slot, not_before)
            if following is None:
                found.missing += due < last - UNDER_WAY_SECONDS
                break
            found.missing += max(0, int((following[0] - due) // every_seconds))
            found.delays.append(max(0.0, following[0] - due))
    found.delays.sort()
    unseen, may_be_under_way = found.sources - len(rows), begun >= last - UNDER_WAY_SECONDS
    found.missing += 0 if may_be_under_way else unseen
    return unseen if may_be_under_way else 0


def _grid(polls: list[tuple[float, float, float]], every_seconds: int) -> float:
    """When the first of these was due, by the ones that were begun earliest after their slots: it may have been late itself."""
    first, early = polls[0][0], 0.0
    for (_, _, not_before), (started, _, _) in pairwise(polls):
        off = (started - first + every_seconds / 2) % every_seconds - every_seconds / 2
        if not not_before and off > -every_seconds / 4:
            early = min(early, off)
    return first + early


def _compare(found: Polling, log: Path, under_way: int) -> None:
    """What the server saw: requests that came before the instant that it had named, and silence, which keeps polls under way."""
    until: dict[int, float] = {}
    for line in log.read_text(encoding="utf-8").splitlines():
        at, number, fate, seconds = json.loads(line)
        found.fates[fate] += 1
        found.early += at < until.get(number, 0.0)
        if fate == "limited":
            until[number] = at + seconds
    found.missing += max(0, under_way - found.fates["silent"])


def main() -> int:
    """Say the numbers; 1 if a promise is not kept."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.polling", description=__doc__)
    parser.add_argument("--sources", type=int, default=1000)
    parser.add_argument("--integrations", type=int, default=250)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--every", type=int, default=60, help="seconds")
    parser.add_argument("--runs", type=int, default=1, help="minutes between two runs of a system")
    given = parser.parse_args()
    found = measure(given.sources, given.integrations, given.minutes * 60, given.every, given.runs)
    polls = found.polls.total()
    sys.stdout.write(
        f"{found.sources} sources over {given.minutes:g} min: {polls} polls {dict(found.polls)}, "
        f"{found.missing} missing, {found.early} early; {found.requests} requests told, "
        f"{found.fates.total()} seen {dict(found.fates)}\n"
        f"delay p50 {found.delay(0.5):.2f} s, p99 {found.delay(0.99):.2f} s, most {found.delay(1):.2f} s; "
        f"first look at all within {found.first_seconds:.1f} s\n"
        f"CPU {found.core:.1%} of a core ({found.cpu:.1f} s in {found.seconds:.0f} s; the server's beside it "
        f"{found.server_cpu:.1f} s; the start {found.start_cpu:.1f} s)\n"
    )
    return 0 if found.kept and found.core <= MOST_CORE else 1


if __name__ == "__main__":
    sys.exit(main())
