"""The FAQ on stored facts: each check's outcome, the one probable cause, and whom to call."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from assess.diagnosis import Diagnosis, diagnosis
from core.i18n import translator
from core.records import ApiCalls, CredentialReading, ErrorClass, FailedRecord, QuotaReading
from health.diagnosis import Check, Outcome
from health.diagnosis.texts import TITLES
from storage.store import Store
from tests.assess.assess_house import MINUTE, NOW, House, one, run, settings_of

HEAD = "contacts:\n  olga: {name: Olga, email: olga@example.com}"
MORE = "contacts: [{who: olga}]"


def house(store: Store, more: str = MORE) -> House:
    return House(store, settings_of(one("crm", more=more), head=HEAD))


def diagnosed(of: House) -> Diagnosis:
    of.refresh()
    with of.store.read() as connection:
        found = diagnosis(connection, of.settings, "crm", NOW)
    assert found is not None
    return found


def check(of: Diagnosis, key: str) -> Check:
    return next(one for one in of.checks if one.key == key)


def outcomes(of: Diagnosis) -> dict[str, str]:
    return {one.key: one.outcome.value for one in of.checks}


def failed(key: str, message: str, kind: ErrorClass, **more: Any) -> FailedRecord:
    values: dict[str, Any] = {"fingerprint": message[:16], "entity": "user", **more}
    return FailedRecord(
        record_key=key, occurred_at=NOW - 5 * MINUTE, error_message=message, error_class=kind, **values
    )


def said(message: Any, language: str = "en") -> str:
    return translator(language).render(message)


def test_all_questions_are_asked_of_an_integration_nothing_is_known_of(store: Store) -> None:
    """Eight checks, none of which passes because nothing was seen."""
    found = diagnosed(house(store))
    assert set(outcomes(found)) == set(TITLES)
    assert "pass" not in outcomes(found).values()
    assert check(found, "collector_sighted").outcome is Outcome.FAIL


def test_a_healthy_integration_passes_what_can_be_known(store: Store) -> None:
    """No cause, nobody to call; what no source looks at stays unknown."""
    of = house(store)
    of.poll("crm")
    reading = CredentialReading(observed_at=NOW - MINUTE, valid=True)
    quota = QuotaReading(scope="k", quota="hour", observed_at=NOW - MINUTE, limit=100, remaining=90)
    of.write("crm", run("1"), credentials=(reading,), quotas=(quota,))
    found = diagnosed(of)
    assert (found.cause, found.call) == (None, None)
    assert outcomes(found) == {
        "target_log": "pass",
        "source_log": "unknown",
        "key_valid": "pass",
        "limits_respected": "pass",
        "file_as_agreed": "unknown",
        "schedule_kept": "unknown",
        "manager_known": "pass",
        "collector_sighted": "pass",
    }


def test_a_refused_key_outweighs_the_errors_it_makes(store: Store) -> None:
    """The failed run is the effect; the customer's side is called."""
    of = house(store)
    of.poll("crm")
    reading = CredentialReading(observed_at=NOW - MINUTE, valid=False, reason="401 Unauthorized")
    error: dict[str, Any] = {"error_message": "401 Unauthorized", "error_class": ErrorClass.AUTHENTICATION}
    of.write("crm", run("1", "failed", **error), credentials=(reading,))
    found = diagnosed(of)
    assert check(found, "key_valid").outcome is Outcome.FAIL
    assert check(found, "target_log").outcome is Outcome.FAIL
    assert said(found.cause) == "The key is no longer accepted"
    assert said(found.call) == "Olga calls the administrators of HR"


def test_a_missing_manager_is_named_with_whom_it_holds_back(store: Store) -> None:
    """The root record, and each distinct record that waits for it, once."""
    of = house(store)
    of.poll("crm")
    text = "manager not found"
    waiting = tuple(
        failed(f"E-{n}", text, ErrorClass.MISSING_REFERENCE, root_key="E-100", run_external_id=str(again))
        for n in range(1, 8)
        for again in range(2)
    )
    of.write("crm", run("1", "partial"), failed_records=waiting)
    found = diagnosed(of)
    evidence = said(check(found, "manager_known").evidence)
    assert evidence == "E-100 is missing and holds 7 records back: E-1, E-2, E-3, E-4, E-5, …"
    assert said(found.cause) == "The record E-100 is missing, and others wait for it"


def test_an_outage_outweighs_records_that_wait(store: Store) -> None:
    """While whole runs get no answer, a missing manager is not what keeps them from passing."""
    of = house(store)
    of.poll("crm")
    waiting = failed("E-1", "manager not found", ErrorClass.MISSING_REFERENCE, root_key="E-100")
    error: dict[str, Any] = {"error_message": "503 Unavailable", "error_class": ErrorClass.SERVER_ERROR}
    of.write("crm", run("1", "failed", minutes=1, **error), failed_records=(waiting,))
    found = diagnosed(of)
    assert check(found, "manager_known").outcome is Outcome.FAIL
    assert said(found.cause) == "The other system had a fault of its own: 503 Unavailable"


