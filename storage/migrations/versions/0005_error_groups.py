"""Notes on causes, who looks after them, and records by key, as frozen statements beside this file."""

from pathlib import Path

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a table, a column and an index."""
    engine = op.get_bind().dialect.name
    statements = Path(__file__).with_name(f"0005_{engine}.sql").read_text(encoding="utf-8")
    for statement in statements.split(";\n"):
        if statement.strip():
            op.execute(statement)


def downgrade() -> None:
    """What people wrote would be lost: restore a backup instead."""
    raise NotImplementedError("restore a backup instead")
