"""The table of delivered files, as frozen statements beside this file: one list per engine."""

from pathlib import Path

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    engine = op.get_bind().dialect.name
    statements = Path(__file__).with_name(f"0003_{engine}.sql").read_text(encoding="utf-8")
    for statement in statements.split(";\n"):
        if statement.strip():
            op.execute(statement)


def downgrade() -> None:
    """Deliveries cannot be kept without their table: restore a backup instead."""
    raise NotImplementedError("restore a backup instead")
