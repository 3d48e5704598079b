"""Rules: the built-in ones as documented, and how configured ones take their place."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core.alerting import ThresholdOverride
from core.settings import Integration, RuleSettings, SourceSettings
from core.units import Threshold, Unit, Window
from health.context import context_of
from health.registry import indicators
from health.rules import (
    COLLECTOR_BLIND,
    DEFAULT_RULES,
    of_settings,
    rules_for,
    tuned,
    volumes_of,
    windows_of,
)
from tests.health.health_makers import NOW

DOCS = Path(__file__).parents[2] / "docs" / "health.md"


def integration(**fields: Any) -> Integration:
    values: dict[str, Any] = {"key": "crm", "name": "CRM", "method": "api", "source_system": "CRM"}
    return Integration(**{**values, **fields})


def configured(**fields: Any) -> RuleSettings:
    values: dict[str, Any] = {
        "key": "mine",
        "name": "Mine",
        "indicator": "run_failure_ratio",
        "warning": Threshold.parse("> 1%", Unit.RATIO),
    }
    return RuleSettings(**{**values, **fields})


def test_the_documented_thresholds_are_the_built_in_ones() -> None:
    """docs/health.md has one row for each built-in rule, with its very numbers."""
    rows = re.findall(r"^\| `([a-z0-9-]+)` \|(.*)\|$", DOCS.read_text("utf-8"), flags=re.M)
    told = {key: tuple(cell.strip().strip("`") for cell in cells.split("|")[:5]) for key, cells in rows}
    built_in = {
        rule.key: (
            rule.indicator,
            str(rule.effective_window or "—"),
            str(rule.warning or "—"),
            str(rule.critical or "—"),
            str(rule.min_events),
        )
        for rule in DEFAULT_RULES
    }
    assert told == built_in
    assert list(told) == list(built_in)


def test_every_indicator_is_documented() -> None:
    """A support person finds each one by its name."""
    text = DOCS.read_text("utf-8")
    assert [name for name in indicators() if f"**`{name}`**" not in text] == []


def test_built_in_rules_have_keys_of_their_own() -> None:
    """A key is an identity."""
    assert len({rule.key for rule in DEFAULT_RULES}) == len(DEFAULT_RULES)


def test_a_configured_rule_takes_the_place_of_all_built_in_ones_on_its_indicator() -> None:
    """For the integrations it covers, and for no other."""
    rule = configured(where={"method": ("api",)})
    mine = [one.key for one in rules_for(integration(), [rule]) if one.indicator == "run_failure_ratio"]
    other = [
        one.key
        for one in rules_for(integration(method="csv"), [rule])
        if one.indicator == "run_failure_ratio"
    ]
    assert mine == ["mine"]
    assert other == ["failed-runs-lately", "failed-runs"]


@pytest.mark.parametrize(
    ("where", "covered"),
    [
        ({}, True),
        ({"integration": ("crm",)}, True),
        ({"integration": ("erp",)}, False),
        ({"tag": ("hr", "x")}, True),
        ({"system": ("Butterboard",), "criticality": ("high",)}, False),
        ({"system": ("Butterboard",), "criticality": ("normal",)}, True),
    ],
    ids=["everywhere", "by key", "another key", "by one of its tags", "one of two", "both of two"],
)
def test_where_matches_every_name_with_one_of_its_values(where: dict[str, Any], covered: bool) -> None:
    """All names must match, any value of each will do."""
    rules = rules_for(integration(tags=("hr",)), [configured(where=where)])
    assert ("mine" in {rule.key for rule in rules}) is covered


def test_what_a_configured_rule_leaves_open_is_as_the_built_in_one_has_it() -> None:
    """Window and minimum of events; a smaller window of runs lowers the minimum with it."""
    assert of_settings(configured()).window == Window.parse("6h")
    assert of_settings(configured()).min_events == 5
    assert of_settings(configured(window=Window(runs=3))).min_events == 3
    assert of_settings(configured(min_events=0)).min_events == 0
    quiet = configured(indicator="run_duration_p95_seconds", warning=Threshold.parse("> 1h", Unit.SECONDS))
    assert of_settings(quiet).window == Window.parse("24h")


def test_the_rule_for_what_has_no_schedule_is_for_nothing_else() -> None:
    """With a schedule, missed runs are judged better."""
    assert "no-success" in {rule.key for rule in rules_for(integration())}
    scheduled = integration(schedule={"every": timedelta(hours=1)})
    assert "no-success" not in {rule.key for rule in rules_for(scheduled)}


@pytest.mark.parametrize(
    ("slo", "keys"),
    [
        (None, []),
        ("99.5%", ["budget-1h", "budget-6h", "budget-1d", "budget-3d"]),
        ("90%", ["budget-6h", "budget-1d", "budget-3d"]),
        ("60%", ["budget-3d"]),
        ("100%", []),
    ],
)
def test_an_error_budget_is_judged_where_it_can_burn(slo: str | None, keys: list[str]) -> None:
    """Without a promise there is none; a rate that a low promise cannot reach is left out."""
    one = integration(slo={"success": slo}) if slo else integration()
    assert [rule.key for rule in rules_for(one) if rule.indicator == "error_budget_burn"] == keys


def test_windows_of_rules_are_what_storage_must_read() -> None:
    """Each once; none for an indicator that looks at no window, or at single runs only."""
    wanted = {Window.parse(text) for text in ("6h", "10 runs", "36h", "1h", "24h")}
    assert windows_of(rules_for(integration())) == wanted
    pairs = {Window.parse(text) for text in ("5m", "30m", "2h", "3d")}
    assert windows_of(DEFAULT_RULES) == wanted | pairs
    assert volumes_of(DEFAULT_RULES) == {Window.parse("24h")}
    assert windows_of(rule for rule in DEFAULT_RULES if rule.indicator == "consecutive_failures") == set()


def test_a_context_is_made_of_the_configuration() -> None:
    """Schedule in its own zone, else the installation's; each source's rhythm and need."""
    made = context_of(
        integration(
            schedule={"cron": "0 2 * * *"},
            partial_is_failure=True,
            sources=(SourceSettings(type="rest", name="log", required=False),),
        ),
        NOW,
        ZoneInfo("Europe/Moscow"),
    )
    assert made.timetable is not None
    assert made.timetable.zone == ZoneInfo("Europe/Moscow")
    assert made.partial_is_failure
    assert not made.source("log").required
    assert made.source("log").is_error(404)
    assert not made.source("log").is_error(499)


def test_what_a_configured_rule_leaves_open_of_its_time_is_as_the_built_in_one_has_it() -> None:
    """`for` and its like; its own threshold is over by its own `resolve` only."""
    built_in = next(rule for rule in DEFAULT_RULES if rule.key == "failed-runs-lately")
    mine = of_settings(configured(), ("chat",))
    assert (mine.hold, mine.keep_firing_for) == (built_in.hold, built_in.keep_firing_for)
    assert mine.hold > timedelta(0)
    assert (mine.resolve, mine.no_data, mine.repeat) == (None, "keep", timedelta(hours=4))
    assert mine.notify == ("chat",)
    written = of_settings(configured(**{"for": timedelta(0), "no_data": "ok", "notify": ()}), ("chat",))
    assert (written.hold, written.no_data, written.notify) == (timedelta(0), "ok", ())


def test_every_rule_that_names_no_channel_tells_those_of_the_top() -> None:
    """Built-in and configured ones."""
    assert {rule.notify for rule in rules_for(integration(), [configured()], notified=("chat",))} == {
        ("chat",)
    }


def test_a_resolve_threshold_of_a_built_in_rule_is_apart_from_its_others() -> None:
    """No reading meets both, and none between the two changes anything."""
    for rule in DEFAULT_RULES:
        mildest = rule.warning or rule.critical
        assert mildest is not None
        if rule.resolve is not None:
            assert rule.resolve.rises != mildest.rises
            assert not mildest.met(rule.resolve.value), rule.key


def override(number: int, **fields: Any) -> ThresholdOverride:
    values = {"rule": "missed-runs", "warning": ">= 3", "at": datetime(2027, 1, 1, tzinfo=UTC)}
    return ThresholdOverride(override_id=number, **{**values, **fields})


@pytest.mark.parametrize(
    ("overrides", "warning"),
    [
        ([], ">= 1"),
        ([override(1)], ">= 3"),
        ([override(1), override(2, warning=">= 4")], ">= 4"),
        ([override(1, integration="crm"), override(2, warning=">= 4")], ">= 3"),
        ([override(1, integration="erp")], ">= 1"),
        ([override(1, rule="failed-runs")], ">= 1"),
        ([override(1, warning="> 5%")], ">= 1"),
        ([override(1, warning="")], ">= 1"),
        ([override(1, reverted_at=datetime(2027, 1, 2, tzinfo=UTC))], ">= 1"),
    ],
    ids=[
        "none",
        "for all",
        "the later",
        "the closer",
        "another's",
        "another rule",
        "unreadable",
        "empty",
        "undone",
    ],
)
def test_a_tuned_threshold_takes_the_place_of_the_rules_own(
    overrides: list[ThresholdOverride], warning: str
) -> None:
    """One for the integration goes before one for all; what cannot be read changes nothing."""
    (rule,) = (one for one in tuned(DEFAULT_RULES, overrides, "crm") if one.key == "missed-runs")
    assert str(rule.warning) == warning


def test_a_blind_collector_is_no_reading_of_an_integration() -> None:
    """It makes it unknown, never degraded; so its rule is not among those that judge."""
    assert COLLECTOR_BLIND not in DEFAULT_RULES
    assert COLLECTOR_BLIND.key not in {rule.key for rule in DEFAULT_RULES}
