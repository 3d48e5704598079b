"""Faults that bit well-known monitors: what happens to the house itself must not look like a target's trouble."""

from datetime import UTC, datetime, timedelta

import pytest

from alerts import readings
from alerts.content import unpacked
from core.errors import StorageError
from core.said import said
from health.status import read_rule
from storage.store import Store
from tests.alerts.alerts_house import FAILURES, HOUR, MINUTE, TICK, House, locked, settings_of

JOB = "{key: crm, name: CRM, method: api, source_system: HR, schedule: {every: 15m, grace: 5m}, sources: [{type: made, name: log, every: 1m}]}"
VOLUME = '{key: calls, name: Calls, indicator: api_error_ratio, window: 1h, warning: "> 5%", no_data: alert, for: 0s}'


def house(store: Store, *rules: str, integrations: str = "", every: str = "1m") -> House:
    """A house whose source was read a moment ago."""
    made = House(store, settings_of(*(rules or (FAILURES,)), integrations=integrations, every=every))
    for one in made.settings.integrations:
        made.poll(one.key)
    return made


def test_our_own_database_locked_is_not_a_target_down(store: Store) -> None:
    """While nothing can be stored nobody is told that a source cannot be read, nor right after."""
    one = house(store).run("succeeded").tick(MINUTE)
    with locked(one):
        for _ in range(60):
            one.wait(MINUTE)
            with pytest.raises(StorageError, match="locked"):
                one.evaluator.evaluate(one.now)
    one.tick(MINUTE, polled=False)
    one.tick(5 * MINUTE).deliver()
    assert one.kinds() == []
    assert one.told == []


def test_a_killed_job_is_noticed(store: Store) -> None:
    """A job that no longer starts leaves no failed run behind: the missing ones are the alarm."""
    one = house(store, integrations=JOB)
    one.run("succeeded").tick(16 * MINUTE, step=MINUTE)
    assert one.kinds("missed-runs") == []
    one.tick(10 * MINUTE, step=MINUTE).deliver()
    assert one.kinds("missed-runs") == ["fired"]
    one.tick(HOUR, step=MINUTE).deliver()
    assert one.kinds("missed-runs") == ["fired", "worsened"]
    one.run("succeeded").tick(MINUTE).deliver()
    assert [kind for _, rule, kind in one.told if rule == "missed-runs"] == ["fired", "worsened", "recovered"]


def test_a_sleep_of_six_hours_is_one_evaluation_that_records_the_miss(store: Store) -> None:
    """After the lid was closed for six hours one line in the audit says so, and nothing fires for it."""
    one = house(store).run("succeeded").tick(MINUTE)
    one.wait(6 * HOUR).tick(MINUTE, polled=False)
    one.tick(5 * MINUTE).deliver()
    assert one.audit().count("evaluation missed") == 1
    assert one.told == []


def test_a_restart_sends_nothing_anew(store: Store) -> None:
    """What fires and was told goes on without a word."""
    one = house(store).run("failed").tick(MINUTE).deliver()
    assert one.told == [("crm", "failures", "fired")]
    for _ in range(5):
        one.restart()
        one.tick(2 * MINUTE).deliver()
    assert one.told == [("crm", "failures", "fired")]
    assert [state.key.rule for state in one.states()] == ["failures"]


def test_a_recovery_while_we_were_down_gives_one_resolve(store: Store) -> None:
    """It was mended while nobody looked: after the first full look its end is told, once."""
    one = house(store).run("failed").tick(MINUTE).deliver()
    one.wait(2 * HOUR).restart()
    one.tick(MINUTE, polled=False).deliver()
    assert one.told == [("crm", "failures", "fired")]
    one.run("succeeded").tick(5 * MINUTE).deliver()
    assert one.told == [("crm", "failures", "fired"), ("crm", "failures", "recovered")]


def test_nothing_fires_for_want_of_data_before_the_first_full_cycle(store: Store) -> None:
    """`no_data: alert` waits until every source has been looked at once, or has had its time."""
    one = House(store, settings_of(VOLUME, every="5m"))
    one.tick(10 * MINUTE, polled=False, step=MINUTE).deliver()
    assert one.told == []
    one.poll().tick(MINUTE, polled=False).deliver()
    assert one.told == [("crm", "calls", "fired")]


