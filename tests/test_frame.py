"""The frame holds what import-linter cannot see: the two top files, the locks, the docstrings."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = [
    "alerts",
    "api",
    "assess",
    "collectors",
    "composition",
    "core",
    "dashboard",
    "health",
    "reports",
    "sandbox",
    "storage",
    "worker",
]
MODULES = sorted(
    path
    for room in ROOMS
    for path in (ROOT / room).rglob("*.py")
    if "migrations/versions" not in path.as_posix()
)
TOP = [ROOT / "app.py", ROOT / "cli.py"]

WALL_CLOCKS = frozenset(
    {
        "datetime.now",
        "datetime.utcnow",
        "datetime.today",
        "date.today",
        "time.time",
        "time.time_ns",
        "func.now",
    }
)
HTTP_CLIENTS = frozenset(
    {f"httpx.{name}" for name in ("AsyncClient", "Client", "get", "post", "request", "stream")}
    | {"request.urlopen", "client.HTTPConnection", "client.HTTPSConnection"}
)


def _called(path: Path) -> set[str]:
    """The calls in a file, by the last two names of what is called: `datetime.now`."""
    calls = [
        node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)
    ]
    return {".".join(ast.unparse(call.func).split(".")[-2:]) for call in calls}


def _imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nobody_imports_the_two_top_files(path: Path) -> None:
    """`app.py` and `cli.py` stand above every room, and no room has imports from a test."""
    assert not _imported(path) & {"app", "cli", "tests", "benchmarks"}


@pytest.mark.parametrize("path", TOP, ids=lambda path: path.name)
def test_the_top_files_leave_the_work_to_the_rooms(path: Path) -> None:
    """Neither speaks SQL, calls out or schedules; only the app knows Streamlit."""
    forbidden = {"sqlalchemy", "sqlite3", "alembic", "httpx", "apscheduler"}
    assert not _imported(path) & (forbidden | ({"streamlit"} if path.name == "cli.py" else set()))


@pytest.mark.parametrize("path", [*MODULES, *TOP], ids=lambda path: str(path.relative_to(ROOT)))
def test_every_module_says_its_one_purpose(path: Path) -> None:
    """A module's docstring begins with one sentence on one line."""
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert docstring
    first = docstring.splitlines()[0]
    assert first.endswith((".", "?")), first


@pytest.mark.parametrize("path", [*MODULES, *TOP], ids=lambda path: str(path.relative_to(ROOT)))
def test_only_the_clock_asks_what_time_it_is(path: Path) -> None:
    """A decision is handed its `now`; the database is not asked for it either."""
    if path == ROOT / "core" / "clock.py":
        return
    assert not _called(path) & WALL_CLOCKS
    assert not re.search(r"\bCURRENT_TIMESTAMP\b", path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", [*MODULES, *TOP], ids=lambda path: str(path.relative_to(ROOT)))
def test_only_one_file_makes_http_clients(path: Path) -> None:
    """`collectors/http.py`, for its manners; the sandbox is a stranger and has its own."""
    if path == ROOT / "collectors" / "http.py" or path.is_relative_to(ROOT / "sandbox"):
        return
    assert not _called(path) & HTTP_CLIENTS


@pytest.mark.parametrize(
    ("line", "forbidden"),
    [
        ("datetime.now(UTC)", WALL_CLOCKS),
        ("datetime.datetime.utcnow()", WALL_CLOCKS),
        ("time.time()", WALL_CLOCKS),
        ("sa.func.now()", WALL_CLOCKS),
        ("httpx.AsyncClient(timeout=1)", HTTP_CLIENTS),
        ("httpx.get('x')", HTTP_CLIENTS),
    ],
)
def test_what_is_forbidden_is_found(tmp_path: Path, line: str, forbidden: frozenset[str]) -> None:
    """The two searches above see what they are to find."""
    path = tmp_path / "x.py"
    path.write_text(f"found = [{line}]\n")
    assert _called(path) & forbidden


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_locks_have_hashes_and_no_address(name: str) -> None:
    """Every requirement is pinned by hash; no registry's address stands in a committed file."""
    text = (ROOT / name).read_text(encoding="utf-8")
    assert "://" not in text
    pinned = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
    assert pinned
    assert all("==" in line and line.endswith("\\") for line in pinned)


def test_no_secret_or_database_is_committed() -> None:
    """What a run leaves behind stays out of the repository."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert not [name for name in listed.split() if name.endswith((".db", ".db-wal", ".key", ".mo"))]
