"""Whatever headers and timetables say, limits and slots are read or passed over: nothing escapes."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from core.settings.integrations import Schedule
from health.quota_headers import NAMES, read, retry_after
from health.schedule import Timetable, lateness

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "200"))
"""10,000 of them with FUZZ_EXAMPLES=10000."""

fuzzed = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
AT = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)
NAMES_OF_HEADERS = st.sampled_from(
    ["RateLimit", "RateLimit-Policy", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "X-RateLimit-Limit",
     "X-RateLimit-Remaining", "X-RateLimit-Reset", "X-RateLimit-Resource", "X-RateLimit-Used", "X-Rate-Limit-Limit",
     "X-Rate-Limit-Reset", "X-Shopify-Shop-Api-Call-Limit", "Sforce-Limit-Info", "X-HubSpot-RateLimit-Daily",
     "X-HubSpot-RateLimit-Daily-Remaining", "X-HubSpot-RateLimit-Interval-Milliseconds", "Beta-RateLimit", "Beta-RateLimit-Policy",
     "X-RateLimit-Interval-Seconds", "X-RateLimit-FillRate", "Zendesk-RateLimit-Incremental-Exports", "X-RateLimit-Bucket",
     "X-RateLimit-Reset-After", "X-RateLimit-Global", "X-RateLimit-Scope", "Retry-After", "Date", "Age", "x-ms-ratelimit-remaining-x",
     "anthropic-ratelimit-tokens-reset", "X-Rate-Limit-Requests-Left", "X-RateLimit-Requests-Remaining"]
)  # fmt: skip
VALUES = st.text(max_size=25) | st.lists(
    st.sampled_from(
        ['"default"', ";r=50", ";t=30", ";q=100", ";w=60", ",", ";", "=", "/", "32/40", "100", "0", "-1", "1.5", "9" * 400, "1e999",
         "1764000000", "1764000000123", "nan", "inf", "٣", "Tue, 24 Nov 2026 14:00:00 GMT", "2026-11-24T14:00:00Z", "api-usage=10/100",
         "per-app-api-usage=1/2(appName=x)", "?1", "?0", '"', "\\", ":YWJj:", "@1764000000", "(", ")", " ", "\x00", "00001-13-45"]
    ),
    max_size=6,
).map("".join)  # fmt: skip


@given(
    st.lists(st.tuples(NAMES_OF_HEADERS | st.text(max_size=10), VALUES), max_size=8),
    st.sampled_from([200, 403, 429, 503]),
    st.sampled_from(sorted(NAMES)),
)
@fuzzed
def test_any_headers_are_limits_or_problems(
    headers: list[tuple[str, str]], status: int, dialect: str
) -> None:
    """Every number is finite and every reset can be shown, in every dialect."""
    found, problems = read(headers, status=status, observed_at=AT, scope="s", dialect=dialect)
    for one in found:
        assert one.used_ratio is None or 0 <= one.used_ratio < float("inf")
        assert one.resets_at is None or one.resets_at.utcoffset() is not None
    assert all(problem.message for problem in problems)


@given(VALUES | NAMES_OF_HEADERS, VALUES)
@fuzzed
def test_any_retry_after_is_a_time_or_nothing(value: str, date: str) -> None:
    """Never negative, never so long that no instant follows."""
    wait = retry_after({"Retry-After": value, "Date": date}, AT)
    assert wait is None or AT + wait >= AT


@given(
    st.lists(
        st.sampled_from(["*", "*/7", "0", "30", "2", "1-5", "sun", "L", "29", "*/0", "1#5", "23"]), min_size=5, max_size=5
    ).map(" ".join),
    st.sampled_from(["UTC", "Europe/Moscow", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia"]),
    st.integers(0, 400 * 86400),
)  # fmt: skip
@fuzzed
def test_any_timetable_can_be_judged(cron: str, zone: str, ago: int) -> None:
    """Of a cron that is one, in any zone: what was missed is counted, and bounded."""
    try:
        Schedule.model_validate({"cron": cron})
    except ValidationError:
        return
    timetable = Timetable(cron=cron, zone=ZoneInfo(zone))
    last = AT - timedelta(seconds=ago)
    found = lateness(timetable, last_start=last, now=AT, known_since=last)
    assert found is None or found.missed >= 0
