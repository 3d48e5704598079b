"""Makes facts and contexts for the tests of health."""

from datetime import UTC, datetime, timedelta
from typing import Any

from core.facts import Facts, RunFact, SourceFacts
from core.records import RunStatus, Side
from health.context import IndicatorContext
from health.schedule import Timetable

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def run(status: str, hours_ago: float = 1, *, job: str = "", **fields: Any) -> RunFact:
    """An ended run that took five minutes."""
    finished_at = NOW - timedelta(hours=hours_ago)
    values: dict[str, Any] = {
        "source": "log",
        "job": job,
        "external_id": f"{job}-{hours_ago}",
        "status": RunStatus(status),
        "started_at": finished_at - timedelta(minutes=5),
        "finished_at": finished_at,
        "duration_seconds": 300.0,
    }
    return RunFact(**{**values, **fields})


def open_run(hours_ago: float, status: str = "running") -> RunFact:
    """A run that began so long ago and has not ended."""
    return RunFact(
        source="log",
        job="",
        external_id=f"open-{hours_ago}",
        status=RunStatus(status),
        started_at=NOW - timedelta(hours=hours_ago),
    )


def source(name: str = "log", seconds_ago: float | None = 20, **fields: Any) -> SourceFacts:
    """A source that was last seen so many seconds ago; None: never."""
    seen = None if seconds_ago is None else NOW - timedelta(seconds=seconds_ago)
    values: dict[str, Any] = {
        "name": name,
        "type": "rest",
        "side": Side.TARGET,
        "known_since": NOW - timedelta(days=30),
        "last_poll_at": seen,
        "last_ok_at": seen,
    }
    return SourceFacts(**{**values, **fields})


def facts(*recent: RunFact, **fields: Any) -> Facts:
    """What is known of one integration, seen a moment ago."""
    values: dict[str, Any] = {
        "integration": "crm",
        "as_of": NOW,
        "known_since": NOW - timedelta(days=30),
        "recent": recent,
        "sources": {"log": source()},
        "last_finished_at": recent[0].finished_at if recent else None,
        "last_succeeded_at": next((r.finished_at for r in recent if r.status == "succeeded"), None),
    }
    return Facts(**{**values, **fields})


def context(timetable: Timetable | None = None, **fields: Any) -> IndicatorContext:
    """The context at NOW."""
    return IndicatorContext(now=NOW, timetable=timetable, **fields)
