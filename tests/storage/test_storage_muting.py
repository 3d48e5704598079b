"""Silences, maintenance and tuned thresholds: what people decide, and what stands in the configuration."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from core.alerting import ThresholdOverride
from core.errors import StorageError
from core.muting import MaintenanceWindow, Silence
from storage import queries
from storage.store import Store
from tests.storage.storage_alerts import Desk
from tests.storage.storage_samples import CONFIGURATION, NOW, configuration

HOUR = timedelta(hours=1)
WHERE = {"integration": ("crm",), "rule": ("failed-runs",)}
PROVISIONED = """
silences:
  - {{key: move, where: {{tag: sales}}, from: "2026-11-24 15:00", until: "2026-11-24 18:00", why: moving}}
maintenance:
  - {{key: nightly, name: Nightly, cron: "0 23 * * *", timezone: America/New_York, duration: 30m}}
  - {{key: once, name: Once, from: "2026-11-25 10:00", until: "2026-11-25 12:00"}}
"""


@pytest.fixture
def desk(store: Store) -> Desk:
    return Desk(store)


def silences(desk: Desk, now: datetime = NOW) -> tuple[Silence, ...]:
    with desk.store.read() as connection:
        return queries.silences(connection, now)


def windows(desk: Desk, now: datetime = NOW) -> tuple[MaintenanceWindow, ...]:
    with desk.store.read() as connection:
        return queries.maintenance(connection, now)


def actions(desk: Desk) -> list[tuple[str, str]]:
    with desk.store.read() as connection:
        return [(one.action, one.subject) for one in reversed(queries.audit_trail(connection).items)]


def test_a_silence_holds_until_it_ends_or_is_ended(desk: Desk) -> None:
    """An evaluation is given those that hold and those to come."""
    mine = desk.writer.silence(WHERE, NOW, NOW + 2 * HOUR, "olga", "known", NOW)
    later = desk.writer.silence({}, NOW + HOUR, NOW + 3 * HOUR, "olga", "", NOW)
    first = Silence(
        silence_id=mine, where=WHERE, starts_at=NOW, ends_at=NOW + 2 * HOUR, by="olga", note="known"
    )
    assert desk.decide().silences == silences(desk)
    assert silences(desk)[0] == first
    assert [one.silence_id for one in silences(desk, NOW + 2 * HOUR)] == [later]
    desk.writer.end_silence(later, "ivan", NOW + HOUR)
    desk.writer.end_silence(later, "ivan", NOW + 2 * HOUR)
    assert silences(desk, NOW + 2 * HOUR) == ()
    with desk.store.read() as connection:
        past = queries.past_silences(connection, NOW + 2 * HOUR)
    assert [(one.silence_id, one.ended_at) for one in past] == [(later, NOW + HOUR), (mine, None)]
    assert actions(desk)[0] == ("silence.add", str(mine))


def test_maintenance_is_planned_once_or_recurring(desk: Desk) -> None:
    """A recurring one is never over by itself."""
    once = desk.writer.plan_maintenance(
        "Upgrade", WHERE, "olga", "v2", NOW, starts_at=NOW + HOUR, ends_at=NOW + 2 * HOUR
    )
    often = desk.writer.plan_maintenance(
        "Restart", {}, "olga", "", NOW, cron="0 23 * * *", timezone="America/New_York", duration=HOUR / 2
    )
    assert desk.decide().maintenance == windows(desk)
    assert windows(desk) == (
        MaintenanceWindow(
            maintenance_id=once,
            name="Upgrade",
            where=WHERE,
            starts_at=NOW + HOUR,
            ends_at=NOW + 2 * HOUR,
            by="olga",
            note="v2",
        ),
        MaintenanceWindow(
            maintenance_id=often,
            name="Restart",
            where={},
            cron="0 23 * * *",
            timezone="America/New_York",
            duration_seconds=1800,
            by="olga",
        ),
    )
    assert [one.name for one in windows(desk, NOW + 2 * HOUR)] == ["Restart"]
    desk.writer.end_maintenance(often, "olga", NOW + HOUR)
    assert [one.name for one in windows(desk)] == ["Upgrade"]
    with desk.store.read() as connection:
        assert [one.name for one in queries.past_maintenance(connection, NOW)] == ["Restart"]


@pytest.mark.parametrize(
    ("plan", "what"),
    [
        ({"starts_at": NOW + HOUR, "ends_at": NOW + HOUR}, "ends before it begins"),
        ({"starts_at": NOW - 2 * HOUR, "ends_at": NOW - HOUR}, "over already"),
        ({"starts_at": NOW}, "a start and an end"),
        ({}, "a start and an end"),
        ({"cron": "0 2 * * *", "timezone": "UTC"}, "a duration"),
        ({"cron": "0 2 * * *", "timezone": "UTC", "duration": HOUR, "ends_at": NOW}, "a duration"),
        ({"cron": "0 25 * * *", "timezone": "UTC", "duration": HOUR}, "write five fields"),
        ({"cron": "nightly", "timezone": "UTC", "duration": HOUR}, "write five fields"),
        ({"cron": "0 0 30 2 *", "timezone": "UTC", "duration": HOUR}, "never comes due|write five fields"),
        ({"cron": "0 2 * * *", "timezone": "Mars/Base", "duration": HOUR}, "an IANA time zone"),
    ],
)
def test_a_window_that_never_holds_is_refused(desk: Desk, plan: dict[str, object], what: str) -> None:
    """With the remedy, and nothing is stored."""
    with pytest.raises(StorageError, match=what):
        desk.writer.plan_maintenance("Work", {}, "olga", "", NOW, **plan)  # type: ignore[arg-type]
    with pytest.raises(StorageError, match="no name"):
        desk.writer.plan_maintenance(" ", {}, "olga", "", NOW, starts_at=NOW, ends_at=NOW + HOUR)
    with pytest.raises(StorageError, match="over already"):
        desk.writer.silence({}, NOW - 2 * HOUR, NOW, "olga", "", NOW)
    assert (windows(desk), silences(desk), actions(desk)) == ((), (), [])


def test_what_is_not_there_cannot_be_ended(desk: Desk) -> None:
    """It says so."""
    with pytest.raises(StorageError, match="no silence 7"):
        desk.writer.end_silence(7, "olga", NOW)
    with pytest.raises(StorageError, match="no maintenance 7"):
        desk.writer.end_maintenance(7, "olga", NOW)


def test_the_configurations_silences_and_maintenance_stand_as_written(desk: Desk) -> None:
    """Times in their zones; read again they stay the same rows, and are changed in the file only."""
    desk.writer.configure(configuration(CONFIGURATION + PROVISIONED), NOW)
    desk.writer.configure(configuration(CONFIGURATION + PROVISIONED), NOW + HOUR)
    (silence,), (nightly, once) = silences(desk), windows(desk)
    assert (silence.starts_at, silence.ends_at) == (
        datetime(2026, 11, 24, 12, tzinfo=UTC),
        datetime(2026, 11, 24, 15, tzinfo=UTC),
    )
    assert (silence.where, silence.note, silence.provisioned) == ({"tag": ("sales",)}, "moving", True)
    assert (nightly.cron, nightly.timezone, nightly.duration_seconds) == (
        "0 23 * * *",
        "America/New_York",
        1800,
    )
    assert once.starts_at == datetime(2026, 11, 25, 7, tzinfo=UTC)
    with pytest.raises(StorageError, match='"move" stands in the configuration'):
        desk.writer.end_silence(silence.silence_id, "olga", NOW)


def test_what_is_taken_out_of_the_configuration_ends(desk: Desk) -> None:
    """And comes back with it; what people added stays."""
    mine = desk.writer.silence({}, NOW, NOW + HOUR, "olga", "", NOW)
    desk.writer.configure(configuration(CONFIGURATION + PROVISIONED), NOW)
    desk.writer.configure(configuration(), NOW)
    assert ([one.silence_id for one in silences(desk)], windows(desk)) == ([mine], ())
    desk.writer.configure(configuration(CONFIGURATION + PROVISIONED), NOW)
    assert (len(silences(desk)), len(windows(desk))) == (2, 2)


def test_a_tuned_threshold_takes_the_place_of_the_one_before(desk: Desk) -> None:
    """For the same rule and integration only; each is audited with what was set."""
    tune = desk.writer.override_threshold
    first = tune("failed-runs", "crm", "> 9%", "> 30%", "< 5%", "olga", "noisy", NOW)
    everywhere = tune("failed-runs", "", "> 8%", "", "", "olga", "", NOW)
    second = tune("failed-runs", "crm", "> 10%", "", "", "ivan", "", NOW + HOUR)
    with desk.store.read() as connection:
        held, undone = queries.overrides(connection), queries.overrides(connection, reverted=True)
    assert [(one.override_id, one.integration, one.warning) for one in held] == [
        (everywhere, "", "> 8%"),
        (second, "crm", "> 10%"),
    ]
    assert undone == (
        ThresholdOverride(
            override_id=first,
            rule="failed-runs",
            integration="crm",
            warning="> 9%",
            critical="> 30%",
            resolve="< 5%",
            by="olga",
            at=NOW,
            note="noisy",
            reverted_at=NOW + HOUR,
            reverted_by="ivan",
        ),
    )
    assert actions(desk) == [
        ("threshold.override", "crm/failed-runs"),
        ("threshold.override", "*/failed-runs"),
        ("threshold.override", "crm/failed-runs"),
    ]


def test_the_alert_on_blind_sources_has_no_threshold_to_tune(desk: Desk) -> None:
    """It would be stored and never asked; so it is refused, told what to set instead, and not audited."""
    with pytest.raises(StorageError, match=r"collector-blind has no threshold to tune.*set its `every`"):
        desk.writer.override_threshold("collector-blind", "crm", "> 9m", "", "", "olga", "", NOW)
    assert actions(desk) == []


def test_a_tuned_threshold_is_undone_once(desk: Desk) -> None:
    """The rule's own holds again."""
    made = desk.writer.override_threshold("failed-runs", "", "> 9%", "", "", "olga", "", NOW)
    desk.writer.revert_override(made, "ivan", NOW + HOUR)
    with pytest.raises(StorageError, match="holds no longer"):
        desk.writer.revert_override(made, "ivan", NOW + HOUR)
    with desk.store.read() as connection:
        assert queries.overrides(connection) == ()
    assert actions(desk)[-1] == ("threshold.revert", str(made))


@pytest.mark.parametrize(
    ("integration", "warning", "what"),
    [("nobody", "> 5%", "no integration"), ("crm", "", "needs a threshold")],
)
def test_a_tuning_that_means_nothing_is_refused(
    desk: Desk, integration: str, warning: str, what: str
) -> None:
    """And not audited."""
    with pytest.raises(StorageError, match=what):
        desk.writer.override_threshold("failed-runs", integration, warning, "", "", "olga", "", NOW)
    assert actions(desk) == []
