"""What an evaluation sees: blind sources mute what they feed, shared ones are one alert, the unready wait."""

from datetime import timedelta

import pytest

from alerts.machine import SeenKind
from alerts.seeing import Look, ready, sightings
from assess.plan import Watch
from core.alert_states import Severity
from core.facts import Facts, RunFact, WindowFacts
from core.routing import UNROUTED
from core.units import Threshold, Unit
from health.context import IndicatorContext, SourceView
from tests.alerts.alerts_desk import integration, rule
from tests.health.health_makers import NOW, facts, run, source

LOOK = Look(now=NOW, begun=NOW - timedelta(hours=1))
FAILURES = rule(
    key="failures",
    indicator="consecutive_failures",
    warning=Threshold.parse(">= 1", Unit.COUNT),
    critical=None,
)
CALLS = rule(key="calls", indicator="api_error_ratio", min_events=1)


def watch(*names: str, key: str = "crm", **fields: object) -> Watch:
    """An integration with these sources, each looked at every minute."""
    views = {name: SourceView(name) for name in names}
    return Watch(
        integration(key, **fields), (FAILURES, CALLS), frozenset(), IndicatorContext(NOW, sources=views)
    )


def seen_of(watch: Watch, known: Facts, look: Look = LOOK) -> dict[tuple[str, str], SeenKind]:
    """Kinds of what is seen, by rule and label."""
    return {(one.key.rule, one.key.label): one.seen.kind for one in sightings(watch, known, look)}


def runs(status: str, of: str) -> tuple[RunFact, ...]:
    """Three runs that one source brought."""
    return tuple(run(status, hours, source=of) for hours in (1, 2, 3))


@pytest.mark.parametrize(
    ("blind", "muted", "read"), [("log", "failures", "calls"), ("probe", "calls", "failures")]
)
def test_a_blind_source_mutes_what_it_feeds_and_only_that(blind: str, muted: str, read: str) -> None:
    """The log brings runs and the probe calls: whichever is not seen, what the other brings is read as ever."""
    sources = {name: source(name, seconds_ago=600 if name == blind else 20) for name in ("log", "probe")}
    window = CALLS.effective_window
    assert window is not None
    sums = WindowFacts(calls={("probe", 500): 30, ("probe", 200): 10})
    known = facts(*runs("failed", "log"), sources=sources, windows={window: sums})
    found = seen_of(watch("log", "probe"), known)
    assert found[muted, ""] is SeenKind.INHIBITED
    assert found[read, ""] is SeenKind.VALUE


def test_of_two_sources_that_feed_a_rule_one_blind_lets_bad_news_through() -> None:
    """Failures that the seen one brought count; good news may only be half of it."""
    sources = {"log": source("log", seconds_ago=600), "api": source("api")}
    both = watch("log", "api")
    bad = facts(run("failed", 1, source="api"), run("succeeded", 2, source="log"), sources=sources)
    good = facts(run("succeeded", 1, source="api"), run("succeeded", 2, source="log"), sources=sources)
    assert seen_of(both, bad)[("failures", "")] is SeenKind.VALUE
    assert seen_of(both, good)[("failures", "")] is SeenKind.INHIBITED


def test_blindness_is_one_alert_for_each_source() -> None:
    """It is labelled with the source, and says since when it has not been seen."""
    sources = {"log": source("log", seconds_ago=600), "probe": source("probe")}
    found = {
        one.key.label: one.seen for one in sightings(watch("log", "probe"), facts(sources=sources), LOOK)
    }
    assert found["log"].severity is Severity.WARNING
    assert found["log"].since == NOW - timedelta(seconds=600)
    assert found["log"].threshold == "> 3m"
    assert found["probe"].cleared


def test_a_shared_source_is_one_alert_on_unrouted() -> None:
    """However many integrations it feeds, its blindness is told once."""
    look = Look(now=NOW, begun=LOOK.begun, shared=frozenset({"airflow"}))
    known = facts(sources={"airflow": source("airflow", seconds_ago=600)})
    assert ("collector-blind", "airflow") not in seen_of(watch("airflow"), known, look)
    assert seen_of(watch("airflow", key=UNROUTED), known, look) == {
        ("collector-blind", "airflow"): SeenKind.VALUE
    }


def test_what_is_paused_or_not_live_is_not_seen() -> None:
    """Nothing is seen of it, so its alerts are those of something no longer watched."""
    known = facts(*runs("failed", "log"))
    assert seen_of(watch("log", paused=True), known) == {}
    assert seen_of(watch("log", stage="testing"), known) == {}


def test_an_integration_is_ready_once_each_source_was_looked_at() -> None:
    """Looked at since we began, or given three times its `every` for it; a new source counts from its own start."""
    one = watch("log")
    just_begun = Look(now=NOW, begun=NOW)
    old = facts(sources={"log": source("log", seconds_ago=20)})
    assert not ready(one, old, just_begun)
    assert ready(one, old, Look(now=NOW, begun=NOW - timedelta(seconds=30)))
    late = Look(now=NOW, begun=NOW - timedelta(minutes=4))
    assert ready(one, facts(sources={"log": source("log", seconds_ago=600)}), late)
    new = facts(sources={"log": source("log", seconds_ago=None, known_since=NOW - timedelta(minutes=1))})
    assert not ready(one, new, LOOK)
