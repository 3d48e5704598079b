"""Whether a source's runs tell their jobs, as frozen statements beside this file."""

from storage.migrations import frozen

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a column, and fill it by what is stored."""
    frozen.apply(__file__)


def downgrade() -> None:
    """Refused, with what it would lose and what to do instead."""
    frozen.refuse("which sources leave out the jobs of their runs")
