"""Record events and counts of both sides, as frozen statements beside this file: one list per engine."""

from storage.migrations import frozen

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the two tables."""
    frozen.apply(__file__)


def downgrade() -> None:
    """Refused, with what it would lose and what to do instead."""
    frozen.refuse("what was read of record events and counts")
