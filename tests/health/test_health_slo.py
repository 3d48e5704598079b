"""SLO: what was promised against what happened."""

import pytest

from core.facts import WindowFacts
from core.records import RunStatus
from health.slo import SloReading, of_records, of_runs, reading


@pytest.mark.parametrize(
    ("objective", "events", "failures", "success", "left", "met"),
    [
        (0.99, 0, 0, None, None, None),
        (0.99, 1000, 0, 1.0, 1.0, True),
        (0.99, 1000, 5, 0.995, 0.5, True),
        (0.99, 1000, 10, 0.99, 0.0, True),
        (0.99, 1000, 20, 0.98, -1.0, False),
        (1.0, 10, 0, 1.0, 1.0, True),
        (1.0, 10, 1, 0.9, 0.0, False),
    ],
    ids=["nothing ran", "untouched", "half used", "used up", "overdrawn", "all, kept", "all, broken"],
)
def test_the_error_budget_is_the_part_of_allowed_failures_not_used(
    objective: float, events: int, failures: int, success: float | None, left: float | None, met: bool | None
) -> None:
    """1 is untouched, 0 used up, below 0 overdrawn; without events there is none."""
    got = reading(objective, events, failures)
    assert (got.success, got.met) == (success, met)
    assert got.budget_left == (left if left is None else pytest.approx(left))


def test_runs_are_counted_as_everywhere() -> None:
    """Cancelled runs stand beside; partial is a failure only where that is said."""
    sums = WindowFacts(
        runs={RunStatus.SUCCEEDED: 8, RunStatus.PARTIAL: 1, RunStatus.FAILED: 1, RunStatus.CANCELLED: 9}
    )
    assert of_runs(sums, 0.9).success == 0.9
    assert of_runs(sums, 0.9, partial_is_failure=True).success == 0.8


def test_records_need_a_run_that_told_them() -> None:
    """No run told how many failed: no data, not a perfect score."""
    assert of_records(WindowFacts(records_read=10), 0.9) == SloReading(0.9, 0, 0, None, None)
    assert of_records(WindowFacts(records_read=10, records_failed=1), 0.9).success == 0.9