@pytest.mark.parametrize(
    ("limited", "calls", "outcome"),
    [
        (True, (), Outcome.FAIL),
        (False, ((200, 90), (429, 10)), Outcome.FAIL),
        (False, ((200, 100),), Outcome.PASS),
    ],
    ids=["refused now", "refused within the hour", "none refused"],
)
def test_limits_are_judged_by_readings_and_refusals(
    store: Store, limited: bool, calls: tuple[tuple[int, int], ...], outcome: Outcome
) -> None:
    """A 429 among the calls says it as well as the headers do."""
    of = house(store)
    of.poll("crm")
    quotas = (
        (QuotaReading(scope="k", quota="hour", observed_at=NOW - MINUTE, limited=True),) if limited else ()
    )
    minutes = tuple(
        ApiCalls(minute=NOW - 9 * MINUTE, method="POST", endpoint="/users", status=status, calls=count)
        for status, count in calls
    )
    of.write("crm", quotas=quotas, calls=minutes)
    assert check(diagnosed(of), "limits_respected").outcome is outcome


def test_a_few_failed_records_are_no_cause_of_what_a_rule_warns_of(store: Store) -> None:
    """They are listed, but the cause is what degrades the integration."""
    of = house(store)
    of.poll("crm")
    reading = CredentialReading(observed_at=NOW - MINUTE, valid=True, expires_at=NOW + timedelta(days=9))
    records = (failed("E-1", "is there already", ErrorClass.DUPLICATE),)
    of.write("crm", run("1", records_written=900), credentials=(reading,), failed_records=records)
    found = diagnosed(of)
    assert check(found, "target_log").mild
    assert found.cause == check(found, "credential_expires_in_seconds").evidence


def test_a_run_that_did_not_come_points_to_the_scheduler(store: Store) -> None:
    """Where nothing else fails."""
    of = house(store, MORE + "\n    schedule: {every: 15m}")
    of.poll("crm")
    of.write("crm", run("1", minutes=120))
    found = diagnosed(of)
    assert check(found, "schedule_kept").outcome is Outcome.FAIL
    assert "scheduler" in said(found.cause)


def test_a_record_that_waits_explains_no_run_that_did_not_come(store: Store) -> None:
    """Nor what a collector does not see: the missing manager is told, but is not what to begin with."""
    waiting = failed("E-1", "manager not found", ErrorClass.MISSING_REFERENCE, root_key="E-100")
    late = house(store, MORE + "\n    schedule: {every: 15m}")
    late.poll("crm")
    late.write("crm", run("1", minutes=120), failed_records=(waiting,))
    found = diagnosed(late)
    assert check(found, "manager_known").outcome is Outcome.FAIL
    assert "scheduler" in said(found.cause)
    assert found.next_step == check(found, "schedule_kept").next_step


def test_a_blind_collector_is_a_cause_only_where_nothing_else_is_known(store: Store) -> None:
    """And it is for us to mend, not for the customer."""
    of = house(store)
    of.poll("crm", minutes=60)
    of.write("crm", run("1"))
    found = diagnosed(of)
    assert said(found.call) == "Olga calls those who run this monitor"
    error: dict[str, Any] = {"error_message": "Internal Server Error", "error_class": ErrorClass.SERVER_ERROR}
    of.write("crm", run("2", "failed", minutes=5, **error))
    found = diagnosed(of)
    assert said(found.cause) == "The other system had a fault of its own: Internal Server Error"
    assert said(found.call) == "Olga calls the engineers of Butterboard"


def test_why_a_source_is_not_seen_is_said_apart_from_what_else_is_wrong(store: Store) -> None:
    """For whoever was told of the source alone; nothing where every source is seen."""
    of = house(store)
    of.poll("crm", minutes=60)
    error: dict[str, Any] = {"error_message": "Internal Server Error", "error_class": ErrorClass.SERVER_ERROR}
    of.write("crm", run("2", "failed", minutes=5, **error))
    found = diagnosed(of)
    assert found.of_sight is not None
    assert "does not see its source" in said(found.of_sight.cause)
    assert found.of_sight.next_step == check(found, "collector_sighted").next_step
    assert said(found.of_sight.call) == "Olga calls those who run this monitor"
    of.poll("crm")
    assert diagnosed(of).of_sight is None


def test_what_rules_warn_of_beyond_the_questions_is_listed_too(store: Store) -> None:
    """A run of successes without records is no question of the FAQ, but it is told."""
    of = house(store)
    of.poll("crm")
    full = [run(str(n), minutes=100 + n, records_written=5) for n in range(9)]
    of.write("crm", *full, run("empty", minutes=10, records_written=0))
    found = diagnosed(of)
    assert check(found, "zero_records").mild
    assert found.cause == check(found, "zero_records").evidence


def test_old_failures_and_settled_causes_are_left_out(store: Store) -> None:
    """What was resolved by a person, or lies days back, is no evidence of now."""
    of = house(store)
    of.poll("crm")
    old = failed("E-1", "bad mail", ErrorClass.VALIDATION)
    from msgspec.structs import replace

    of.write("crm", failed_records=(replace(old, occurred_at=NOW - timedelta(days=3)),))
    assert check(diagnosed(of), "target_log").outcome is Outcome.PASS


def test_every_text_has_a_russian_form(store: Store) -> None:
    """A Russian reader sees no English sentence."""
    of = house(store, MORE + "\n    schedule: {every: 15m}")
    of.poll("crm", minutes=60)
    of.write("crm", run("1", "failed", minutes=120))
    found = diagnosed(of)
    for message in (found.cause, found.call, *(each.evidence for each in found.checks)):
        assert message is not None
        assert not said(message, "ru").isascii()
