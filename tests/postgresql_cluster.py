"""A real PostgreSQL for the storage suite: the one given, or a temporary one started here."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

GIVEN = "MONITOR_TEST_POSTGRESQL_URL"


def programs() -> Path | None:
    """The folder that holds `initdb` and `pg_ctl`; None where PostgreSQL is not installed."""
    on_path = shutil.which("initdb")
    if on_path is not None and shutil.which("pg_ctl"):
        return Path(on_path).parent
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else None


def missing() -> str | None:
    """Why there is no PostgreSQL here, and what to do about it; None if there is one."""
    if os.environ.get(GIVEN) or programs():
        return None
    return f"PostgreSQL is not installed here; install it, or set {GIVEN} to a server's address"


@contextmanager
def server() -> Iterator[sa.URL]:
    """The address of a server on which databases may be made and dropped."""
    given = os.environ.get(GIVEN)
    if given:
        yield sa.make_url(given).set(drivername="postgresql+psycopg")
        return
    folder = programs()
    assert folder is not None
    home = Path(tempfile.mkdtemp(prefix="monitor-pg-", dir="/tmp"))
    # PostgreSQL refuses to run as root.
    user = "postgres" if os.geteuid() == 0 else None
    if user:
        shutil.chown(home, user, user)

    def run(*command: str) -> None:
        subprocess.run(
            [str(folder / command[0]), *command[1:]],
            user=user,
            cwd=home,
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    data = home / "data"
    options = f"-k {home} -c listen_addresses= -c fsync=off -c max_connections=60"
    run("initdb", "-D", str(data), "-U", "monitor", "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
    run("pg_ctl", "-D", str(data), "-w", "-o", options, "-l", str(home / "log"), "start")
    try:
        yield sa.make_url(f"postgresql+psycopg://monitor@/postgres?host={home}")
    finally:
        run("pg_ctl", "-D", str(data), "-m", "immediate", "stop")
        shutil.rmtree(home, ignore_errors=True)


class Databases:
    """Makes databases on one server, each a copy of a migrated one."""

    def __init__(self, url: sa.URL) -> None:
        self._url = url
        self._prefix = f"monitor_{os.getpid()}"
        self._engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
        self._made: list[str] = []

    def empty(self) -> str:
        """The URL of a new database without tables."""
        return self._make("template0")

    def migrated(self) -> str:
        """The URL of a new database with the newest schema."""
        if not self._made or not self._made[0].endswith("_template"):
            from storage.migrate import upgrade

            name = f"{self._prefix}_template"
            self._execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
            self._made.insert(0, name)
            upgrade(self._address(name))
        return self._make(self._made[0])

    def drop_all(self) -> None:
        """Drop what was made."""
        for name in reversed(self._made):
            self._execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        self._engine.dispose()

    def _make(self, template: str) -> str:
        name = f"{self._prefix}_{len(self._made)}"
        self._execute(f"CREATE DATABASE {name} TEMPLATE {template} ENCODING 'UTF8'")
        self._made.append(name)
        return self._address(name)

    def _address(self, name: str) -> str:
        return self._url.set(database=name).render_as_string(hide_password=False)

    def _execute(self, statement: str) -> None:
        with self._engine.connect() as connection:
            connection.exec_driver_sql(statement)
