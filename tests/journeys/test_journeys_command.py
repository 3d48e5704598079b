"""The command answers with the right code and a text that says where, what and the remedy."""

from __future__ import annotations

import csv
import io
import json
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.journeys.conftest import ROOT, Monitor

pytestmark = pytest.mark.slow

LOG = """
integrations:
  - key: gateway
    name: Gateway
    method: api
    source_system: Shop
    target_system: Butterboard
    sources:
      - {type: log_file, name: syncs, path: "sync.jsonl", format: jsonl, fields: {external_id: id, status: status, started_at: at, finished_at: at, error_message: error}, status_map: {ok: succeeded, bad: failed}}
"""


def _written(lite: Monitor, *statuses: str) -> None:
    lines = [
        json.dumps(
            {"id": f"{number}", "status": status, "at": f"2026-11-24T13:{number:02}:00Z", "error": "=cmd()"}
        )
        for number, status in enumerate(statuses)
    ]
    (lite.folder / "sync.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    lite.configure(LOG)


def test_a_broken_file_is_told_whole_and_ends_with_64(lite: Monitor) -> None:
    """Every problem at once, with its place and a suggestion, on standard error; nothing is stored."""
    lite.configure(LOG.replace("type: log_file", "type: log_fil").replace("method: api", "methode: api"))
    done = lite.run("collect", "--once")
    assert done.code == 64
    assert done.out == ""
    assert "monitor.yaml: " in done.err
    assert 'did you mean "log_file"?' in done.err
    assert 'did you mean "method"?' in done.err
    assert not (lite.folder / "monitor.db").exists()


def test_a_missing_file_ends_with_64(lite: Monitor) -> None:
    """The file's name and what to do stand in the text."""
    done = lite.run("status")
    assert done.code == 64
    assert "monitor.yaml" in done.err


@pytest.mark.parametrize(
    "words",
    [
        ["collect"],
        ["stauts"],
        ["export", "runz"],
        ["alerts", "--integration", "nobody"],
        ["export", "runs", "--format", "pdf"],
        ["export", "runs", "--since", "yesterday"],
        ["export", "runs", "--integration", "nobody"],
        ["check", "--integration", "nobody"],
        ["run", "--port", "99999"],
        ["status", "--jsn"],
    ],
    ids=" ".join,
)
def test_wrong_words_end_with_64(lite: Monitor, words: list[str]) -> None:
    """A wrong call never looks like a verdict: `status` ends with 2 for failing."""
    _written(lite, "ok")
    assert lite.run("collect", "--once").code == 0
    done = lite.run(*words)
    assert done.code == 64, done.err
    assert done.err.strip()
    assert "Traceback" not in done.err


def test_status_without_a_database_is_unknown(lite: Monitor) -> None:
    """Nothing is known yet, and the text says how to begin."""
    _written(lite, "ok")
    done = lite.run("status", "--json")
    assert done.code == 3
    assert "migrate" in done.err


@pytest.mark.parametrize(
    ("statuses", "code", "verdict"),
    [
        (["ok"] * 8, 0, "healthy"),
        (["bad"] * 8, 2, "failing"),
        (["ok"] * 7 + ["bad"], 1, "degraded"),
    ],
    ids=["healthy", "failing", "degraded"],
)
def test_status_ends_with_the_verdict(lite: Monitor, statuses: list[str], code: int, verdict: str) -> None:
    """0 healthy, 1 degraded, 2 failing; the document says the same word."""
    _written(lite, *statuses)
    assert lite.run("collect", "--once").code == 0
    done = lite.run("status", "--json")
    assert (done.code, done.json()["verdict"]) == (code, verdict)
    assert lite.run("status").code == code


def test_status_is_told_worst_first_in_the_language_of_the_installation(lite: Monitor) -> None:
    """A person reads Russian words and the worst on top; programs read the same keys as ever."""
    _written(lite, *(["bad"] * 8))
    well = LOG.replace("key: gateway", "key: a-first").replace("name: Gateway", "name: Well")
    lite.configure(
        "language: ru\n" + well.replace("sync.jsonl", "well.jsonl") + LOG.split("integrations:\n")[1]
    )
    lines = (lite.folder / "sync.jsonl").read_text(encoding="utf-8").replace('"bad"', '"ok"')
    (lite.folder / "well.jsonl").write_text(lines, encoding="utf-8")
    lite.run("collect", "--once")
    done = lite.run("status")
    assert done.out.index("Gateway") < done.out.index("Well")
    assert "Сбой" in done.out
    assert "В норме" in done.out
    assert "As of" not in done.out
    assert [one["health"] for one in lite.run("status", "--json").json()["integrations"]] == [
        "healthy",
        "failing",
    ]


def test_alerts_end_with_the_worst_that_fires(lite: Monitor) -> None:
    """3 while nobody has evaluated, which it says; a collection evaluates once."""
    _written(lite, *["bad"] * 8)
    assert lite.run("alerts").code == 3
    lite.run("migrate")
    done = lite.run("alerts")
    assert (done.code, "not been evaluated yet" in done.out) == (3, True)
    lite.run("collect", "--once")
    assert list(lite.run("alerts", "--json", "--all").json()) == [
        "as_of", "firing", "alerts", "ended", "evaluation", "outbox", "channels",
    ]  # fmt: skip


def test_status_json_has_the_promised_keys(lite: Monitor) -> None:
    """The document's fields are a promise to programs."""
    _written(lite, "ok", "bad")
    lite.run("collect", "--once")
    document = lite.run("status", "--json").json()
    assert list(document) == ["as_of", "verdict", "integrations"]
    one = document["integrations"][0]
    assert set(one) >= {
        "key", "name", "method", "health", "reason", "late", "last_run", "runs_24h", "failed_runs_24h",
        "run_failure_ratio_24h", "failed_records_open", "api_calls_24h", "api_errors_24h", "api_error_ratio_24h",
        "quotas", "credential", "sources",
    }  # fmt: skip
    assert set(one["last_run"]) >= {"external_id", "job", "status", "started_at", "finished_at"}
    assert set(one["sources"][0]) >= {"name", "type", "last_poll_at", "last_result", "error", "age_seconds"}


def test_exports_read_back_in_every_format(lite: Monitor) -> None:
    """JSON lines, CSV and XLSX hold the same runs; a formula stays a text."""
    _written(lite, "ok", "bad")
    lite.run("collect", "--once")
    lines = lite.run("export", "runs").lines()
    table = list(csv.DictReader(io.StringIO(lite.run("export", "runs", "--format", "csv").out)))
    assert [row["external_id"] for row in table] == [row["external_id"] for row in lines] == ["0", "1"]
    assert table[1]["error_message"] == "'=cmd()"
    done = subprocess.run(
        lite.command("export", "runs", "--format", "xlsx"),
        cwd=lite.folder,
        env=lite.environment(),
        capture_output=True,
        check=True,
    )
    sheet = openpyxl.load_workbook(io.BytesIO(done.stdout)).active
    assert sheet is not None
    assert sheet.max_row == 3


@pytest.mark.parametrize("unbuffered", ["", "1"], ids=["buffered", "unbuffered"])
@pytest.mark.parametrize(
    ("words", "reader", "code"),
    [
        (["export", "runs"], "head -1", 0),
        (["check"], "head -0", 0),
        (["export", "runs"], "true", 0),
        (["export", "runs", "--format", "csv"], "true", 0),
        (["export", "runs", "--format", "xlsx"], "true", 0),
        (["status", "--json"], "true", 2),
        (["status"], "true", 2),
    ],
    ids=lambda words: " ".join(words) if isinstance(words, list) else None,
)
def test_it_stops_quietly_when_nobody_reads_on(
    lite: Monitor, words: list[str], reader: str, code: int, unbuffered: str
) -> None:
    """`export | head -1` is not an error and says nothing; `status | …` keeps its verdict."""
    _written(lite, *(["bad"] * 50))
    lite.run("collect", "--once")
    done = subprocess.run(
        ["bash", "-c", f"{shlex.join(lite.command(*words))} | {reader}; exit ${{PIPESTATUS[0]}}"],
        cwd=lite.folder,
        env=lite.environment() | {"PYTHONUNBUFFERED": unbuffered},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (code, "")


def test_a_second_writer_is_refused_with_the_remedy(lite: Monitor) -> None:
    """One process owns a SQLite file; another one is told which, and what to do."""
    _written(lite, "ok")
    assert lite.run("migrate").code == 0
    from storage.store import open_store

    store = open_store(f"sqlite:///{lite.folder}/monitor.db", writable=True)
    try:
        done = lite.run("collect", "--once")
        assert done.code == 1
        assert "integration-monitor run" in done.err
        assert lite.run("status").code in {0, 1, 2, 3}
    finally:
        store.close()


def test_backup_is_a_database_of_its_own(lite: Monitor, tmp_path: Path) -> None:
    """The copy verifies and holds the same runs; an existing file is not overwritten."""
    _written(lite, "ok", "bad")
    lite.run("collect", "--once")
    before = lite.run("export", "runs").lines()
    assert lite.run("backup", "copy.db").code == 0
    assert lite.run("backup", "copy.db").code == 1
    copy = Monitor(lite.folder, "sqlite:///copy.db")
    copy.configure(LOG)
    assert copy.run("export", "runs").lines() == before
    assert copy.run("verify").code == 0


def test_verify_finds_a_sum_that_is_wrong(lite: Monitor) -> None:
    """A rollup that somebody changed by hand is named, with exit code 1."""
    import sqlite3

    _written(lite, "ok", "bad")
    lite.run("collect", "--once")
    with sqlite3.connect(lite.folder / "monitor.db") as connection:
        connection.execute("UPDATE run_hour SET failed = failed + 1")
    connection.close()
    done = lite.run("verify")
    assert done.code == 1
    assert "run_hour" in done.out


def test_check_shows_records_and_writes_nothing(lite: Monitor) -> None:
    """The first records as they would be stored, each bad line by place; no database appears."""
    _written(lite, "ok", "weird")
    with (lite.folder / "sync.jsonl").open("a", encoding="utf-8") as file:
        file.write("Traceback (most recent call last):\n")
    done = lite.run("check")
    assert done.code == 1
    assert "weird" in done.out
    assert "sync.jsonl" in done.out
    assert not (lite.folder / "monitor.db").exists()


def test_doctor_and_schema_answer(lite: Monitor) -> None:
    """`doctor` names versions and the database; `config schema` is JSON."""
    _written(lite, "ok")
    lite.run("collect", "--once")
    done = lite.run("doctor")
    assert done.code == 0, done.out
    assert "SQLite" in done.out
    shown = subprocess.run(
        [sys.executable, "-m", "cli", "config", "schema"],
        cwd=lite.folder,
        env=lite.environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    schema: dict[str, Any] = json.loads(shown.stdout)
    assert "integrations" in schema["properties"]


def test_what_people_read_is_in_their_language(lite: Monitor) -> None:
    """`language: ru` decides for every table and verdict; names of fields and data stay as they are."""
    _written(lite, "ok", "weird")
    lite.configure("language: ru\n" + LOG)
    assert "схема" not in lite.run("migrate").out
    assert "последней версии" in lite.run("migrate").out
    checked = lite.run("check").out
    assert "проблемы у 1 из 1 источника" in checked
    assert "прочитано 2" in checked
    assert "external_id" in checked
    collected = lite.run("collect", "--once").out
    assert "Не разобрано" in collected
    assert "Ответил" in collected
    assert "совпадают" in lite.run("verify").out
    doctor = lite.run("doctor").out
    assert "свободно" in doctor
    assert "1 интеграция, опрашивается 1 источник" in doctor
    assert all('"status"' in line for line in lite.run("export", "runs").out.splitlines())


def test_doctor_speaks_the_file_s_language_also_where_the_file_is_wrong(lite: Monitor) -> None:
    """What is wrong with a file does not change who reads about it."""
    lite.configure("language: ru\n" + LOG.replace("method: api", "methode: api"))
    done = lite.run("doctor")
    assert done.code == 1
    assert "конфигурация" in done.out
    assert "свободно" in done.out


def test_the_command_is_installed() -> None:
    """pyproject's console command points at this one."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert 'integration-monitor = "cli:main"' in text


def test_a_damaged_database_is_said_to_be_one(lite: Monitor) -> None:
    """`status` ends with 3 and never with the code of a verdict; nothing shows a traceback."""
    _written(lite, "ok")
    (lite.folder / "monitor.db").write_text("junk " * 1000, encoding="utf-8")
    done = lite.run("status")
    assert (done.code, "damaged" in done.err, "Traceback" in done.err) == (3, True, False)
    done = lite.run("collect", "--once")
    assert (done.code, "damaged" in done.err, "Traceback" in done.err) == (1, True, False)


def test_check_tells_of_lines_of_which_none_became_a_record(lite: Monitor) -> None:
    """It is a condition that is never true, and no missing data."""
    _written(lite, "ok")
    text = (lite.folder / "monitor.yaml").read_text(encoding="utf-8")
    assert "format: jsonl" in text
    changed = text.replace("format: jsonl", "format: jsonl, where: \"status == 'never'\"")
    (lite.folder / "monitor.yaml").write_text(changed, encoding="utf-8")
    assert "none became a record: look at where" in lite.run("check").out
