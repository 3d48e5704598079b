"""The past of a rule: equal to what judging at that instant gives, and never further back than anything is known."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from assess.history import Series, series
from assess.plan import MEASURING, plan_of
from core.alert_states import AlertKey, Evaluation, Severity
from core.alerting import AlertInputs, AlertOutcome
from core.histogram import Histogram
from core.records import ApiCalls, CredentialReading, QuotaReading, RunStatus, SyncRun
from health.built_in import DEFAULT_RULES
from health.rule import Rule
from health.rules import volumes_of, windows_of
from health.status import read_rule
from storage.facts import facts_of
from storage.facts.stretch import stretch
from storage.store import Store
from tests.assess.assess_house import MINUTE, NOW, House, one, run, settings_of

DAY = timedelta(days=1)
CRM = one("crm", more="schedule: {every: 1h, grace: 10m}\n    slo: {success: 90%, of: runs, window: 30d}")
RULES = {rule.key: rule for rule in DEFAULT_RULES}
FAILURES = RULES["failures-in-a-row"]


def lived(store: Store, days: int = 12) -> House:
    """A house with some days of runs, calls, limits and keys, none of them regular."""
    house, dice = House(store, settings_of(CRM)), random.Random(7)
    house.write(
        "crm",
        *(_run(dice, hour) for hour in range(days * 24)),
        calls=tuple(_calls(dice, back) for back in range(0, days * 24 * 60, 11)),
        quotas=tuple(_quota(dice, back) for back in range(0, days * 24 * 60, 53)),
        credentials=tuple(
            CredentialReading(observed_at=NOW - DAY * back, valid=back % 3 > 0, expires_at=NOW + DAY * back)
            for back in range(days)
        ),
    )
    for back in range(days * 24):
        house.poll("crm", minutes=back * 60.0 + 0.5, result="failed" if 30 < back < 34 else "ok")
    return house


def _run(dice: random.Random, hour: int) -> SyncRun:
    statuses = ("succeeded", "succeeded", "failed", "partial", "cancelled", "running")
    return run(
        f"run-{hour}",
        dice.choice(statuses[: 6 if hour < 3 else 5]),
        minutes=hour * 60 + dice.uniform(0, 50),
        records_read=dice.choice([None, 0, 90]),
        records_written=dice.choice([None, 0, 80]),
        records_failed=dice.choice([None, 10]),
    )


def _calls(dice: random.Random, back: int) -> ApiCalls:
    took = [dice.uniform(0.1, 9) for _ in range(5)]
    return ApiCalls(
        minute=(NOW - MINUTE * back).replace(second=0, microsecond=0),
        method="POST",
        endpoint="/api/v1/users",
        status=dice.choice([200, 200, 404, 502]),
        calls=dice.randint(1, 40),
        latency=Histogram(took),
    )


def _quota(dice: random.Random, back: int) -> QuotaReading:
    seen = NOW - MINUTE * back
    return QuotaReading(
        scope="key", quota="hour", observed_at=seen, limit=1000, remaining=dice.randint(0, 1000),
        resets_at=seen + MINUTE * 90, window_seconds=3600,
    )  # fmt: skip


@pytest.fixture
def house(store: Store) -> House:
    """The house that has been lived in."""
    return lived(store)


def test_it_reads_what_judging_at_that_instant_would_read(house: House) -> None:
    """From rows read once comes the same reading of every rule as from facts asked for at the instant itself."""
    watch = plan_of(house.settings).watches["crm"]
    windows, volumes = windows_of(DEFAULT_RULES), volumes_of(DEFAULT_RULES)
    measured = windows_of(rule for rule in DEFAULT_RULES if rule.indicator in MEASURING)
    instants = [NOW - DAY * 9 + MINUTE * 401 * step for step in range(32)]
    told = 0
    with house.store.read() as connection:
        read = stretch(
            connection, "crm", instants[0], NOW, windows=windows, histograms=measured, volumes=volumes
        )
        for at, facts in zip(instants, read.at(instants), strict=True):
            asked = facts_of(connection, at, windows, {"crm"}, measured, volumes)["crm"]
            context = replace(watch.context, now=at)
            for rule in DEFAULT_RULES:
                assert read_rule(rule, facts, context) == read_rule(rule, asked, context), (rule.key, at)
                told += read_rule(rule, asked, context).reading.value is not None
    assert told > 300


def read(house: House, rule: Rule, days: float = 10) -> Series:
    """A rule's past."""
    with house.store.read() as connection:
        return series(connection, house.settings, "crm", rule, NOW - DAY * days, NOW)


