"""A verdict is health's judgement within what the stage allows, and never healthier than what is known."""

from __future__ import annotations

from datetime import timedelta

import pytest

from assess.judge import Verdict, judge, worst
from core.errors import MonitorError
from core.facts import Facts
from core.i18n import translator
from health.status import Health
from storage import queries
from storage.store import Store
from tests.assess.assess_house import MINUTE, NOW, House, one, run, settings_of


def verdict(house: House, key: str = "a") -> Verdict:
    from assess.plan import plan_of

    with house.store.read() as connection:
        facts = queries.facts(connection, key, NOW, plan_of(house.settings).windows)
    assert facts is not None
    return judge(house.settings, facts, NOW)


def said(one: Verdict) -> str:
    return translator("en").render(one.reason)


@pytest.mark.parametrize(
    ("minutes", "health"), [(0.5, "healthy"), (2.9, "healthy"), (3.1, "unknown"), (300, "unknown")]
)
def test_a_source_not_seen_for_three_times_its_every_is_unknown(
    store: Store, minutes: float, health: str
) -> None:
    """Unknown is not healthy: good runs long ago say nothing of now."""
    house = House(store, settings_of(one("a")))
    house.write("a", run("1"))
    house.poll("a", minutes)
    assert verdict(house).health == health


def test_a_failed_poll_keeps_health_until_it_is_too_old(store: Store) -> None:
    """One failed look between good ones changes nothing; only the age of the last good one does."""
    house = House(store, settings_of(one("a")))
    house.write("a", run("1"))
    house.poll("a", 2)
    house.poll("a", 1, "failed", "no answer")
    assert verdict(house).health is Health.HEALTHY


def test_never_polled_is_unknown(store: Store) -> None:
    """Before the first look nothing is known, however new the integration is."""
    house = House(store, settings_of(one("a")), known_for=timedelta(seconds=1))
    found = verdict(house)
    assert found.health is Health.UNKNOWN
    assert "log has not been read yet" in said(found)
    assert found.judgement.known_age is None


def test_a_known_failure_outweighs_not_knowing(store: Store) -> None:
    """Blind and failing is failing."""
    house = House(store, settings_of(one("a")))
    house.write("a", run("1", "failed"), run("2", "failed", 20))
    house.poll("a", 500)
    assert verdict(house).health is Health.FAILING


def test_bad_lines_change_no_health(store: Store) -> None:
    """Lines that could not be read are shown elsewhere."""
    house = House(store, settings_of(one("a")))
    house.write("a", run("1"))
    house.poll("a", bad_items=1000)
    assert verdict(house).health is Health.HEALTHY


def test_sources_fine_but_no_runs(store: Store) -> None:
    """With nothing against it an integration is healthy, and says that no run is known."""
    house = House(store, settings_of(one("a")))
    house.poll("a")
    found = verdict(house)
    assert (found.health, said(found)) == (Health.HEALTHY, "No problem found; no runs yet")


def test_running_again_does_not_heal(store: Store) -> None:
    """A failing integration stays failing while its next run goes on."""
    house = House(store, settings_of(one("a")))
    house.poll("a")
    house.write("a", run("1", "failed", 30), run("2", "failed", 20), run("3", "running", 1))
    found = verdict(house)
    assert found.health is Health.FAILING
    assert found.judgement.last_run is not None
    assert found.judgement.last_run.external_id == "2"


def test_lateness_is_a_flag_of_its_own(store: Store) -> None:
    """A run that did not start is late by its slot's distance."""
    house = House(store, settings_of(one("a", more="schedule: {cron: '0 * * * *', grace: 10m}")))
    house.write("a", run("1", minutes=89))
    house.poll("a")
    found = verdict(house)
    assert "late" in found.flags
    assert found.judgement.late_by == 30 * MINUTE


def test_flags_tell_paused_and_stage(store: Store) -> None:
    """What is not judged says why."""
    for more, flag in (
        ("paused: yes", "paused"),
        ("stage: testing", "testing"),
        ("stage: retired", "retired"),
    ):
        settings = settings_of(one("a", more=more))
        found = judge(settings, Facts(integration="a", as_of=NOW, known_since=NOW), NOW)
        assert (found.flags, found.counts, found.health) == ((flag,), False, Health.UNKNOWN)


def test_facts_of_a_stranger_are_refused(store: Store) -> None:
    """There is no verdict on what is not configured."""
    with pytest.raises(MonitorError, match="no integration 'x'"):
        judge(settings_of(one("a")), Facts(integration="x", as_of=NOW, known_since=NOW), NOW)


def test_the_worst_of_nothing_is_unknown() -> None:
    """An empty house is not a healthy one."""
    assert worst([]) is Health.UNKNOWN
