"""Facts at an instant are what a plain count over the same records gives."""

from __future__ import annotations

import random
from collections import Counter
from datetime import datetime, timedelta

import pytest

from core.facts import Facts, VolumeFact
from core.histogram import Histogram
from core.records import (
    ApiCalls,
    CredentialReading,
    FailedRecord,
    PollResult,
    QuotaReading,
    RunStatus,
    SyncRun,
)
from core.units import Window
from storage.codes import encode_facts
from storage.facts import facts, facts_of
from storage.store import Store
from tests.storage.storage_reading import GATEWAY, HR, Filled
from tests.storage.storage_samples import CRM, NOW, at, run

ENDED = ("succeeded", "partial", "failed", "cancelled", "skipped", "unknown")


def facts_at(store: Store, when: datetime, *windows: str, integration: str = "crm") -> Facts:
    with store.read() as connection:
        found = facts(connection, integration, when, [Window.parse(window) for window in windows])
    assert found is not None
    return found


def random_runs(count: int, seed: int, days: int = 35) -> list[SyncRun]:
    rng = random.Random(seed)
    runs = []
    for number in range(count):
        finished = rng.uniform(-5, days * 24 * 60)
        runs.append(
            SyncRun(
                external_id=f"run-{seed}-{number}",
                job=rng.choice(["a", "b"]),
                status=RunStatus(rng.choice(ENDED)),
                started_at=at(finished + rng.uniform(0, 90)),
                finished_at=at(finished),
                records_read=rng.choice([None, 0, 7]),
                records_failed=rng.choice([None, 2]),
            )
        )
    return runs


@pytest.mark.parametrize("zone", ["Europe/Moscow", "Asia/Kolkata", "America/New_York"])
@pytest.mark.parametrize("hours_ago", [0, 24, 100.37])
def test_windows_of_time_count_as_a_plain_loop_does(store: Store, zone: str, hours_ago: float) -> None:
    """Whatever rows a window is summed from, its counts and sums are exact for the instant."""
    filled = Filled(store, zone=zone)
    runs = random_runs(400, seed=7)
    filled.runs(*runs)
    when = NOW - timedelta(hours=hours_ago)
    names = ("5m", "1h", "90m", "3h", "24h", "7d", "30d")
    found = facts_at(store, when, *names)
    for name in names:
        window = Window.parse(name)
        assert window.duration is not None
        inside = [r for r in runs if r.finished_at and when - window.duration <= r.finished_at <= when]
        sums = found.windows[window]
        assert Counter(sums.runs) == Counter(r.status for r in inside), name
        told = [r.records_read for r in inside if r.records_read is not None]
        assert sums.records_read == (sum(told) if told else None), name
        assert sums.records_skipped is None
        counted = [r for r in inside if r.status in ("succeeded", "partial", "failed")]
        assert sums.duration.count == len(counted), name


def test_windows_of_runs_hold_the_newest_counted_ones(store: Store) -> None:
    """`3 runs` are the last three that succeeded, were partial or failed; others are passed over."""
    filled = Filled(store)
    filled.runs(
        run("1", "failed", finished=50),
        run("2", "succeeded", finished=40, records_read=5),
        run("3", "partial", finished=30),
        run("4", "cancelled", finished=20),
        run("5", "succeeded", finished=10),
    )
    sums = facts_at(store, NOW, "3 runs").windows[Window(runs=3)]
    assert sums.runs == {RunStatus.SUCCEEDED: 2, RunStatus.PARTIAL: 1}
    assert sums.records_read == 5


def test_many_uncounted_runs_do_not_hide_the_counted_ones(store: Store) -> None:
    """A window of runs looks behind hundreds of cancelled runs, and so does the last success."""
    filled = Filled(store)
    skipped = [run(f"c{number}", "cancelled", finished=number / 10) for number in range(120)]
    filled.runs(*skipped, run("ok", finished=600), run("no", "failed", finished=601))
    found = facts_at(store, NOW, "10 runs")
    assert found.windows[Window(runs=10)].runs == {RunStatus.SUCCEEDED: 1, RunStatus.FAILED: 1}
    assert found.last_succeeded_at == at(600)
    assert len(found.recent) == 50


