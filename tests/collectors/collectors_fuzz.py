"""What fuzzing feeds to parsers: any bytes and texts, and nearly right ones, which reach further."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from collectors.arrival import Arrival
from core.masking import Masker
from core.records import Batch, Side

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "100"))
"""10,000 of them with FUZZ_EXAMPLES=10000."""

fuzzed = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
NOW = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)
ARRIVAL = Arrival(side=Side.TARGET, masker=Masker(b"fuzz"), now=NOW)

numbers = st.one_of(
    st.integers(),
    st.integers(-3, 10**13),
    st.floats(),
    st.sampled_from([10**400, -(10**400), 2**63, 1e308, -0.0, 1764000000, 1764000000123]),
)
words = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        ["", "0", "-1", "1e999", "9" * 400, "NaN", "inf", "٣", "2026-11-24T13:30:50Z", "2026-02-30",
         "24/Nov/2026:13:30:50 +0000", "24/Xyz/2026:99:99:99 +9999", "0001-01-01T00:00:00", "9999-12-31T23:59:59-12:00",
         "Tue, 24 Nov 2026 13:30:50 GMT", "Tue, 99 Foo 9999", "2026-11-24T25:61:61", "24.11.2026", "00.00.0000", "Nov 24 13:00:00", "Feb 29 23:59:60", "Tue Nov 24 13:30:50 CET 2026", "03/04/26 12:00 PM", "13-32-2026",
         "succeeded", "RUNNING", "failed", "\ud800", "\x00", "true", "null", "{}", "[", "1764000000", "-1764000000123"]
    ),
    numbers.filter(lambda one: not isinstance(one, int) or abs(one) < 10**400).map(str),
)  # fmt: skip
scalars = st.one_of(st.none(), st.booleans(), numbers, words)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


def item_of(*names: str) -> st.SearchStrategy[dict[str, object]]:
    """Objects with some of these keys, whatever they hold."""
    return st.dictionaries(st.sampled_from(names), values, max_size=len(names))


def dumped(value: object) -> bytes:
    """As JSON, with what many systems write in it: NaN, huge numbers, lone surrogates."""
    try:
        return json.dumps(value).encode()
    except ValueError:  # more digits than Python writes
        return b'{"id": 1' + b"0" * 5000 + b"}"


def arrived(batch: Batch) -> Batch:
    """The batch as it would be stored: classified and masked."""
    return ARRIVAL.batch(batch)
