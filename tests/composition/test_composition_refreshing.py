"""What a refresh computes: what changed, what has aged, and everything now and then."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest

from composition.refreshing import AGED, YESTERDAY_EVERY, Refresher
from core.settings import Settings
from storage.overview_row import OverviewSnapshot
from storage.store import Store
from storage.writer import Writer
from tests.alerts.alerts_house import BEGIN, FAILURES, settings_of

SECOND = timedelta(seconds=1)
TWO = ", ".join(
    f"{{key: {key}, name: N, method: api, source_system: HR, sources: [{{type: made, name: log, every: 1m}}]}}"
    for key in ("crm", "hr")
)
ALL = [("crm", "now"), ("crm", "yesterday"), ("hr", "now"), ("hr", "yesterday")]


class Desk:
    """A refresher on a real database. saved: (integration, horizon) of the rows of each refresh."""

    def __init__(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        self.settings: Settings = settings_of(FAILURES, integrations=TWO)
        writer = Writer(store)
        writer.configure(self.settings, BEGIN)
        self.saved: list[list[tuple[str, str]]] = []
        save = writer.save_overview

        def noted(rows: Sequence[OverviewSnapshot]) -> None:
            save(rows)
            self.saved.append(sorted((row.integration, row.horizon) for row in rows))

        monkeypatch.setattr(writer, "save_overview", noted)
        self.refresh = Refresher(lambda: self.settings, store, writer)
        self.refresh(None, BEGIN)


@pytest.fixture
def desk(store: Store, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """It has refreshed everything at BEGIN."""
    return Desk(store, monkeypatch)


def test_what_has_not_aged_is_left_alone(desk: Desk) -> None:
    """What a poll brought up to date just before need not be computed again; the rest must, in time."""
    desk.refresh(frozenset({"crm"}), BEGIN + 30 * SECOND)
    desk.refresh(None, BEGIN + AGED - SECOND)
    desk.refresh(None, BEGIN + AGED)
    desk.refresh(None, BEGIN + 30 * SECOND + AGED)
    assert desk.saved == [ALL, [("crm", "now")], [("hr", "now")], [("crm", "now")]]


def test_everything_is_computed_now_and_then(desk: Desk) -> None:
    """With the facts of 24 hours ago; and at once where the clock was set back."""
    desk.refresh(None, BEGIN + YESTERDAY_EVERY)
    desk.refresh(None, BEGIN)
    assert desk.saved == [ALL, ALL, ALL]


def test_another_configuration_has_everything_computed(desk: Desk) -> None:
    """Its rules may look back over other windows."""
    desk.settings = settings_of(integrations=TWO)
    desk.refresh(None, BEGIN + SECOND)
    assert desk.saved == [ALL, ALL]


def test_yesterday_is_computed_of_all_and_today_of_what_has_aged(desk: Desk) -> None:
    """What was brought up to date a moment ago is not computed once more because of its yesterday."""
    desk.refresh(frozenset({"crm"}), BEGIN + YESTERDAY_EVERY - SECOND)
    desk.refresh(None, BEGIN + YESTERDAY_EVERY)
    assert desk.saved[-1] == [("crm", "yesterday"), ("hr", "now"), ("hr", "yesterday")]


def test_where_nothing_has_aged_nothing_is_stored(desk: Desk) -> None:
    """A refresh of everything then costs a look at the clock."""
    desk.refresh(None, BEGIN + SECOND)
    desk.refresh(frozenset(), BEGIN + SECOND)
    assert desk.saved == [ALL]
