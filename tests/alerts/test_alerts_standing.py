"""The alerts document says of each alert how it stands and who was told, and how alerting itself does."""

from __future__ import annotations

from datetime import UTC
from typing import Any

import pytest

from alerts.standing import alerts_document
from core.alert_states import AlertKey
from core.settings import Settings
from reports.alert_table import show_alerts
from reports.alerts import exit_code
from storage.store import Store
from tests.alerts.alerts_house import FAILURES, HOUR, MINUTE, TICK, House, settings_of

PROMISED = {
    "rule", "rule_name", "integration", "integration_name", "label", "phase", "severity", "reason", "text",
    "since", "fired_at", "value", "threshold", "silenced", "maintenance", "muted_until", "acknowledged",
    "flapping", "told", "episode", "link",
}  # fmt: skip
KEY = AlertKey("failures", "crm")


@pytest.fixture
def house(store: Store) -> House:
    """A house whose source has been looked at, and whose last three runs failed."""
    house = House(store, settings_of(FAILURES, head="address: https://monitor.example/\nlanguage: ru"))
    house.poll().tick(MINUTE)
    for _ in range(3):
        house.run("failed")
    return house.tick(TICK)


def document(house: House, language: str = "en", **options: Any) -> dict[str, Any]:
    with house.store.read() as connection:
        return dict(alerts_document(connection, house.settings, house.now, language, **options))


def test_the_document_has_the_promised_keys(house: House) -> None:
    """Its fields are a promise to programs."""
    found = document(house)
    assert list(found) == ["as_of", "firing", "alerts", "ended", "evaluation", "outbox", "channels"]
    (alert,) = found["alerts"]
    assert set(alert) == PROMISED
    assert found["evaluation"]["at"] == house.now.isoformat()
    assert found["evaluation"]["duration_seconds"] > 0


def test_an_alert_tells_what_since_when_and_against_which_threshold(house: House) -> None:
    """In the language asked for, with a link to its integration and to whom it was told."""
    house.deliver()
    (alert,) = document(house)["alerts"]
    assert (alert["rule"], alert["rule_name"], alert["integration_name"]) == ("failures", "Failures", "CRM")
    assert (alert["phase"], alert["severity"], alert["reason"]) == ("firing", "critical", "threshold")
    assert (alert["value"], alert["threshold"]) == (3, ">= 3")
    assert alert["link"] == "https://monitor.example/integration?integration=crm"
    (told,) = alert["told"]
    assert (told["channel"], told["contact"], told["kind"], told["state"]) == (
        "chat",
        None,
        "fired",
        "delivered",
    )
    assert document(house)["firing"] == {"warning": 0, "critical": 1}
    (russian,) = document(house, "ru")["alerts"]
    assert russian["text"] != alert["text"]


def test_what_mutes_an_alert_stands_beside_it(house: House) -> None:
    """A silence and a maintenance window that match it; it fires all the same."""
    until = house.now + HOUR
    house.writer.silence({"rule": ("failures",)}, house.now, until, "olga", "", house.now)
    house.writer.silence({"rule": ("other",)}, house.now, until + HOUR, "olga", "", house.now)
    (alert,) = document(house)["alerts"]
    assert (alert["silenced"], alert["maintenance"], alert["muted_until"]) == (True, False, until.isoformat())
    house.writer.plan_maintenance(
        "Work", {"integration": ("crm",)}, "olga", "", house.now, starts_at=house.now, ends_at=until + HOUR
    )
    (alert,) = document(house)["alerts"]
    assert (alert["maintenance"], alert["muted_until"]) == (True, (until + HOUR).isoformat())
    assert document(house)["firing"]["critical"] == 1
    house.writer.acknowledge(KEY, "olga", "on it", house.now)
    (alert,) = document(house)["alerts"]
    assert alert["acknowledged"] == {"by": "olga", "at": house.now.isoformat(), "note": "on it"}


def test_what_ended_lately_is_told_when_asked_for(house: House) -> None:
    """With its end; an alert of another integration is left out."""
    house.run("succeeded").tick(HOUR, step=MINUTE)
    assert document(house)["ended"] == []
    found = document(house, everything=True)
    assert found["alerts"] == []
    (ended,) = found["ended"]
    assert (ended["kind"], ended["rule"], ended["severity"]) == ("recovered", "failures", "critical")
    assert document(house, everything=True, integration="other")["ended"] == []


