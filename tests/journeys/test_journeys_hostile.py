"""A folder of hostile files goes through the command: each problem is named, the rest is delivered."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.collectors.test_collectors_csv_hostile import HOSTILE
from tests.journeys.conftest import Monitor

MOST_KILOBYTES = 150 * 1024
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1251", "koi8-r"]
PEOPLE = ["Иванов Пётр", "Петрова Анна", "Сидорова Ольга", "Кузнецов Илья"]
LONG = 50_000_000

CONFIG = "integrations:\n  - {{key: hostile, name: Hostile, method: csv, source_system: HR, sources: [\n      {{{0}}}]}}\n"
DROP = "type: csv_drop, name: drop, path: inbox/*.csv, settle: 0s"
LOG = """type: log_file, name: log, path: logs/*.jsonl, format: jsonl, status_map: {ok: succeeded},
       fields: {external_id: id, job: who, status: state, finished_at: at}"""
GATE = "type: access_log, name: gate, path: gate/*.log, format: combined"


def run_line(number: int) -> str:
    who = PEOPLE[number % len(PEOPLE)]
    return json.dumps(
        {"id": f"r{number}", "who": who, "state": "ok", "at": "2026-11-24T10:00:00Z"}, ensure_ascii=False
    )


CALL = '10.0.0.1 - - [24/Nov/2026:10:00:00 +0000] "GET /a HTTP/1.1" 200 12 "-" "агент"'


def logs() -> Iterator[tuple[str, bytes]]:
    """Names and contents: three runs each, among what no log should hold."""
    for place, encoding in enumerate(ENCODINGS):
        text = "".join(run_line(10 * place + one) + "\r\n" for one in range(3))
        yield f"{encoding}.jsonl", text.encode(encoding)
    good = [run_line(100 + one).encode() for one in range(3)]
    yield "nul.jsonl", b"\x00" * 4096 + good[0] + b"\n" + good[1] + b"\x00\n" + good[2] + b"\n"
    good = [run_line(200 + one).encode() for one in range(3)]
    yield (
        "long.jsonl",
        good[0] + b"\n" + b'{"id": "' + b"x" * LONG + b'"}\n' + good[1] + b"\n" + good[2] + b"\n",
    )
    good = [run_line(300 + one).encode() for one in range(3)]
    yield "open.jsonl", good[0] + b'\n{"id": "open\n' + good[1] + b"\n" + good[2] + b"\n"
    yield "empty.jsonl", b""


LAUNCHER = """
import resource, subprocess, sys
code = subprocess.call(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(code)
"""
"""A child's peak begins at its parent's size, so a small process stands between the test's and the command."""


def take_in(lite: Monitor) -> int:
    """Collect once; the most memory (KiB) that the command held."""
    done = subprocess.run(
        [sys.executable, "-c", LAUNCHER, *lite.command("collect", "--once")],
        cwd=lite.folder,
        env=lite.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return int(done.stdout.split()[-1])


def problems_of(lite: Monitor, source: str) -> list[dict[str, str]]:
    """What the source's last poll found wrong, as it is stored."""
    with sqlite3.connect(lite.folder / "monitor.db") as connection:
        query = "SELECT problems FROM poll JOIN source ON source.id = source_id WHERE name = ?"
        (stored,) = connection.execute(query, (source,)).fetchone()
    found: list[dict[str, str]] = json.loads(stored)
    return found


def told_lines(problems: list[dict[str, str]]) -> set[tuple[str, int]]:
    """File and line of each problem."""
    found = (re.search(r"(\S+?\.\w+): .*?line (\d+)", f"{one['where']} {one['message']}") for one in problems)
    return {(Path(one[1]).name, int(one[2])) for one in found if one is not None}


@pytest.mark.slow
def test_hostile_csv_files_are_deliveries_with_their_problems(lite: Monitor) -> None:
    """Every file is one delivery; a problem has its file and line; a line of 50 MB costs no memory."""
    inbox = lite.folder / "inbox"
    inbox.mkdir()
    good = bad = 0
    for number, (_, content, rows, wrong, _problems) in enumerate(HOSTILE):
        (inbox / f"file-{number:02}.csv").write_bytes(content)
        good, bad = good + rows, bad + wrong
    (inbox / "long.csv").write_bytes(b"a,b\n1,2\n" + b"x" * LONG + b"\n3,4\n")
    for encoding in ENCODINGS:
        table = "id;имя\r\n" + "".join(f"{one};{who}\r\n" for one, who in enumerate(PEOPLE))
        (inbox / f"{encoding}.csv").write_bytes(table.encode(encoding))
    lite.configure(CONFIG.format(DROP))
    assert take_in(lite) <= MOST_KILOBYTES
    files = {Path(one["name"]).name: one for one in lite.run("export", "files").lines()}
    assert len(files) == len(HOSTILE) + 1 + len(ENCODINGS)
    assert sum(one["rows_ok"] for name, one in files.items() if name.startswith("file-")) == good
    assert all(files[f"{encoding}.csv"]["rows_ok"] == len(PEOPLE) for encoding in ENCODINGS)
    noted = {(one["kind"], Path(one["where"]).name) for one in problems_of(lite, "drop")}
    for number, (_, _content, _rows, _wrong, problems) in enumerate(HOSTILE):
        for kind, line in problems:
            name = f"file-{number:02}.csv"
            assert (kind, name if line is None else f"{name}: line {line}") in noted
    failed = lite.run("export", "failed-records", "--integration", "hostile").lines()
    long_line = [one for one in failed if one["file"].endswith("long.csv")]
    assert [(one["line"], one["error_code"]) for one in long_line] == [(3, "long_line")]
    told = {(Path(one["file"]).name, one["line"], one["error_code"]) for one in failed}
    for number, (_, _content, _rows, _wrong, problems) in enumerate(HOSTILE):
        for kind, line in problems:
            if kind not in ("mixed_line_ends",):
                assert any(name == f"file-{number:02}.csv" and code == kind and line in (None, at)
                           for name, at, code in told), (number, kind)  # fmt: skip


@pytest.mark.slow
def test_hostile_logs_bring_every_run_that_is_whole(lite: Monitor) -> None:
    """Three runs of each log, whatever its encoding; what cannot be read is named by file and line."""
    folder = lite.folder / "logs"
    folder.mkdir()
    wanted = 0
    for name, content in logs():
        (folder / name).write_bytes(content)
        wanted += 3 * bool(content)
    lite.configure(CONFIG.format(LOG))
    assert take_in(lite) <= MOST_KILOBYTES
    runs = lite.run("export", "runs", "--integration", "hostile").lines()
    assert len(runs) == wanted
    assert {one["status"] for one in runs} == {"succeeded"}
    assert told_lines(problems_of(lite, "log")) == {("long.jsonl", 2), ("open.jsonl", 2)}


@pytest.mark.slow
def test_hostile_access_logs_count_every_call(lite: Monitor) -> None:
    """Calls around NULs, garbage and a line of 50 MB are counted once."""
    folder = lite.folder / "gate"
    folder.mkdir()
    good = CALL.encode()
    (folder / "nul.log").write_bytes(b"\x00" * 4096 + good + b"\n" + good + b"\n")
    (folder / "cp1251.log").write_bytes((CALL + "\r\n").encode("cp1251") * 2)
    (folder / "mixed.log").write_bytes(good + b"\r\n" + good + b"\n")
    (folder / "long.log").write_bytes(good + b"\n" + b"x" * LONG + b"\n" + good + b"\n")
    (folder / "open.log").write_bytes(
        good + b'\n10.0.0.1 - - [24/Nov/2026:10:00:00 +0000] "GET /"open\n' + good + b"\n"
    )
    (folder / "empty.log").write_bytes(b"")
    lite.configure(CONFIG.format(GATE))
    assert take_in(lite) <= MOST_KILOBYTES
    calls = lite.run("export", "calls", "--integration", "hostile").lines()
    assert sum(one["calls"] for one in calls if one["status"] == 200) == 10
    assert told_lines(problems_of(lite, "gate")) == {("long.log", 2), ("open.log", 2)}
