"""Which revision of the schema a database has and which one this program needs, without Alembic.

Importing Alembic takes longer than a whole `status`; its table and the names of its files suffice.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import sqlalchemy as sa

MIGRATIONS = Path(__file__).parent / "migrations"


@cache
def head_revision() -> str:
    """The newest revision: the files are named after theirs, `0001_….py`."""
    return max(path.name.split("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def current_revision(connection: sa.Connection) -> str | None:
    """The revision of a database; None for one without our tables."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    return connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one_or_none()
