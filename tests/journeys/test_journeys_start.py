"""A short command starts with what it needs and nothing more: what it loads is counted, never timed."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.journeys.conftest import ROOT, Monitor

pytestmark = pytest.mark.slow

RICH = ROOT / "benchmarks" / "rich.yaml"
PLAIN = """
integrations:
  - key: crm
    name: CRM
    method: api
    source_system: CRM
    sources:
      - {type: log_file, name: log, path: none.jsonl, format: jsonl, fields: {external_id: id, status: status}}
"""
PROBE = """
import atexit, gc, json, sys

def tell():
    print(json.dumps({"modules": sorted(sys.modules), "frozen": gc.get_freeze_count()}), file=sys.stderr)

atexit.register(tell)
sys.argv[0] = "integration-monitor"
from cli import main

main()
"""
"""Runs the command and tells, when it is over, what it had loaded."""

NEVER = [
    # what calls, draws, schedules, writes tables and sends
    *("httpx", "httpcore", "aiohttp", "pandas", "numpy", "pyarrow", "streamlit", "plotly", "apscheduler"),
    *("starlette", "uvicorn", "openpyxl", "apprise", "smtplib", "alembic", "sqlalchemy.orm", "structlog"),
    # rooms that only stay, and the parts of ours that only collect, evaluate and deliver
    *("dashboard", "worker", "api", "sandbox", "collectors.http", "collectors.run", "collectors.transport"),
    *("storage.writer", "storage.migrate", "alerts.evaluate", "alerts.dispatch", "alerts.messages"),
]
FOR_PEOPLE = ["rich", "babel"]
COMMANDS = [("status", "--json"), ("export", "runs"), ("alerts", "--json")]


@dataclass(frozen=True)
class Loaded:
    """What a command had loaded at its end. frozen: objects that are left to the operating system."""

    modules: frozenset[str]
    frozen: int

    def of(self, package: str) -> set[str]:
        """The public modules of a package that were loaded, by their last name."""
        inside = (name.removeprefix(f"{package}.") for name in self.modules if name.startswith(f"{package}."))
        return {name for name in inside if "." not in name and not name.startswith("_")}


def _loaded(monitor: Monitor, *words: str) -> Loaded:
    done = subprocess.run(
        [sys.executable, "-c", PROBE, *words, "--config", str(monitor.config)],
        cwd=monitor.folder,
        env=monitor.environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode in (0, 3), done.stderr
    told = json.loads(done.stderr.splitlines()[-1])
    return Loaded(frozenset(told["modules"]), told["frozen"])


def _rich(folder: Path) -> Monitor:
    monitor = Monitor(folder, "sqlite:///start.db")
    monitor.config.write_text(RICH.read_text(encoding="utf-8"), encoding="utf-8")
    return monitor


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_short_command_loads_nothing_that_it_does_not_use(tmp_path: Path, words: tuple[str, ...]) -> None:
    """Whatever types of sources and channels the file names, nothing that polls, draws or sends is loaded."""
    monitor = _rich(tmp_path)
    assert monitor.run("migrate").code == 0
    loaded = _loaded(monitor, *words)
    assert {"csv_drop", "rest", "sql"} <= loaded.of("collectors.sources")
    assert not loaded.modules & {*NEVER, *FOR_PEOPLE}


def test_a_table_for_people_loads_no_more_than_its_drawing(tmp_path: Path) -> None:
    """`status` as a table needs what draws it, and still neither clients nor pages."""
    monitor = _rich(tmp_path)
    assert monitor.run("migrate").code == 0
    assert not _loaded(monitor, "status").modules & {*NEVER}


def test_only_what_the_file_names_is_loaded(lite: Monitor) -> None:
    """A type of source or channel that nobody named costs nothing."""
    lite.configure(PLAIN)
    assert lite.run("migrate").code == 0
    loaded = _loaded(lite, "status", "--json")
    assert loaded.of("collectors.sources") == {"log_file"}
    assert loaded.of("alerts.channels") == set()


def test_the_end_looks_through_nothing(lite: Monitor) -> None:
    """What was loaded is not searched for garbage once more when the command ends."""
    lite.configure(PLAIN)
    assert lite.run("migrate").code == 0
    assert _loaded(lite, "status", "--json").frozen > 10_000
