"""Many sources, some silent, some limited: each due poll leaves one row, and none comes too early."""

from __future__ import annotations

import pytest

from benchmarks.polling import measure


@pytest.mark.slow
def test_every_due_poll_leaves_one_row_and_none_comes_before_its_retry_after() -> None:
    """60 sources, half a minute, every 10 s, with 5 % silence and 5 % refusals for a limit."""
    found = measure(sources=60, integrations=20, seconds=35, every_seconds=10)
    assert found.polls.total() >= 150
    assert found.fates["limited"] > 0
    assert found.fates["silent"] > 0
    assert found.polls["ok"] > 100
    assert found.missing == 0
    assert found.early == 0
