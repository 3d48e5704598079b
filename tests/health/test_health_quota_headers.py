"""Rate-limit headers: vectors of every dialect, the recorded answers, and whatever bytes may come."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from health.quota_headers import NAMES, read, retry_after

HERE = Path(__file__).parent
OBSERVED_AT = datetime(2026, 11, 24, 13, 46, 25, tzinfo=UTC)
VECTORS = json.loads((HERE / "vectors_quota_headers.json").read_text("utf-8"))
SAMPLES = sorted((HERE / "quota_samples").glob("*.http"))


def answers(path: Path) -> list[tuple[int, dict[str, str]]]:
    """The recorded answers of one file: status and headers."""
    found = []
    for block in re.split(r"^### .*\n", path.read_text("utf-8"), flags=re.M)[1:]:
        status, *lines = block.split("\n\n")[0].splitlines()
        headers = dict(line.split(": ", 1) for line in lines)
        found.append((int(status.split()[1]), headers))
    return found


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["id"] for vector in VECTORS])
def test_each_dialect_is_read_as_its_vector_says(vector: dict[str, Any]) -> None:
    """Every limit of the answer, and nothing else, with what could not be read counted."""
    readings, problems = read(
        vector["headers"],
        status=vector.get("status", 200),
        observed_at=OBSERVED_AT,
        scope="key-1",
        dialect=vector.get("dialect", "auto"),
    )
    got = [
        {
            "quota": one.quota,
            "limit": one.limit,
            "remaining": one.remaining,
            "resets_in": (one.resets_at - OBSERVED_AT).total_seconds() if one.resets_at else None,
            "window": one.window_seconds,
            "limited": one.limited,
        }
        for one in readings
    ]
    expected = [{"resets_in": None, "window": None, "limited": False, **one} for one in vector["expect"]]
    assert got == expected
    assert all(one.scope == "key-1" and one.observed_at == OBSERVED_AT for one in readings)
    wanted = vector.get("problems", 0)
    assert len(problems) > 0 if wanted == "some" else len(problems) == wanted


@pytest.mark.parametrize("path", SAMPLES, ids=[path.stem for path in SAMPLES])
def test_recorded_answers_of_real_limiters_are_read(path: Path) -> None:
    """Three calls use the limit of 3 up, further ones are refused; the reset is a minute away."""
    expected = [(2, False), (1, False), (0, False)]
    recorded = answers(path)
    assert len(recorded) > 3
    for number, (status, headers) in enumerate(recorded):
        readings, problems = read(headers, status=status, observed_at=OBSERVED_AT, scope="k")
        [one] = readings
        assert not problems
        assert one.limit == 3
        assert (one.remaining, one.limited) == (expected[number] if number < 3 else (0, True))
        assert one.quota == ("crm-api" if "draft8" in path.name else "default")
        assert one.resets_at is not None
        assert 50 <= (one.resets_at - OBSERVED_AT).total_seconds() <= 61


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("60", 60),
        ("2.5", 2.5),
        ("0", 0),
        ("Tue, 24 Nov 2026 13:47:22 GMT", 60),
        ("Tue, 24 Nov 2026 13:00:00 GMT", 0),
        ("soon", None),
        ("-5", None),
        ("", None),
    ],
)
def test_retry_after_is_seconds_decimals_or_a_date(value: str, seconds: float | None) -> None:
    """A date is taken against the answer's own Date; a malformed value is none."""
    wait = retry_after({"Retry-After": value, "Date": "Tue, 24 Nov 2026 13:46:22 GMT"}, OBSERVED_AT)
    assert wait == (None if seconds is None else timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After-Ms": "1500"}, 1.5),
        ({"x-ms-retry-after-ms": "250"}, 0.25),
        ({"X-Rate-Limit-Retry-After-Seconds": "30"}, 30),
        ({"X-RateLimit-Retry-After": "30"}, 30),
        ({"X-Retry-After": "7"}, 7),
        ({"Retry-After": "2", "Retry-After-Ms": "1500"}, 2),
        ({"Retry-After": "soon", "Retry-After-Ms": "1500"}, 1.5),
        ({"Retry-After-Ms": "9e99"}, 3660 * 86400),
        ({"X-Retry-After": "soon"}, None),
    ],
)
def test_a_wait_may_have_other_names(headers: dict[str, str], seconds: float | None) -> None:
    """The standard one is believed before them."""
    wait = retry_after(headers, OBSERVED_AT)
    assert wait == (None if seconds is None else timedelta(seconds=seconds))


def test_several_headers_of_one_name_are_one_list() -> None:
    """Two `RateLimit` lines tell two limits."""
    pairs = [("RateLimit", '"a";r=1;t=2'), ("ratelimit", '"b";r=3;t=4')]
    readings, _ = read(pairs, status=200, observed_at=OBSERVED_AT, scope="k")
    assert [(one.quota, one.remaining) for one in readings] == [("a", 1), ("b", 3)]


def test_an_unknown_dialect_is_refused_with_the_choice() -> None:
    """A misspelt dialect is a mistake of the configuration, not of the answer."""
    with pytest.raises(ValueError, match=r"use one of auto, github"):
        read({}, status=200, observed_at=OBSERVED_AT, scope="k", dialect="githb")


NAMED = sorted({name for vector in VECTORS for name in vector["headers"]} | {"Retry-After", "Age", "Date"})
VALUES = st.one_of(
    st.text(max_size=40),
    st.text(alphabet='0123456789.,;=/-"rtqw :()+eE', max_size=40),
    st.sampled_from([value for vector in VECTORS for value in vector["headers"].values()]),
    st.integers().map(str),
    st.floats().map(str),
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.dictionaries(st.sampled_from(NAMED), VALUES, max_size=8),
    st.sampled_from([200, 403, 429, 503]),
    st.sampled_from(NAMES),
)
def test_no_headers_raise_and_every_reading_is_sound(
    headers: dict[str, str], status: int, dialect: str
) -> None:
    """Whatever a server sends: readings or problems, ratios in [0, 1], and never an exception."""
    readings, _ = read(headers, status=status, observed_at=OBSERVED_AT, scope="k", dialect=dialect)
    retry_after(headers, OBSERVED_AT)
    for one in readings:
        assert one.used_ratio is None or 0 <= one.used_ratio <= 1
        assert not one.limited or status in {403, 429, 503}
    assert len({one.quota for one in readings}) == len(readings)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After-short": "1", "Retry-After-long": "57"}, 57),
        ({"Retry-After": "5", "Retry-After-long": "57"}, 5),
        ({"Retry-After-long": "soon"}, None),
        ({"Retry-After-Ms": "57000"}, 57),
    ],
    ids=["named", "plain first", "malformed", "milliseconds"],
)
def test_waits_told_for_limits_by_name_are_waited_for(headers: dict[str, str], seconds: float | None) -> None:
    """NestJS tells `Retry-After-long`: the longest of them, where there is no plain one."""
    wait = retry_after(headers, OBSERVED_AT)
    assert (None if wait is None else wait.total_seconds()) == seconds