def test_recent_runs_are_newest_first_and_as_of_the_instant(store: Store) -> None:
    """A run that ended after the instant was open at it, if it had started."""
    filled = Filled(store)
    filled.runs(
        run("old", "failed", started=130, finished=120, error_message="boom"),
        run("across", started=70, finished=20),
        run("later", started=30, finished=10),
        run("open", "running", started=90, finished=None),
        run("waiting", "queued", started=None, finished=None),
    )
    now = facts_at(store, NOW)
    assert [one.external_id for one in now.recent] == ["later", "across", "old"]
    assert {one.external_id for one in now.open_runs} == {"open", "waiting"}
    assert now.last_started_at == at(30)
    assert now.last_finished_at == at(10)
    assert (now.recent[2].error_message, now.recent[2].duration_seconds) == ("boom", 600.0)
    then = facts_at(store, at(60))
    assert [one.external_id for one in then.recent] == ["old"]
    assert [(one.external_id, one.status) for one in then.open_runs] == [
        ("across", RunStatus.RUNNING),
        ("open", RunStatus.RUNNING),
    ]
    assert then.last_succeeded_at is None


def calls(minutes: float, status: int, count: int, seconds: float | None = None) -> ApiCalls:
    minute = at(minutes).replace(second=0, microsecond=0)
    latency = Histogram([seconds] * count) if seconds is not None else Histogram()
    return ApiCalls(
        minute=minute, method="GET", endpoint="/users", status=status, calls=count, latency=latency
    )


def test_calls_are_summed_by_source_and_status(store: Store) -> None:
    """Calls of a window are told apart by source and status, with all their latencies."""
    filled = Filled(store)
    filled.write(GATEWAY, calls=[calls(5, 200, 10, 0.1), calls(5, 404, 2), calls(3 * 60, 500, 7, 2.0)])
    filled.write(CRM, calls=[calls(20, 200, 1)])
    found = facts_at(store, NOW, "1h", "24h", "30d")
    assert found.windows[Window.parse("1h")].calls == {
        ("gateway", 200): 10,
        ("gateway", 404): 2,
        ("log", 200): 1,
    }
    for window in ("24h", "30d"):
        sums = found.windows[Window.parse(window)]
        assert sums.calls["gateway", 500] == 7
        assert sums.latency.count == 17
    assert facts_at(store, NOW - timedelta(hours=2), "24h").windows[Window.parse("24h")].calls == {
        ("gateway", 500): 7
    }


def test_a_window_that_only_counts_has_no_histograms(store: Store) -> None:
    """Histograms that nobody asks for are not read."""
    filled = Filled(store)
    filled.write(GATEWAY, calls=[calls(5, 200, 10, 0.1)])
    day = Window.parse("24h")
    with store.read() as connection:
        found = facts_of(connection, NOW, {day}, None, ())["crm"]
    assert sum(found.windows[day].calls.values()) == 10
    assert found.windows[day].latency.count == 0


def test_sources_stand_as_their_last_poll_before_the_instant_left_them(store: Store) -> None:
    """The past is not coloured by later polls; a source never polled says so."""
    filled = Filled(store)
    filled.poll(CRM, 100, "ok", bad_items=3)
    filled.poll(CRM, 50, "failed", "no answer")
    filled.poll(CRM, 10, "ok")
    now = facts_at(store, NOW).sources
    assert (now["log"].last_result, now["log"].last_error) == (PollResult.OK, None)
    assert now["log"].last_ok_at == at(10) + timedelta(seconds=2)
    assert now["gateway"].last_poll_at is None
    then = facts_at(store, at(40)).sources["log"]
    assert (then.last_result, then.last_error) == (PollResult.FAILED, "no answer")
    assert then.last_ok_at == at(100) + timedelta(seconds=2)
    assert then.last_poll_at == at(50) + timedelta(seconds=2)
    before = facts_at(store, at(90)).sources["log"]
    assert before.bad_items_last_poll == 3


def quota(minutes: float, remaining: float, scope: str = "key-1") -> QuotaReading:
    return QuotaReading(scope=scope, quota="hour", observed_at=at(minutes), limit=100, remaining=remaining)


def test_limits_and_keys_are_the_latest_as_of_the_instant(store: Store) -> None:
    """The newest reading counts; of a shared scope, whoever saw it last."""
    filled = Filled(store)
    filled.write(GATEWAY, quotas=[quota(100, 90), quota(20, 10)])
    filled.write(HR, quotas=[quota(5, 3), quota(300, 50, "other")])
    filled.write(
        GATEWAY,
        credentials=[
            CredentialReading(observed_at=at(100), valid=True, expires_at=at(-5000)),
            CredentialReading(observed_at=at(10), valid=False, reason="401"),
        ],
    )
    now = facts_at(store, NOW)
    assert [(one.source, one.reading.remaining) for one in now.quotas] == [("gateway", 3)]
    assert (now.credentials[0].reading.valid, now.credentials[0].reading.reason) == (False, "401")
    then = facts_at(store, at(60))
    assert [one.reading.remaining for one in then.quotas] == [90]
    assert then.credentials[0].reading.expires_at == at(-5000)
    assert {one.reading.scope for one in facts_at(store, NOW, integration="hr").quotas} == {"key-1", "other"}


