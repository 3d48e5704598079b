"""The table of delivered files, as frozen statements beside this file: one list per engine."""

from storage.migrations import frozen

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    frozen.apply(__file__)


def downgrade() -> None:
    """Refused, with what it would lose and what to do instead."""
    frozen.refuse("the deliveries")
