"""Alerts as they are read: listed, paged, and exported."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.alert_states import AlertKey, EventKind, Phase, Severity
from core.alerting import NoticeKind
from storage import queries
from storage.queries.export_alerts import ALERT_FIELDS
from storage.store import Store
from tests.storage.storage_alerts import (
    KEY,
    OTHER,
    Desk,
    event,
    firing,
    notice,
)
from tests.storage.storage_samples import NOW, at

MINUTE = timedelta(minutes=1)


@pytest.fixture
def desk(store: Store) -> Desk:
    return Desk(store)


def test_alerts_are_listed_the_worst_first_with_who_was_told(desk: Desk) -> None:
    """Of each target the newest notice of this episode; normal and pending ones only when asked for."""
    warning = firing(severity=Severity.WARNING)
    critical = firing(OTHER)
    pending = firing(AlertKey("api-errors", "crm"), phase=Phase.PENDING)
    old = notice(episode="before")
    desk.decide(
        states=(warning, critical, pending), notices=(old, notice(), notice(kind=NoticeKind.REPEATED))
    )
    with desk.store.read() as connection:
        rows = queries.alerts(connection)
        assert [row.state for row in rows] == [critical, warning]
        assert [row.integration_name for row in rows] == ["HR", "CRM"]
        assert [[one.kind for one in row.notices] for row in rows] == [[], [NoticeKind.REPEATED]]
        assert [row.state for row in queries.alerts(connection, integration="crm")] == [warning]
        assert [row.state for row in queries.alerts(connection, phases=[Phase.PENDING])] == [pending]
        assert [row.state for row in queries.alerts(connection, key=OTHER)] == [critical]
        assert queries.alerts(connection, key=KEY._replace(label="x")) == []


def test_events_come_in_pages_the_last_first(desk: Desk) -> None:
    """No page repeats or leaves out one, also of the same instant."""
    kinds = (EventKind.FIRED, EventKind.WORSENED, EventKind.EASED, EventKind.RECOVERED)
    desk.decide(events=tuple(event(kind, detail="d", value=1.5, since=at(9)) for kind in kinds))
    desk.decide(events=(event(key=OTHER, at=at(60)),))
    found, after = [], None
    with desk.store.read() as connection:
        while True:
            page = queries.alert_events(connection, after=after, limit=2)
            found += [row.event for row in page.items]
            after = page.next
            if after is None:
                break
        assert [one.kind for one in found] == [*reversed(kinds), EventKind.FIRED]
        assert found[0] == event(EventKind.RECOVERED, detail="d", value=1.5, since=at(9))
        assert len(queries.alert_events(connection, integration="hr").items) == 1
        assert len(queries.alert_events(connection, since=at(1)).items) == 4
        assert len(queries.alert_events(connection, episode="missed-runs-1").items) == 1


def test_the_last_evaluation_tells_its_time_and_duration(desk: Desk) -> None:
    """None before the first."""
    with desk.store.read() as connection:
        assert queries.last_evaluated(connection) is None
    desk.decide(duration_seconds=0.125)
    with desk.store.read() as connection:
        told = queries.last_evaluated(connection)
    assert told is not None
    assert (told.at, told.duration_seconds) == (NOW, 0.125)


def test_an_export_has_each_firing_once_from_its_beginning_to_its_end(desk: Desk) -> None:
    """With the worst severity it had, and who took it up last; those over before `since` are left out."""
    warning = Severity.WARNING
    desk.decide(
        states=(firing(),),
        events=(
            event(episode="a", at=at(60), since=at(70), severity=warning, value=0.5, threshold="> 20%"),
            event(EventKind.WORSENED, episode="a", at=at(55)),
            event(EventKind.RECOVERED, episode="a", at=at(50), severity=None),
            event(
                at=at(5), since=at(9), severity=warning, detail='{"text":"It {how}","params":{"how":"fails"}}'
            ),
            event(EventKind.RECOVERED, episode="begun before all memory", at=at(4)),
        ),
    )
    desk.writer.acknowledge(KEY, "olga", "on it", NOW)
    with desk.store.read() as connection:
        first, second = queries.export_alerts(connection)
        assert list(queries.export_alerts(connection, "crm", at(50))) == [first, second]
        assert list(queries.export_alerts(connection, "crm", at(49))) == [second]
        assert list(queries.export_alerts(connection, "hr")) == []
    assert list(first) == ALERT_FIELDS
    assert first == {
        **dict.fromkeys(ALERT_FIELDS),
        "integration": "crm",
        "rule": "failed-runs",
        "episode": "a",
        "severity": "critical",
        "reason": "threshold",
        "started_at": at(70).isoformat(),
        "fired_at": at(60).isoformat(),
        "ended_at": at(50).isoformat(),
        "ended_as": "recovered",
        "duration_seconds": 1200.0,
        "value": 0.5,
        "threshold": "> 20%",
    }
    assert (second["text"], second["ended_at"], second["acknowledged_by"], second["note"]) == (
        "It fails",
        None,
        "olga",
        "on it",
    )
