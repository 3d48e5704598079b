"""The status document says of each integration exactly what is stored, and the worst of all."""

from __future__ import annotations

from datetime import timedelta

from assess.status import status_document
from core.histogram import Histogram
from core.records import ApiCalls, CredentialReading, FailedRecord, QuotaReading
from core.settings import Settings
from storage.store import Store
from tests.assess.assess_house import MINUTE, NOW, House, one, run, settings_of

FIELDS = [
    "key",
    "name",
    "method",
    "health",
    "reason",
    "late",
    "last_run",
    "runs_24h",
    "failed_runs_24h",
    "run_failure_ratio_24h",
    "failed_records_open",
    "api_calls_24h",
    "api_errors_24h",
    "api_error_ratio_24h",
    "quotas",
    "credential",
    "sources",
]


def document(house: House) -> dict[str, object]:
    with house.store.read() as connection:
        return dict(status_document(connection, house.settings, NOW))


def integrations(house: House) -> dict[str, dict[str, object]]:
    found = document(house)["integrations"]
    assert isinstance(found, list)
    return {row["key"]: row for row in found}


def calls(status: int, count: int, minutes: float = 5) -> ApiCalls:
    minute = (NOW - minutes * MINUTE).replace(second=0, microsecond=0)
    return ApiCalls(
        minute=minute,
        method="GET",
        endpoint="/u",
        status=status,
        calls=count,
        latency=Histogram([0.1] * count),
    )


def test_the_document_of_one_integration(store: Store) -> None:
    """Every field of the contract, with exact numbers."""
    source = "sources: [{type: sample, name: log, every: 1m, not_errors: ['404']}]"
    text = one("crm", "The CRM").replace("sources: [{type: sample, name: log, every: 1m}]", source)
    house = House(store, settings_of(text))
    house.write(
        "crm",
        run("a", minutes=100),
        run("b", "failed", 50),
        run("c", "cancelled", 20),
        run("d", minutes=10, job="staff"),
        run("e", "running", 5),
        run("old", "failed", 25 * 60),
        calls=(calls(200, 90), calls(404, 5), calls(500, 3), calls(0, 2), calls(500, 9, 26 * 60)),
        quotas=(
            QuotaReading(
                scope="k",
                quota="hour",
                observed_at=NOW - MINUTE,
                limit=5000,
                remaining=4000,
                resets_at=NOW + MINUTE,
            ),
        ),
        credentials=(
            CredentialReading(observed_at=NOW - MINUTE, valid=True, expires_at=NOW + timedelta(90)),
        ),
        failed_records=(FailedRecord(record_key="1", occurred_at=NOW - MINUTE, fingerprint="x"),),
    )
    house.poll("crm", 0.5, bad_items=7)
    found = document(house)
    assert list(found) == ["as_of", "verdict", "integrations"]
    assert found["as_of"] == "2026-11-24T12:30:00+00:00"
    row = integrations(house)["crm"]
    assert list(row) == FIELDS
    assert (row["name"], row["method"], row["late"]) == ("The CRM", "api", None)
    assert row["last_run"] == {
        "external_id": "d",
        "job": "staff",
        "status": "succeeded",
        "started_at": "2026-11-24T12:19:00+00:00",
        "finished_at": "2026-11-24T12:20:00+00:00",
    }
    assert (row["runs_24h"], row["failed_runs_24h"], row["run_failure_ratio_24h"]) == (3, 1, 1 / 3)
    assert row["failed_records_open"] == 1
    assert (row["api_calls_24h"], row["api_errors_24h"], row["api_error_ratio_24h"]) == (100, 3, 3 / 98)
    assert row["quotas"] == [
        {
            "scope": "k",
            "quota": "hour",
            "limit": 5000,
            "remaining": 4000,
            "used_ratio": 1 - 4000 / 5000,
            "resets_at": "2026-11-24T12:31:00+00:00",
        }
    ]
    assert row["credential"] == {
        "source": "log",
        "valid": True,
        "reason": "",
        "expires_at": "2027-02-22T12:30:00+00:00",
        "observed_at": "2026-11-24T12:29:00+00:00",
    }
    assert row["sources"] == [
        {
            "name": "log",
            "type": "sample",
            "last_poll_at": "2026-11-24T12:29:30+00:00",
            "last_result": "ok",
            "error": None,
            "age_seconds": 30.0,
        }
    ]


def verdict(store: Store, settings: Settings, *healthy: str, failing: tuple[str, ...] = ()) -> object:
    house = House(store, settings)
    for key in (*healthy, *failing):
        house.poll(key)
        house.write(key, run("1", "failed" if key in failing else "succeeded", 20), run("2", minutes=30))
        if key in failing:
            house.write(key, run("3", "failed", 10))
    return document(house)["verdict"]


def test_the_verdict_is_healthy_when_all_are(store: Store) -> None:
    """Two healthy integrations make a healthy whole."""
    assert verdict(store, settings_of(one("a"), one("b")), "a", "b") == "healthy"


def test_not_knowing_outranks_healthy(store: Store) -> None:
    """One integration that was never read makes the whole unknown."""
    assert verdict(store, settings_of(one("a"), one("b")), "a") == "unknown"


def test_failing_outranks_not_knowing(store: Store) -> None:
    """A known failure is said first."""
    assert verdict(store, settings_of(one("a"), one("b")), failing=("b",)) == "failing"


def test_nothing_that_counts_is_unknown(store: Store) -> None:
    """No integration, or only paused ones: nothing is known, and that is not healthy."""
    assert verdict(store, settings_of(one("a", more="paused: yes"))) == "unknown"


def test_paused_and_testing_do_not_weigh(store: Store) -> None:
    """What is paused or not live yet changes no verdict, and says so."""
    settings = settings_of(one("a"), one("p", more="paused: yes"), one("t", more="stage: testing"))
    house = House(store, settings)
    house.poll("a")
    house.write("a", run("1"))
    house.write("t", run("1", "failed"), run("2", "failed", 20))
    found = integrations(house)
    assert document(house)["verdict"] == "healthy"
    assert (found["p"]["health"], found["t"]["health"]) == ("unknown", "unknown")
    assert "Paused" in str(found["p"]["reason"])
    assert "testing" in str(found["t"]["reason"])


def test_a_database_that_knows_nothing_yet(store: Store) -> None:
    """Configured a moment ago and never polled: unknown, with nothing made up."""
    house = House(store, settings_of(one("a")), known_for=timedelta(0))
    row = integrations(house)["a"]
    assert (row["health"], row["last_run"], row["run_failure_ratio_24h"]) == ("unknown", None, None)
    assert row["sources"] == [
        {
            "name": "log",
            "type": "sample",
            "last_poll_at": None,
            "last_result": None,
            "error": None,
            "age_seconds": None,
        }
    ]


def test_an_integration_the_database_has_not_heard_of(store: Store) -> None:
    """A file newer than the database still gives a whole document."""
    house = House(store, settings_of(one("a")))
    house.settings = settings_of(one("a"), one("b"))
    assert integrations(house)["b"]["health"] == "unknown"
