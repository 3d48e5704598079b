"""The first schema, as frozen statements beside this file: one list per engine."""

from storage.migrations import frozen

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make every table."""
    frozen.apply(__file__)


def downgrade() -> None:
    """Refused, with what it would lose and what to do instead."""
    frozen.refuse("everything")
