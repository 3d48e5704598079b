"""A round of everything leaves out what was evaluated just before, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from alerts.evaluate import LATELY
from core.alerting import AlertInputs, AlertOutcome
from storage.store import Store
from tests.alerts.alerts_house import FAILURES, House, settings_of

SECOND = timedelta(seconds=1)
TWO = ", ".join(
    f"{{key: {key}, name: N, method: api, source_system: HR, sources: [{{type: made, name: log, every: 1m}}]}}"
    for key in ("crm", "hr")
)


@pytest.fixture
def looked(store: Store, monkeypatch: pytest.MonkeyPatch) -> tuple[House, list[set[str]]]:
    """A house of two integrations, and which of them each evaluation wrote readings of."""
    house = House(store, settings_of(FAILURES, integrations=TWO))
    seen: list[set[str]] = []
    keep = house.writer.evaluate

    def noted(decide: Callable[[AlertInputs], AlertOutcome], now: datetime) -> AlertOutcome:
        outcome = keep(decide, now)
        seen.append({one.key.integration for one in outcome.evaluations})
        return outcome

    monkeypatch.setattr(house.writer, "evaluate", noted)
    house.poll("crm").poll("hr").evaluate()
    return house, seen


def whole(house: House) -> None:
    """A round of everything, as the worker asks for it."""
    house.evaluator.evaluate(house.now, unless_within=LATELY)


def test_what_changed_is_not_evaluated_twice(looked: tuple[House, list[set[str]]]) -> None:
    """Only the other one is, until its time has passed."""
    house, seen = looked
    house.wait(LATELY)
    house.evaluator.evaluate(house.now, {"crm"})
    house.wait(SECOND)
    whole(house)
    house.wait(LATELY - SECOND)
    whole(house)
    assert seen == [{"crm", "hr"}, {"crm"}, {"hr"}, {"crm"}]


def test_what_changed_is_evaluated_with_everything(looked: tuple[House, list[set[str]]]) -> None:
    """However lately it was; and what was not evaluated for long besides."""
    house, seen = looked
    house.wait(LATELY)
    house.evaluator.evaluate(house.now, {"crm"})
    house.wait(SECOND)
    house.evaluator.evaluate(house.now, unless_within=LATELY, certainly=frozenset({"crm"}))
    house.wait(SECOND)
    house.evaluator.evaluate(house.now, unless_within=LATELY, certainly=frozenset({"hr"}))
    assert seen == [{"crm", "hr"}, {"crm"}, {"crm", "hr"}, {"hr"}]


def test_another_configuration_is_judged_by_at_once(looked: tuple[House, list[set[str]]]) -> None:
    """What was evaluated by the old one counts no more; nor does what a clock set back says of later."""
    house, seen = looked
    house.take_over(settings_of(integrations=TWO))
    whole(house.wait(SECOND))
    whole(house.wait(-5 * SECOND))
    assert seen == [{"crm", "hr"}] * 3


def test_what_could_not_be_stored_is_evaluated_again(
    looked: tuple[House, list[set[str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An evaluation that our database did not take has not been one."""
    house, seen = looked
    house.wait(LATELY)
    stores = house.writer.evaluate

    def fail(*_: object) -> AlertOutcome:
        raise OSError

    monkeypatch.setattr(house.writer, "evaluate", fail)
    with pytest.raises(OSError):  # noqa: PT011 - it has no words
        house.evaluator.evaluate(house.now, {"crm"})
    monkeypatch.setattr(house.writer, "evaluate", stores)
    whole(house)
    assert seen[-1] == {"crm", "hr"}
