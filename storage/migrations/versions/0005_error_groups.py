"""Notes on causes, who looks after them, and records by key, as frozen statements beside this file."""

from storage.migrations import frozen

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a table, a column and an index."""
    frozen.apply(__file__)


def downgrade() -> None:
    """Refused, with what it would lose and what to do instead."""
    frozen.refuse("what people wrote about causes")
