"""Measures what `status --json` costs from start to end, beside its largest library's own start."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.measure import Measured

_ROOT = Path(__file__).parent.parent
_CONFIG = """
database: sqlite:///{folder}/start.db
integrations:
  - key: crm
    name: CRM
    method: api
    source_system: CRM
    sources:
      - {{type: log_file, name: log, path: "{folder}/none.jsonl", format: jsonl, fields: {{external_id: id, status: status}}}}
"""


def starting(folder: Path) -> Measured:
    """`status --json` and `export` of a small installation, byte-compiled; CPU, the least of five."""
    file = folder / "monitor.yaml"
    file.write_text(_CONFIG.format(folder=folder), encoding="utf-8")
    command = [sys.executable, "-m", "cli"]
    # Byte code goes to a folder of its own, whatever the environment says of writing it.
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": str(folder / "bytecode")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    _cpu([*command, "migrate", "--config", str(file)], environment, 1)
    status = _cpu([*command, "status", "--json", "--config", str(file)], environment, 6)
    export = _cpu([*command, "export", "runs", "--config", str(file)], environment, 6)
    library = _cpu([sys.executable, "-c", "import sqlalchemy"], environment, 6)
    return Measured(
        "`status --json` and `export`, from start to end",
        "≤ 0.5 s",
        f"{status:.2f} and {export:.2f} s of CPU (of which importing SQLAlchemy {library:.2f} s)",
        max(status, export) <= 0.5,
    )


def _cpu(command: Sequence[str], environment: dict[str, str], times: int) -> float:
    """The least CPU seconds of the whole process."""
    found = []
    for _ in range(times):
        child = subprocess.Popen(
            command, cwd=_ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        _, _, used = os.wait4(child.pid, 0)
        child.returncode = 0
        found.append(used.ru_utime + used.ru_stime)
    return min(found)
