"""Measures what a command costs from start to end, beside its largest library's own start."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import Measured

_ROOT = Path(__file__).parent.parent
_RICH = Path(__file__).parent / "rich.yaml"
_ANSWERS = (0, 3)
"""Exit codes: done, or (nothing was ever polled here) not known."""

_PLAIN = """
database: sqlite:///start.db
integrations:
  - key: crm
    name: CRM
    method: api
    source_system: CRM
    sources:
      - {type: log_file, name: log, path: none.jsonl, format: jsonl, fields: {external_id: id, status: status}}
"""


def starting(folder: Path) -> Measured:
    """What reads on the command line, byte-compiled, with one source and with all there is.

    CPU of the whole process, the least of six.
    """
    # Byte code goes to a folder of its own, whatever the environment says of writing it.
    environment = {**os.environ, "PYTHONPATH": str(_ROOT), "PYTHONPYCACHEPREFIX": str(folder / "bytecode")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    found = []
    for name, text in (("plain", _PLAIN), ("rich", _RICH.read_text(encoding="utf-8"))):
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
        monitor = Started(folder, environment, folder / f"{name}.yaml")
        monitor.cpu("migrate", times=1)
        found.append((monitor.cpu("status", "--json"), monitor.cpu("export", "runs"), monitor.cpu("alerts")))
    plain, rich = (", ".join(f"{seconds:.2f}" for seconds in case) for case in found)
    library = _cpu([sys.executable, "-c", "import sqlalchemy"], folder, environment, 6)
    return Measured(
        "`status --json`, `export` and `alerts`, from start to end",
        "≤ 0.5 s",
        f"{plain} s of CPU with one source, {rich} s with every type of source and channel (of which importing SQLAlchemy {library:.2f} s)",
        max(*found[0], *found[1]) <= 0.5,
    )


@dataclass(frozen=True)
class Started:
    """The command on one configuration, started anew each time."""

    folder: Path
    environment: Mapping[str, str]
    config: Path

    def cpu(self, *words: str, times: int = 6) -> float:
        """The least CPU seconds from start to end."""
        command = [sys.executable, "-m", "cli", *words, "--config", str(self.config)]
        return _cpu(command, self.folder, self.environment, times)


def _cpu(command: Sequence[str], folder: Path, environment: Mapping[str, str], times: int) -> float:
    """The least CPU seconds of the whole process."""
    found = []
    for _ in range(times):
        child = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode not in _ANSWERS:
            raise RuntimeError(f"{' '.join(command)} ended with {child.returncode}")
        found.append(used.ru_utime + used.ru_stime)
    return min(found)
