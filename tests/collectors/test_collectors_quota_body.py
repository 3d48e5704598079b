"""Limits in a JSON body, in the shapes that real services give them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.sources._quota_body import MOST, quotas_in

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
RESET = int((NOW + timedelta(minutes=30)).timestamp())

BODIES: dict[str, tuple[object, list[tuple[Any, ...]]]] = {
    "one object": ({"limit": 60, "remaining": 59, "reset": RESET}, [("q", 60, 59, 1800)]),
    "a bare number": (42, [("q", None, 42, None)]),
    "numbers as text": ({"Limit": "60", "Used": "10"}, [("q", 60, 50, None)]),
    "GitHub's resources": (
        {
            "core": {"limit": 5000, "used": 1, "remaining": 4999, "reset": RESET},
            "search": {"limit": 30, "remaining": 18},
        },
        [("q:core", 5000, 4999, 1800), ("q:search", 30, 18, None)],
    ),
    "Salesforce's limits": (
        {
            "DailyApiRequests": {
                "Max": 15000,
                "Remaining": 14998,
                "Ant Migration Tool": {"Max": 0, "Remaining": 0},
            },
            "DataStorageMB": {"Max": 1073, "Remaining": 1073},
        },
        [("q:DailyApiRequests", 15000, 14998, None), ("q:DataStorageMB", 1073, 1073, None)],
    ),
    "HubSpot's list": (
        [{"name": "api-calls-daily", "usageLimit": 500000, "currentUsage": 12, "resetsAt": RESET * 1000}],
        [("q", 500000, 499988, 1800)],
    ),
    "a list of several": (
        [{"type": "minute", "limit": 10, "left": 9}, {"limit": 100, "left": 50}],
        [("q:minute", 10, 9, None), ("q:1", 100, 50, None)],
    ),
    "Shopify's cost": (
        {"throttleStatus": {"maximumAvailable": 2000.0, "currentlyAvailable": 1992, "restoreRate": 100.0}},
        [("q:throttleStatus", 2000, 1992, None)],
    ),
    "used and left in members": (
        {"usage": {"minute": 3}, "limits": {"api": {"limit": 5, "remaining": 2}}},
        [("q:limits:api", 5, 2, None)],
    ),
    "no limit": ({"status": "ok", "items": [{"id": 1}]}, []),
    "nothing": (None, []),
    "a yes": (True, []),
    "a limit of nothing": ({"limit": 0, "remaining": 0}, [("q", 0, 0, None)]),
    "not a number": ({"limit": "many", "remaining": float("nan")}, []),
}


@pytest.mark.parametrize("shape", BODIES)
def test_limits_are_found_in_the_shapes_of_real_bodies(shape: str) -> None:
    """Objects, objects of objects, and lists; each limit by its own name."""
    body, expected = BODIES[shape]
    found = quotas_in(body, scope="k", quota="q", observed_at=NOW, answered_at=NOW, limited=False)
    told = [
        (
            one.quota,
            one.limit,
            one.remaining,
            (one.resets_at - NOW).total_seconds() if one.resets_at else None,
        )
        for one in found
    ]
    assert told == expected


JSON: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.sampled_from(["limit", "remaining", "used", "reset", "window", "a"]), inner, max_size=4
        ),
    ),
)


@given(JSON)
def test_no_body_is_too_odd(body: object) -> None:
    """Whatever it holds: sound readings under names of their own, and no exception."""
    found = quotas_in(body, scope="k", quota="q", observed_at=NOW, answered_at=None, limited=False)
    assert len({one.quota for one in found}) == len(found) <= MOST
    for one in found:
        assert one.used_ratio is None or 0 <= one.used_ratio <= 1


def test_a_reset_beyond_all_time_is_none() -> None:
    """However wrong the clock of the other side is."""
    body = {"limit": 5, "remaining": 3, "reset": "9998-12-31T00:00:00Z"}
    past = datetime(1971, 1, 1, tzinfo=UTC)
    (one,) = quotas_in(body, scope="k", quota="q", observed_at=NOW, answered_at=past, limited=False)
    assert (one.limit, one.resets_at) == (5, None)