def test_a_key_is_invalid_since_it_was_first_refused(store: Store) -> None:
    """Each look finds it invalid anew; what counts is the first one after it was last in order."""
    filled = Filled(store)
    looks = [(100, False), (90, True), (80, False), (70, None), (60, False), (10, False)]
    filled.write(
        GATEWAY, credentials=[CredentialReading(observed_at=at(ago), valid=valid) for ago, valid in looks]
    )
    assert facts_at(store, NOW).credentials[0].invalid_since == at(80)
    assert facts_at(store, at(85)).credentials[0].invalid_since is None
    assert facts_at(store, at(95)).credentials[0].invalid_since == at(100)


def test_open_failed_records_are_counted_as_of_the_instant(store: Store) -> None:
    """Records that occurred later are not counted, whether in the same hour or another."""
    filled = Filled(store)
    filled.write(
        failed_records=[
            FailedRecord(record_key=str(n), occurred_at=at(minutes), error_message="bad", fingerprint="f")
            for n, minutes in enumerate((5, 40, 59, 61, 90, 300))
        ]
    )
    assert facts_at(store, NOW).failed_records_open == 6
    for minutes in (0, 10, 45, 60, 80, 200, 400):
        expected = sum(one >= minutes for one in (5, 40, 59, 61, 90, 300))
        assert facts_at(store, at(minutes)).failed_records_open == expected, minutes


def test_all_integrations_are_read_at_once(store: Store) -> None:
    """Each integration's facts are the same, asked alone or with all others."""
    filled = Filled(store)
    filled.runs(run("1"), run("2", "failed", finished=100))
    filled.runs(run("1", "failed"), source=HR)
    windows = [Window.parse("24h"), Window.parse("10 runs")]
    with store.read() as connection:
        together = facts_of(connection, NOW, windows)
        alone = {key: facts(connection, key, NOW, windows) for key in together}
        unknown = facts(connection, "nobody", NOW, windows)
    assert list(together) == ["crm", "hr"]
    for key, found in together.items():
        other = alone[key]
        assert other is not None
        assert encode_facts(found) == encode_facts(other)
    assert unknown is None


def test_the_last_readings_of_a_limit_stand_beside_it(store: Store) -> None:
    """Newest first, as of the instant, at most twelve: what a forecast goes by."""
    filled = Filled(store)
    filled.write(GATEWAY, quotas=[quota(minutes, minutes / 10) for minutes in range(10, 40)])
    [now] = facts_at(store, NOW).quotas
    assert [one.observed_at for one in now.samples] == [at(minutes) for minutes in range(10, 22)]
    assert now.samples[0] == now.reading
    [then] = facts_at(store, at(30)).quotas
    assert [one.observed_at for one in then.samples] == [at(minutes) for minutes in range(30, 40)]


def test_the_usual_volume_is_that_of_the_same_hours_of_earlier_weeks(store: Store) -> None:
    """Records written, else read, of the window one to four weeks before; untold weeks are None."""
    filled = Filled(store)
    week = 7 * 24 * 60
    filled.runs(
        run("now", finished=30, records_read=10),
        run("old", finished=90, records_read=1000),
        run("w1", started=week + 31, finished=week + 30, records_read=20),
        run("w1b", started=week + 42, finished=week + 41, records_read=1),
        run("w2", started=2 * week + 31, finished=2 * week + 30),
        run("w4", started=4 * week + 31, finished=4 * week + 30, records_read=40),
        run("w4-before", started=4 * week + 91, finished=4 * week + 90, records_read=4000),
    )
    hour, day = Window.parse("1h"), Window.parse("24h")
    with store.read() as connection:
        found = facts(connection, "crm", NOW, (), {hour, day})
        other = facts(connection, "hr", NOW, (), {hour})
    assert found is not None
    assert found.volumes[hour] == VolumeFact(records=10, usual=(21, None, None, 40))
    assert found.volumes[day] == VolumeFact(records=1010, usual=(21, None, None, 4040))
    assert other is not None
    assert other.volumes[hour] == VolumeFact(records=0, usual=(None, None, None, None))
