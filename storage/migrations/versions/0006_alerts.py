"""The tables of alerts, as frozen statements beside this file."""

from pathlib import Path

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add nine tables."""
    engine = op.get_bind().dialect.name
    statements = Path(__file__).with_name(f"0006_{engine}.sql").read_text(encoding="utf-8")
    for statement in statements.split(";\n"):
        if statement.strip():
            op.execute(statement)


def downgrade() -> None:
    """What people wrote would be lost: restore a backup instead."""
    raise NotImplementedError("restore a backup instead")
