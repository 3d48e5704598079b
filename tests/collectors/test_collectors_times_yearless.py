"""The times of syslog name no year: the last such day before the file's last change is meant."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from collectors.sources._access_log_settings import AccessLogSettings
from collectors.sources.access_log import batches as access_batches
from collectors.sources.log_file import batches as log_batches
from collectors.times import Hints, parse_time
from collectors.times_spoken import DateOrder
from tests.collectors.collectors_fuzz import NOW
from tests.collectors.test_collectors_log_file import settings_of

ZONE = ZoneInfo("Europe/Moscow")


@pytest.mark.parametrize(
    ("text", "near", "expected"),
    [
        ("Nov 24 13:00:00", "2026-11-24T12:00", "2026-11-24T10:00"),
        ("Nov  4 01:00:00.125", "2026-11-24T12:00", "2026-11-03T22:00:00.125"),
        ("Dec 31 23:59:00", "2026-11-24T12:00", "2025-12-31T20:59"),
        ("Jan  1 00:00:05", "2026-12-31T20:59", "2026-12-31T21:00:05"),
        ("Feb 29 12:00:00", "2026-11-24T12:00", "2024-02-29T09:00"),
        ("Tue, Nov 24 13:00:60", "2026-11-24T12:00", "2026-11-24T10:00:59"),
        ("ноя 24 13:00:00", "2026-11-24T12:00", "2026-11-24T10:00"),
        ("Okt 24 13:00:00", "2026-11-24T12:00", "2026-10-24T10:00"),
        ("24 Nov 13:00:00.125", "2026-11-24T12:00", "2026-11-24T10:00:00.125"),
        ("1231 23:59:59.000125", "2027-01-01T12:00", "2026-12-31T20:59:59.000125"),
    ],
    ids=[
        "today",
        "one digit",
        "last year",
        "new year ahead",
        "leap day",
        "weekday and leap second",
        "Russian",
        "German",
        "Redis, NTP",
        "Kubernetes",
    ],
)
def test_the_year_is_the_last_that_fits(text: str, near: str, expected: str) -> None:
    """Of a line written at the latest when its file was changed last; clocks may differ by a day."""
    at = parse_time(text, ZONE, Hints(lambda: datetime.fromisoformat(near).replace(tzinfo=UTC)))
    assert at == datetime.fromisoformat(expected).replace(tzinfo=UTC)


@pytest.mark.parametrize(("text", "order"), [("11-24 13:00:00,125", "mdy"), ("24.11 13:00:00.125", "dmy")])
def test_two_numbers_without_a_year_need_their_order(text: str, order: DateOrder) -> None:
    """As log4j and Android write them where their pattern says so."""
    near = datetime(2027, 1, 1, tzinfo=UTC)
    at = parse_time(text, ZONE, Hints(lambda: near, order))
    assert at == datetime(2026, 11, 24, 10, 0, 0, 125000, tzinfo=UTC)


@pytest.mark.parametrize("text", ["Nov 31 13:00:00", "Nov 24 25:00:00", "Xyz 24 13:00:00", "Nov 24"])
def test_what_is_no_day_is_refused(text: str) -> None:
    """As any other text that is no time."""
    with pytest.raises(ValueError, match="expected"):
        parse_time(text, ZONE, Hints(lambda: NOW))


def test_without_a_moment_to_go_by_it_is_refused() -> None:
    """An API that writes such times may mean any year."""
    with pytest.raises(ValueError, match="expected"):
        parse_time("Nov 24 13:00:00", ZONE)


def test_an_old_file_of_syslog_is_of_its_own_year(tmp_path: Path) -> None:
    """Its last change says which, not our clock; calls and runs alike."""
    import os

    path = tmp_path / "sync.log"
    path.write_text("<13>Nov 24 13:00:00 host sync[12]: run=5 state=ok\n", encoding="utf-8")
    changed = datetime(2024, 11, 24, 14, tzinfo=UTC).timestamp()
    os.utime(path, (changed, changed))
    pattern = r"^<\d+>(?P<at>\w{3} [ \d]\d [\d:]{8}) \S+ \S+: run=(?P<id>\d+) state=(?P<state>\w+)"
    fields = {"external_id": "id", "status": "state", "finished_at": "at"}
    settings = settings_of(path, format="regex", pattern=pattern, fields=fields)
    (run,) = (run for batch in log_batches(settings, {}, NOW) for run in batch.runs)
    assert run.finished_at == datetime(2024, 11, 24, 13, tzinfo=UTC)

    path.write_text("Nov 24 13:00:07 gate app: GET /users 200\n", encoding="utf-8")
    os.utime(path, (changed, changed))
    pattern = r"^(?P<time>\w{3} [ \d]\d [\d:]{8}) .* (?P<request>GET \S+) (?P<status>\d{3})$"
    given = {"type": "access_log", "name": "gate", "path": str(path), "format": "regex", "pattern": pattern}
    (call,) = (
        call
        for batch in access_batches(AccessLogSettings.model_validate(given), {}, NOW)
        for call in batch.calls
    )
    assert call.minute == datetime(2024, 11, 24, 13, tzinfo=UTC)
