"""The page Health, drawn without a browser."""

from __future__ import annotations

from datetime import timedelta

import pytest

from storage.store import Store
from tests.dashboard import dashboard_database as database
from tests.dashboard.conftest_dashboard import NOW, Desk, Open, furnish, no_database, words_of


def test_the_verdict_names_what_is_failing(filled: Store, open_page: Open) -> None:
    """One sentence says how many are failing and which."""
    furnish(lambda: filled, database.settings())
    said = words_of(open_page("health"))
    assert "3 of 11 integrations are failing" in said
    assert "PeopleSoft" in said


def test_the_worst_say_what_to_do_first(filled: Store, open_page: Open) -> None:
    """Its reason, since when, whose it is and the next step stand on the first page."""
    furnish(lambda: filled, database.settings())
    said = words_of(open_page("health")).replace("\\", "")
    assert "What to do first" in said
    assert "Failing · since" in said
    assert "→ Ask the customer for a new key" in said


def test_it_speaks_russian(filled: Store, open_page: Open) -> None:
    """`?lang=ru` changes every text, with the right plural and the language's numbers."""
    furnish(lambda: filled, database.settings())
    app = open_page("health", lang="ru")
    said = words_of(app)
    assert app.title[0].value == "Здоровье"
    assert "Сбой в 3 интеграциях из 11" in said
    assert "Со вчерашнего дня" in said


def test_the_table_holds_all_worst_first(filled: Store, open_page: Open) -> None:
    """Failing ones stand on top, the paused one at the end, and headings are words."""
    furnish(lambda: filled, database.settings())
    table = open_page("health").dataframe[0].value
    assert len(table) == len(database.KINDS)
    assert table["State"].iloc[0][0].endswith("Failing")
    assert table["Integration"].iloc[-1] == "Odoo → Butterboard"
    assert not [name for name in table.columns if "_" in name]


@pytest.mark.parametrize(("state", "count"), [("failing", 3), ("healthy", 5), ("nonsense", 12)])
def test_a_state_in_the_address_filters(filled: Store, open_page: Open, state: str, count: int) -> None:
    """`?state=` shows only those; a state that does not exist shows all."""
    furnish(lambda: filled, database.settings())
    assert len(open_page("health", state=state).dataframe[0].value) == count


def test_a_blind_collector_is_a_problem_of_its_own(filled: Store, open_page: Open) -> None:
    """What a collector does not see is called unknown, not healthy."""
    furnish(lambda: filled, database.settings())
    assert "3 collectors see nothing" in words_of(open_page("health"))


def test_a_refused_configuration_is_told_where_people_look(
    filled: Store, empty: Store, open_page: Open
) -> None:
    """Whoever changed the file looks here for what they added; so it is told where nothing is watched, too."""
    problem = ("integrations[1].method", "did you mean api?")
    for store, settings in ((filled, database.settings()), (empty, database.nothing())):
        furnish(lambda store=store: store, settings, problems=(problem,))  # type: ignore[misc]
        assert "A changed configuration was refused" in words_of(open_page("health"))
    furnish(lambda: filled, database.settings())
    assert "was refused" not in words_of(open_page("health"))


def test_old_facts_are_said_to_be_old(filled: Store, open_page: Open) -> None:
    """When the worker stands still the page says so instead of showing yesterday as today."""
    furnish(lambda: filled, database.settings(), now=NOW + timedelta(hours=2))
    assert "These facts are 2 hr old" in words_of(open_page("health"))


def test_nothing_configured_says_what_to_do(empty: Store, open_page: Open) -> None:
    """An empty installation names the file to write and the command that shows an example."""
    furnish(lambda: empty, database.nothing())
    said = words_of(open_page("health"))
    assert "No integration is watched yet" in said
    assert "integration-monitor demo" in said


def test_nothing_collected_says_what_to_do(empty: Store, open_page: Open) -> None:
    """Configured but never polled: the page says that no news has come and how to get some."""
    furnish(lambda: empty, database.settings())
    said = words_of(open_page("health"))
    assert "Nothing has been collected yet" in said


def test_no_database_says_the_remedy(open_page: Open) -> None:
    """A database that cannot be opened shows its own remedy, never a traceback."""
    furnish(no_database, database.settings())
    assert "integration-monitor migrate" in words_of(open_page("health"))


def test_what_no_reading_dates_is_dated_by_its_alert(desk: Desk, open_page: Open) -> None:
    """A limit that is nearly used up tells not since when: the alert that watches it has seen it begin."""
    table = open_page("health", state="degraded").dataframe[0].value
    lasts = dict(zip(table["Integration"], table["Lasts"], strict=True))
    assert lasts["HiBob → Butterboard"] > 0


def test_what_is_not_judged_is_told_only_as_that(filled: Store, open_page: Open) -> None:
    """Beside "unknown" there would be no room for "paused"."""
    furnish(lambda: filled, database.settings())
    table = open_page("health").dataframe[0].value
    assert list(table["State"].iloc[-1]) == ["‖ Paused"]


def test_a_silenced_integration_has_a_sign_that_is_explained(desk: Desk, open_page: Open) -> None:
    """The sign fits beside the state; its word stands below the table."""
    desk.writer.silence({"integration": ("peoplesoft",)}, NOW, NOW + timedelta(hours=2), "local", "", NOW)
    app = open_page("health")
    table = app.dataframe[0].value
    states = dict(zip(table["Integration"], table["State"], strict=True))
    assert list(states["PeopleSoft → Butterboard"]) == ["✕ Failing", "⌀"]
    assert "⌀ Silenced" in words_of(app)
