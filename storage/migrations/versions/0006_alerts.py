"""The tables of alerts, as frozen statements beside this file."""

from storage.migrations import frozen

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add nine tables."""
    frozen.apply(__file__)


def downgrade() -> None:
    """Refused, with what it would lose and what to do instead."""
    frozen.refuse("alerts and what people decided about them")
