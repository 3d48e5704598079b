"""Record events and counts of both sides, as frozen statements beside this file: one list per engine."""

from pathlib import Path

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the two tables."""
    engine = op.get_bind().dialect.name
    statements = Path(__file__).with_name(f"0002_{engine}.sql").read_text(encoding="utf-8")
    for statement in statements.split(";\n"):
        if statement.strip():
            op.execute(statement)


def downgrade() -> None:
    """What was read would be lost: restore a backup instead."""
    raise NotImplementedError("restore a backup instead")
