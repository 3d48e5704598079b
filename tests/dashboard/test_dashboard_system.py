"""The page System, drawn without a browser."""

from __future__ import annotations

from datetime import timedelta

import pytest

from storage.store import Store
from tests.dashboard import dashboard_database as database
from tests.dashboard.conftest_dashboard import NOW, Open, furnish, no_database, words_of


def test_a_failed_collector_is_named_with_its_cause(filled: Store, open_page: Open) -> None:
    """What cannot be read stands on top with the error, said once for all sources that share it."""
    furnish(lambda: filled, database.settings())
    said = words_of(open_page("system")).replace("\\", "")
    assert "3 of 36 collectors need attention" in said
    assert said.count("connection refused by sap.example.internal:443") == 1


def test_bad_lines_are_named_and_count_no_trouble(filled: Store, open_page: Open) -> None:
    """A line that cannot be read is told by its place, and its collector stays in order."""
    furnish(lambda: filled, database.settings())
    app = open_page("system")
    assert not any("Where" in table.value for table in app.dataframe)
    app.session_state["folded-bad-items"] = True
    tables = [table.value for table in app.run().dataframe]
    places = [str(value) for table in tables if "Where" in table for value in table["Where"]]
    assert "access.log:4413" in places


def test_the_audit_speaks_the_readers_language(filled: Store, open_page: Open) -> None:
    """What was done stands in words."""
    furnish(lambda: filled, database.settings())
    audit = open_page("system", lang="ru").dataframe[-1].value
    assert list(audit["Что"]) == ["Конфигурация принята"]


def test_a_refused_configuration_is_shown_whole(filled: Store, open_page: Open) -> None:
    """Every problem of the refused file stands on the page with its place and remedy."""
    problem = ("integrations[1].sources[0].every", "got 3s; use 10s or more")
    furnish(lambda: filled, database.settings(), problems=(problem,))
    said = words_of(open_page("system")).replace("\\", "")
    assert "1 problem" in said
    assert "use 10s or more" in said


@pytest.mark.parametrize("lang", ["en", "ru"])
def test_what_matches_no_integration_is_named_with_each_remedy(
    filled: Store, open_page: Open, monkeypatch: pytest.MonkeyPatch, lang: str
) -> None:
    """Whoever has `create: true` already is told of its `max`."""
    furnish(lambda: filled, database.settings())
    monkeypatch.setattr("dashboard.reads.unrouted_values", lambda: [("airflow", "New Hires")])
    said = words_of(open_page("system", lang=lang))
    assert all(word in said for word in ("airflow: New Hires", "`route.map`", "`create: true`", "`max`"))


def test_it_speaks_russian(filled: Store, open_page: Open) -> None:
    """The same in Russian."""
    furnish(lambda: filled, database.settings())
    assert "Внимания требуют 3 сборщика из 36" in words_of(open_page("system", lang="ru"))


def test_no_database_still_shows_the_configuration(open_page: Open) -> None:
    """Without a database one can at least see which file is at work."""
    furnish(no_database, database.settings())
    said = words_of(open_page("system"))
    assert "integration-monitor migrate" in said
    assert "Configuration" in said


def test_nothing_configured_says_what_to_do(empty: Store, open_page: Open) -> None:
    """An empty installation."""
    furnish(lambda: empty, database.nothing())
    assert "No integration is watched yet" in words_of(open_page("system"))


def test_an_answer_of_long_ago_is_not_shown_as_well(filled: Store, open_page: Open) -> None:
    """Where nobody looks any more, no collector has "answered", and the causes that do not fit are counted."""
    furnish(lambda: filled, database.settings(), now=NOW + timedelta(days=1))
    app = open_page("system")
    looks = [
        look for table in app.dataframe if "Last look" in table.value for look in table.value["Last look"]
    ]
    assert ["? Overdue"] in looks
    assert ["✓ Answered"] not in looks
    assert "and 6 more integrations" in words_of(app)
