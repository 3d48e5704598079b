"""Applies a migration's frozen statements, and refuses the way back."""

from pathlib import Path
from typing import NoReturn

from alembic import op

from core.errors import StorageError


def apply(migration: str) -> None:
    """Execute the statements for this engine that stand beside a migration. migration: its `__file__`."""
    own = Path(migration)
    name = f"{own.name.partition('_')[0]}_{op.get_bind().dialect.name}.sql"
    for statement in own.with_name(name).read_text(encoding="utf-8").split(";\n"):
        if statement.strip():
            op.execute(statement)


def refuse(lost: str) -> NoReturn:
    """Raises StorageError: a way back would drop data for good. lost: what, as `what was routed`."""
    raise StorageError(
        f"the schema goes forward only: a way back would lose {lost}; restore a backup of the older one"
    )
