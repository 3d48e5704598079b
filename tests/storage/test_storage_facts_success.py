"""The newest success is found wherever it lies, and without walking through the failures after it."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.clock import to_micros
from storage import queries
from storage.facts.recent import last_succeeded
from storage.facts.scope import scope_of
from storage.store import Store
from tests.storage.storage_plans import plan_of
from tests.storage.storage_reading import Filled
from tests.storage.storage_samples import CRM, NOW, at, run

MINUTES = 10 * 60
_examples = [0]


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    ends=st.lists(st.tuples(st.integers(1, MINUTES), st.booleans()), min_size=1, max_size=12),
    asked=st.lists(st.integers(0, MINUTES + 60), min_size=1, max_size=6),
)
def test_it_is_the_last_run_before_an_instant_that_succeeded(
    store: Store, ends: list[tuple[int, bool]], asked: list[int]
) -> None:
    """Whichever hours the runs and the instant fall into; None where there was none."""
    _examples[0] += 1
    # Each example lies a day before the one before it: nothing older is there when it is asked.
    start = _examples[0] * 24 * 60
    filled = Filled(store)
    with store.read() as connection:
        filled.revisions[CRM], _ = queries.cursor_of(connection, CRM)
        scope = scope_of(connection, {"crm"})
    filled.runs(
        *(
            run(f"{start}.{place}", "succeeded" if good else "failed", started=None, finished=start + minutes)
            for place, (minutes, good) in enumerate(ends)
        )
    )
    (one,) = scope.integrations
    for minutes in asked:
        good_ends = [start + end for end, good in ends if good and end >= minutes]
        expected = to_micros(at(min(good_ends))) if good_ends else None
        with store.read() as connection:
            assert last_succeeded(connection, scope, to_micros(at(start + minutes))).get(one) == expected


def test_failures_are_not_walked_through(store: Store) -> None:
    """Runs are asked for within two hours only; which one of them is good, the hours know."""
    filled = Filled(store)
    filled.runs(run("1"))
    with store.read() as connection:
        if connection.dialect.name != "sqlite":
            pytest.skip("PostgreSQL decides by its statistics")
        scope = scope_of(connection, {"crm"})
        plan = plan_of(connection, lambda c: last_succeeded(c, scope, to_micros(NOW)))
    assert plan.count("SEARCH sync_run USING INDEX ix_sync_run_at (integration_id=? AND at>? AND at<?)") == 2
    assert "SEARCH run_hour USING PRIMARY KEY (integration_id=? AND hour<?)" in plan