def test_a_source_that_is_never_read_is_told_after_its_time(store: Store) -> None:
    """The first full cycle does not last for ever: three times `every` without a look is blindness."""
    one = House(store, settings_of(FAILURES, every="5m"))
    one.tick(14 * MINUTE, polled=False, step=MINUTE)
    assert one.kinds() == []
    one.tick(5 * MINUTE, polled=False, step=MINUTE).deliver()
    assert one.told == [("crm", "collector-blind", "fired")]


def test_an_event_older_than_the_resolve_does_not_reopen(store: Store) -> None:
    """A failed run that ended before the good one, and is read only now, is history."""
    one = house(store).run("failed").tick(MINUTE).deliver()
    failed_at = one.now - 30 * TICK
    one.run("succeeded").tick(MINUTE).deliver()
    one.run("failed", ended=failed_at).tick(MINUTE).deliver()
    assert one.told == [("crm", "failures", "fired"), ("crm", "failures", "recovered")]


def test_a_cron_in_riga_over_the_end_of_summer_time_is_not_late(store: Store) -> None:
    """`15 * * * *` with 5 m grace, kept every hour of the night when clocks go back, fires nothing."""
    riga = '{key: crm, name: CRM, method: api, source_system: HR, schedule: {cron: "15 * * * *", timezone: Europe/Riga, grace: 5m}, sources: [{type: made, name: log, every: 1m}]}'
    night = datetime(2026, 10, 24, 21, 16, tzinfo=UTC)
    one = House(store, settings_of(FAILURES, integrations=riga), night)
    one.run("succeeded")
    for _ in range(8):
        one.tick(59 * MINUTE, step=4 * MINUTE)
        one.wait(MINUTE).run("succeeded").evaluate()
    assert one.kinds() == []
    assert one.now > datetime(2026, 10, 25, 5, 0, tzinfo=UTC)


def test_a_blind_collector_mutes_what_it_feeds_and_raises_its_own(store: Store) -> None:
    """The runs of `crm` are not seen: its failures stand still; `erp` is judged as ever."""
    two = (
        "{key: crm, name: CRM, method: api, source_system: HR, sources: [{type: made, name: log, every: 1m}]}, "
        "{key: erp, name: ERP, method: api, source_system: HR, sources: [{type: made, name: log, every: 1m}]}"
    )
    one = house(store, integrations=two).run("succeeded").run("succeeded", "erp").tick(MINUTE)
    for _ in range(10):
        one.wait(MINUTE).run("failed", "erp").evaluate()
    one.deliver()
    assert ("crm", "collector-blind", "fired") in one.told
    assert ("erp", "failures", "fired") in one.told
    assert ("erp", "collector-blind", "fired") not in one.told
    one.tick(2 * MINUTE).deliver()
    assert ("crm", "collector-blind", "recovered") in one.told
    assert not any(integration == "crm" and rule == "failures" for integration, rule, _ in one.told)


def test_one_invalid_schedule_stops_only_itself(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule that cannot be judged is an error of that rule; its neighbours and other integrations go on."""
    one = house(store, integrations=JOB).run("failed").tick(MINUTE).deliver()

    def broken(rule, facts, context):  # type: ignore[no-untyped-def]
        if rule.indicator == "missed_runs":
            raise ValueError("a schedule that cannot be read")
        return read_rule(rule, facts, context)

    monkeypatch.setattr(readings, "read_rule", broken)
    one.tick(HOUR, step=MINUTE)
    assert one.kinds("missed-runs") == []
    one.run("succeeded").tick(MINUTE).deliver()
    assert one.told == [("crm", "failures", "fired"), ("crm", "failures", "recovered")]


def test_an_alert_that_waits_for_its_time_survives_a_restart(store: Store) -> None:
    """`for` goes on from where it was; the time in between does not count."""
    slow = '{key: failures, name: Failures, indicator: consecutive_failures, warning: ">= 1", for: 10m}'
    one = house(store, slow).run("failed").tick(8 * MINUTE)
    one.wait(HOUR).restart()
    one.tick(MINUTE)
    assert one.kinds() == []
    one.tick(3 * MINUTE)
    assert one.kinds() == ["fired"]
    assert one.events()[0].at - (one.events()[0].since or one.now) > timedelta(hours=1)


def test_a_recovery_says_how_it_reads_now(store: Store) -> None:
    """What stands beside "now" in the message of a recovery is the good reading, not the trouble that is over."""
    one = house(store).run("failed").tick().deliver()
    one.run("succeeded").tick().deliver()
    fired, recovered = (said(unpacked(notice.content).detail).text for notice in one.sent)
    assert "failed" in fired
    assert "failed" not in recovered
    assert recovered
