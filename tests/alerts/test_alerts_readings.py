"""What is read again of facts that are the same, and what is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from alerts import readings
from alerts.readings import Readings
from assess.plan import Watch
from core.facts import Facts
from health.context import IndicatorContext
from health.rule import Rule
from health.status import RuleReading, read_rule
from tests.alerts.alerts_desk import integration, rule
from tests.health.health_makers import NOW, facts, run

FAILURES = rule(key="failures", indicator="consecutive_failures")
UNSEEN = rule(key="unseen", indicator="poll_staleness_seconds")
WATCH = Watch(integration("crm"), (FAILURES, UNSEEN), frozenset(), IndicatorContext(NOW))


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Keys of the rules that were read, in order."""
    keys: list[str] = []

    def noted(rule: Rule, facts: Facts, context: IndicatorContext) -> RuleReading:
        keys.append(rule.key)
        return read_rule(rule, facts, context)

    monkeypatch.setattr(readings, "read_rule", noted)
    return keys


def test_of_the_same_facts_only_what_ages_is_read_again(read: list[str]) -> None:
    """A row of failures stays what it is; how long nobody looked grows, and is read as of now."""
    known, memory = facts(run("failed")), Readings()
    first = memory.of(WATCH, known, WATCH.context)
    later = memory.of(WATCH, known, replace(WATCH.context, now=NOW + timedelta(seconds=40)))
    assert read == ["failures", "unseen", "unseen"]
    assert [one.key.rule for one in later] == ["failures", "unseen"]
    assert [one.seen.value for one in first] == [1.0, 20.0]
    assert [one.seen.value for one in later] == [1.0, 60.0]


def test_other_facts_are_read_by_every_rule(read: list[str]) -> None:
    """Facts are the same only where they are the very ones, however alike they look."""
    memory = Readings()
    memory.of(WATCH, facts(run("failed")), WATCH.context)
    found = memory.of(WATCH, facts(run("failed", 0.5), run("failed")), WATCH.context)
    assert read == ["failures", "unseen"] * 2
    assert found[0].seen.value == 2.0


def test_other_rules_read_the_same_facts_anew(read: list[str]) -> None:
    """A configuration that changed has its own."""
    known, memory = facts(run("failed")), Readings()
    memory.of(WATCH, known, WATCH.context)
    memory.of(replace(WATCH, rules=(FAILURES,)), known, WATCH.context)
    assert read == ["failures", "unseen", "failures"]
