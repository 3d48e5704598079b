"""Lateness: by cron in its own zone, over changes of the clocks, by `every`, and without a schedule."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from health.schedule import MOST_MISSED, Lateness, Timetable, lateness, slots

RIGA = ZoneInfo("Europe/Riga")
MOSCOW = ZoneInfo("Europe/Moscow")
SUMMER_ENDS = datetime(2026, 10, 25, 1, 0, tzinfo=UTC)
SUMMER_BEGINS = datetime(2026, 3, 29, 1, 0, tzinfo=UTC)


def cron(text: str, zone: ZoneInfo = RIGA, grace: int = 5) -> Timetable:
    return Timetable(cron=text, zone=zone, grace=timedelta(minutes=grace))


def late(
    timetable: Timetable,
    now: datetime,
    last_start: datetime | None,
    known_since: datetime | None = None,
    seen_until: datetime | None = None,
) -> Lateness:
    found = lateness(
        timetable,
        last_start=last_start,
        known_since=known_since or now - timedelta(days=30),
        now=now,
        seen_until=seen_until,
    )
    assert found is not None
    return found


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def test_without_a_schedule_lateness_is_none() -> None:
    """What nobody promised cannot be late."""
    now = datetime(2026, 11, 24, tzinfo=UTC)
    assert lateness(None, last_start=None, known_since=now, now=now) is None


@pytest.mark.parametrize("change", [SUMMER_ENDS, SUMMER_BEGINS], ids=["summer ends", "summer begins"])
def test_an_hourly_sync_that_keeps_real_time_is_never_late_over_a_change(change: datetime) -> None:
    """`15 * * * *` runs at quarter past each real hour; looked at each minute, it is on time."""
    now = change - timedelta(hours=5)
    while now < change + timedelta(hours=5):
        last = now.replace(minute=15) if now.minute >= 15 else now.replace(minute=15) - timedelta(hours=1)
        found = late(cron("15 * * * *"), now, last + timedelta(seconds=20))
        assert not found.late, now
        assert found.next_due_at == last + timedelta(hours=1)
        now += minutes(1)


@pytest.mark.parametrize(
    ("ran", "name"),
    [
        (SUMMER_BEGINS, "as soon as the gap is over"),
        (SUMMER_BEGINS + minutes(30), "as far after the gap as it was due into it"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_skipped_local_time_may_be_kept_as_any_scheduler_does(ran: datetime, name: str) -> None:
    """03:30 does not exist in Riga that night: a run at 04:00 or at 04:30 keeps the slot."""
    timetable = cron("30 3 * * *")
    before = SUMMER_BEGINS - timedelta(hours=23, minutes=30)
    assert not late(timetable, SUMMER_BEGINS + minutes(34), before).late
    assert not late(timetable, SUMMER_BEGINS + timedelta(hours=9), ran).late
    dead = late(timetable, SUMMER_BEGINS + timedelta(hours=9), before)
    assert (dead.late, dead.missed) == (True, 1)


@pytest.mark.parametrize("hours", [-0.5, 0.5], ids=["the first 03:30", "the second 03:30"])
def test_a_repeated_local_time_is_one_slot_kept_by_either_showing(hours: float) -> None:
    """03:30 comes twice in Riga that night: one run at either keeps the slot, none is late."""
    timetable = cron("30 3 * * *")
    ran = SUMMER_ENDS + timedelta(hours=hours)
    before = SUMMER_ENDS - timedelta(hours=24, minutes=30)
    assert not late(timetable, SUMMER_ENDS + minutes(34), before).late
    assert not late(timetable, SUMMER_ENDS + timedelta(hours=9), ran).late
    assert late(timetable, SUMMER_ENDS + timedelta(hours=9), before).missed == 1


@pytest.mark.parametrize(
    ("minute", "expected"),
    [(0, (False, 0)), (5, (True, 1)), (4, (False, 0)), (19, (True, 1)), (20, (True, 2)), (50, (True, 4))],
)
def test_a_slot_is_missed_once_its_grace_is_over(minute: int, expected: tuple[bool, int]) -> None:
    """Each quarter of an hour with five minutes of grace."""
    now = datetime(2026, 11, 24, 9, minute, tzinfo=UTC)
    found = late(cron("*/15 * * * *"), now, datetime(2026, 11, 24, 8, 45, 2, tzinfo=UTC))
    assert (found.late, found.missed) == expected
    if found.late:
        assert found.due_at == datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
        assert found.late_by == now - datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def test_the_zone_is_the_schedules_own() -> None:
    """02:00 in Moscow is 23:00 UTC."""
    now = datetime(2026, 11, 24, 23, 10, tzinfo=UTC)
    found = late(cron("0 2 * * *", MOSCOW), now, now - timedelta(hours=24, minutes=10))
    assert found.due_at == datetime(2026, 11, 24, 23, 0, tzinfo=UTC)
    assert found.next_due_at == datetime(2026, 11, 25, 23, 0, tzinfo=UTC)


def test_a_run_a_moment_before_its_slot_keeps_it() -> None:
    """Two clocks never agree: a few seconds early is not missed."""
    slot = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    assert not late(cron("0 * * * *"), slot + minutes(30), slot - timedelta(seconds=2)).late
    assert late(cron("0 * * * *"), slot + minutes(30), slot - minutes(10)).late


def test_what_never_ran_is_judged_from_when_it_was_first_known() -> None:
    """A new integration owes only the slots since it stood in the configuration."""
    now = datetime(2026, 11, 24, 12, 10, tzinfo=UTC)
    assert not late(cron("0 14 * * *"), now, None, now - minutes(5)).late
    assert late(cron("0 14 * * *"), now, None, now - timedelta(days=2)).missed == 2


def test_old_runs_count_even_if_the_integration_is_new_here() -> None:
    """History read on the first day: a sync that stopped a week ago is late at once."""
    now = datetime(2026, 11, 24, 12, 10, tzinfo=UTC)
    assert late(cron("0 14 * * *"), now, now - timedelta(days=7), now - minutes(1)).missed == 7


def test_slots_after_the_last_look_are_not_missed() -> None:
    """Nobody looked since nine: whether the run of ten came is not known."""
    now = datetime(2026, 11, 24, 10, 30, tzinfo=UTC)
    last = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    assert not late(cron("0 * * * *"), now, last, seen_until=datetime(2026, 11, 24, 9, 10, tzinfo=UTC)).late
    assert late(cron("0 * * * *"), now, last, seen_until=datetime(2026, 11, 24, 10, 5, tzinfo=UTC)).late


@pytest.mark.parametrize(
    ("after", "missed"), [(14, 0), (16, 0), (20, 1), (35, 2), (60 * 24 * 365, MOST_MISSED)]
)
def test_every_counts_from_the_newest_start(after: int, missed: int) -> None:
    """Each fifteen minutes with five of grace, from when it last began."""
    timetable = Timetable(every=minutes(15), grace=minutes(5))
    now = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
    found = late(timetable, now, now - minutes(after))
    assert found.missed == missed
    assert found.next_due_at is not None
    assert timedelta() < found.next_due_at - now <= minutes(15)


def test_a_day_that_never_comes_is_never_due() -> None:
    """A cron that gives nothing makes nothing late, and does not run for ever."""
    found = late(cron("0 0 31 2 *"), datetime(2026, 11, 24, tzinfo=UTC), None)
    assert (found.late, found.next_due_at) == (False, None)


EXPRESSIONS = st.sampled_from(
    ["15 * * * *", "*/7 * * * *", "30 3 * * *", "0 2,14 * * 1-5", "0 0 1 * *", "45 1-4 * * *", "0 12 L * *"]
)
ZONES = st.sampled_from(["UTC", "Europe/Riga", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"])


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=60)
@given(
    EXPRESSIONS,
    ZONES,
    st.integers(min_value=1_767_225_600, max_value=1_798_761_600),
    st.integers(1, 3 * 86400),
)
def test_slots_are_ordered_within_their_bounds_and_add_up(
    text: str, zone: str, start: int, length: int
) -> None:
    """Cutting a stretch of time in two loses no slot and doubles none, wherever the clocks change."""
    timetable = cron(text, ZoneInfo(zone))
    after = datetime.fromtimestamp(start, UTC)
    until = after + timedelta(seconds=length)
    middle = after + timedelta(seconds=length // 2)
    whole = list(slots(timetable, after, until))
    assert whole == [*slots(timetable, after, middle), *slots(timetable, middle, until)]
    assert all(after < slot.due_at <= until and slot.opens_at <= slot.due_at for slot in whole)
    assert whole == sorted(whole, key=lambda slot: slot.due_at)
    assert len({slot.due_at for slot in whole}) == len(whole)