def test_only_what_an_indicator_rests_on_is_read(house: House) -> None:
    """A reading from its own kind of records alone is that from all of them."""
    watch = plan_of(house.settings).watches["crm"]
    for rule in (
        FAILURES,
        RULES["missed-runs"],
        RULES["quota-used"],
        RULES["api-errors"],
        RULES["invalid-key"],
    ):
        found = read(house, rule)
        assert found.samples, rule.key
        with house.store.read() as connection:
            for sample in found.samples[:: len(found.samples) // 15 + 1]:
                facts = facts_of(connection, sample.at, windows_of([rule]), {"crm"}, (), ())["crm"]
                reading = read_rule(rule, facts, replace(watch.context, now=sample.at)).reading
                assert reading.value == sample.value, (rule.key, sample.at)


def test_it_never_reaches_further_back_than_anything_is_known(store: Store) -> None:
    """Asked for a month, it begins with the first run it can read."""
    house = House(store, settings_of(CRM), known_for=timedelta(days=400))
    house.write("crm", run("a", "failed", minutes=3 * 1440), run("b", "succeeded", minutes=60))
    found = read(house, FAILURES, days=30)
    assert found.reaches_back_to is not None
    assert timedelta() <= found.reaches_back_to - (NOW - 3 * DAY) < timedelta(minutes=15)
    assert found.samples[0].value == 1.0


def test_nothing_known_is_told_as_nothing(store: Store) -> None:
    """Without any reading there is no past, rather than one in which all was well."""
    house = House(store, settings_of(CRM))
    found = read(house, FAILURES, days=30)
    assert found.reaches_back_to is None
    assert found.samples == ()


def test_the_end_of_each_run_is_looked_at(store: Store) -> None:
    """A failure between two steps that the next run mends is not missed."""
    house = House(store, settings_of(CRM))
    house.write("crm", *(run(f"r{back}", "succeeded", minutes=back) for back in range(1440, 0, -60)))
    house.write("crm", run("bad", "failed", minutes=700.2), run("good", "succeeded", minutes=699.4))
    found = read(house, FAILURES, days=30)
    bad = [sample for sample in found.samples if sample.value]
    assert [sample.at for sample in bad] == [NOW - MINUTE * 700.2]
    assert found.at_ends_of_runs


def evaluated(house: House, key: AlertKey, *values: tuple[datetime, float | None]) -> None:
    """Store readings as evaluations leave them."""
    for at, value in values:
        reading = Evaluation(
            key=key, at=at, value=value, events=3, severity=Severity.WARNING if value else None
        )
        outcome = AlertOutcome(evaluations=(reading,))

        def decide(inputs: AlertInputs, outcome: AlertOutcome = outcome) -> AlertOutcome:
            return outcome

        house.writer.evaluate(decide, at)


def test_what_was_evaluated_then_goes_before_what_is_worked_out_now(house: House) -> None:
    """Where evaluations are stored they stand as they were; before them the facts speak."""
    key, start = AlertKey(FAILURES.key, "crm"), NOW - timedelta(hours=3)
    evaluated(house, key, (start, 7.0), (start + MINUTE * 20, 0.0), (start + MINUTE * 80, 9.0))
    found = read(house, FAILURES)
    assert found.evaluated_from == start
    assert [sample.value for sample in found.samples if sample.at >= start] == [7.0, 0.0, 9.0]
    assert found.samples[0].at < NOW - DAY * 9


def test_a_rule_that_reads_otherwise_is_worked_out_throughout(house: House) -> None:
    """Another window reads other numbers: then what was evaluated tells nothing."""
    key = AlertKey(FAILURES.key, "crm")
    evaluated(house, key, (NOW - timedelta(hours=3), 7.0))
    assert read(house, replace(FAILURES, min_events=2)).evaluated_from is None


def test_open_runs_are_those_that_were_open_then(store: Store) -> None:
    """A run that has ended since was still running at an instant between."""
    house = House(store, settings_of(CRM))
    long = SyncRun(
        external_id="long",
        status=RunStatus.SUCCEEDED,
        started_at=NOW - MINUTE * 300,
        finished_at=NOW - MINUTE * 60,
    )
    house.write("crm", long)
    with house.store.read() as connection:
        past = stretch(connection, "crm", NOW - MINUTE * 400, NOW, windows=())
        before, during, after = past.at([NOW - MINUTE * 350, NOW - MINUTE * 100, NOW - MINUTE * 10])
    assert [len(facts.open_runs) for facts in (before, during, after)] == [0, 1, 0]