def test_a_message_that_cannot_leave_is_told(house: House) -> None:
    """In the outbox's sums and at its channel."""
    assert document(house)["outbox"] == {
        "waiting": 1, "retrying": 0, "dead": 0, "oldest_waiting_seconds": 0.0,
    }  # fmt: skip
    (parcel,) = house.writer.lease("w", house.now, 10, 60, lambda _: "b")
    house.writer.failed(parcel.name, "401", None, house.now)
    house.writer.disable_channel("chat", "401: bad token", "monitor", house.now)
    found = document(house)
    assert (found["outbox"]["waiting"], found["outbox"]["dead"]) == (0, 1)
    (channel,) = found["channels"]
    assert (channel["key"], channel["enabled"], channel["disabled_why"]) == ("chat", False, "401: bad token")
    assert (channel["delivered"], channel["failed"], channel["dead"]) == (0, 0, 1)


def test_a_rule_that_is_gone_is_called_by_its_key(house: House) -> None:
    """Until its alert is closed."""
    house.settings = settings_of()
    (alert,) = document(house)["alerts"]
    assert alert["rule_name"] == "failures"


def test_an_old_evaluation_is_told(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    """What stands in the list may be over, or there may be more."""
    house.wait(HOUR)
    show_alerts(document(house), "en", UTC)
    assert "not been evaluated for 1 hour" in capsys.readouterr().out


def test_a_tuned_threshold_is_that_of_health_and_of_alerts(house: House) -> None:
    """One truth: what a person tuned judges the integration and steps the alert; undone, the rule's own does."""
    from assess.status import status_document

    def health(settings: Settings) -> object:
        with house.store.read() as connection:
            found = dict(status_document(connection, settings, house.now))
        return found["verdict"]

    assert health(house.settings) == "failing"
    made = house.writer.override_threshold("failures", "crm", ">= 9", "", "", "olga", "", house.now)
    assert health(house.settings) == "healthy"
    house.tick(HOUR, step=MINUTE)
    assert document(house)["alerts"] == []
    house.writer.revert_override(made, "olga", house.now)
    house.tick(2 * TICK)
    assert health(house.settings) == "failing"
    assert document(house)["firing"]["critical"] == 1


@pytest.mark.parametrize(
    ("warning", "critical", "age", "code"),
    [(0, 0, 5, 0), (2, 0, 5, 1), (1, 1, 5, 2), (0, 0, None, 3), (0, 0, 901, 3), (1, 0, 901, 1)],
    ids=["nothing", "warning", "critical", "never evaluated", "long ago", "a warning long ago"],
)
def test_the_command_ends_with_the_worst_that_fires(
    warning: int, critical: int, age: int | None, code: int
) -> None:
    """Where nobody evaluates, that nothing fires is not known."""
    evaluation = None if age is None else {"age_seconds": age}
    assert exit_code({"firing": {"warning": warning, "critical": critical}, "evaluation": evaluation}) == code


def test_the_terminal_shows_each_alert_and_what_keeps_messages_back(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    """What came from outside is text, not markup."""
    house.writer.acknowledge(KEY, "[red]olga", "", house.now)
    house.writer.disable_channel("chat", "[bold]401", "monitor", house.now)
    show_alerts(document(house, everything=True), "en", UTC)
    shown = capsys.readouterr().out
    for text in (
        "CRM",
        "Failures",
        ">= 3",
        "acknowledged by [red]olga",
        "chat (waiting)",
        "firing: 1 critical, 0 warnings",
    ):
        assert text in shown
    assert "The channel chat is disabled: [bold]401" in shown


def test_the_terminal_speaks_the_language_of_the_installation(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the times of its zone."""
    house.writer.acknowledge(KEY, "olga", "", house.now)
    show_alerts(document(house, "ru"), "ru", house.settings.zone)
    shown = capsys.readouterr().out
    for text in ("Интеграция", "в работе у olga", "chat (ждёт)", "14:0", "критических: 1"):
        assert text in shown


def test_before_the_first_evaluation_the_terminal_says_so(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    """An empty list is no all-clear then."""
    show_alerts(document(House(store, settings_of())), "en", UTC)
    shown = capsys.readouterr().out
    assert "not been evaluated yet" in shown
    assert "nothing fires" in shown
