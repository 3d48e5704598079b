"""Tuning a threshold on the page: tried on history first, then saved, judged by, and undone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from streamlit.testing.v1 import AppTest

from assess import overview
from dashboard import rule_reads
from dashboard.pages import _alerts_backtest
from health.status import Level
from storage import queries
from tests.dashboard.conftest_dashboard import NOW, Desk, Open, furnish
from tests.dashboard.test_dashboard_alerts import click, said

TUNE = "quota-used~hibob"
FIELD = "tune-quota-used-{}"


def health_of(desk: Desk, key: str) -> str:
    """How an integration is judged."""
    with desk.store.read() as connection:
        row = overview.board_row(connection, desk.settings, key, NOW)
    assert row is not None
    return row.verdict.health.value


def tune(app: AppTest, **thresholds: str) -> AppTest:
    """Type thresholds."""
    for name, text in thresholds.items():
        app.text_input(key=FIELD.format(name)).set_value(text).run()
    assert not app.exception, [one.value for one in app.exception]
    return app


def test_the_backtest_stands_before_the_save(desk: Desk, open_page: Open) -> None:
    """As it is now it fires so often; with others so often; and how far back that is known."""
    app = open_page("alerts", tune=TUNE)
    assert "As it is now it fires 1 time within" in said(app)
    assert app.button(key="tune-save").disabled
    text = said(tune(app, warning="> 97%", critical=""))
    assert "It would have fired 0 times within" in text
    assert "as it is now: 1" in text
    assert "History reaches back to 17 Nov" in text
    assert not app.button(key="tune-save").disabled


def test_a_history_of_several_days_is_told_in_whole_days() -> None:
    """29 days and 23 hours are 30 days to anybody; of a short history the hours count."""
    assert _alerts_backtest.whole(timedelta(days=29, hours=23)) == timedelta(days=30)
    assert _alerts_backtest.whole(timedelta(hours=30)) == timedelta(hours=30)


def test_the_drawer_names_a_rule_once(desk: Desk, open_page: Open) -> None:
    """What a rule reads is told where its name does not say it already."""
    text = said(open_page("alerts", tune="failures-in-a-row~peoplesoft"))
    assert "PeopleSoft → Butterboard · over 7 days" in text


def test_a_tuned_threshold_judges_health_too_and_is_undone(desk: Desk, open_page: Open) -> None:
    """One truth: after tuning, Health goes by the tuned threshold; undone, by the rule's own."""
    assert health_of(desk, "hibob") == "degraded"
    app = tune(open_page("alerts", tune=TUNE), warning="> 97%", critical="")
    app.text_input(key="tune-note").set_value("known to be full at night").run()
    click(app, "tune-save")
    assert "tune" not in app.query_params
    assert health_of(desk, "hibob") == "healthy"
    app = open_page("alerts", tab="thresholds", integration="hibob")
    assert "warning > 97%, resolved < 70% · instead of warning > 80%, critical > 95%, resolved < 70%" in said(
        app
    )
    assert "known to be full at night" in said(app)
    (one,) = rule_reads.overrides()
    click(app, f"undo-{one.override_id}")
    assert health_of(desk, "hibob") == "degraded"
    with desk.store.read() as connection:
        actions = [row.action for row in queries.audit_trail(connection, limit=2).items]
    assert actions == ["threshold.revert", "threshold.override"]


def test_a_tuned_threshold_is_undone_in_its_drawer(desk: Desk, open_page: Open) -> None:
    """Whoever opens a tuned rule sees who tuned it and the rule's own thresholds."""
    desk.writer.override_threshold("quota-used", "", "> 97%", "", "", "anna", "", NOW)
    app = open_page("alerts", tune=TUNE)
    assert "Tuned on all integrations by anna" in said(app)
    assert app.text_input(key=FIELD.format("warning")).value == "> 97%"
    click(app, "tune-undo")
    assert not rule_reads.overrides()


def test_a_rule_whose_alert_still_fires_is_not_in_order(desk: Desk, open_page: Open) -> None:
    """A reading back within the thresholds, short of the one to resolve, is told as not resolved yet."""
    app = tune(open_page("alerts", tune=TUNE), warning="> 97%", critical="")
    click(app, "tune-save")
    row = next(one for one in rule_reads.rules("hibob", NOW) if one.rule.key == "quota-used")
    assert row.reading is not None
    assert (row.reading.level, row.lingers) == (Level.OK, True)
    tables = [table.value for table in open_page("alerts", tab="thresholds", integration="hibob").dataframe]
    states = [chip for table in tables if "State" in table for chips in table["State"] for chip in chips]
    assert "▲ Not resolved yet" in states


def test_it_is_saved_for_all_integrations_where_one_says_so(desk: Desk, open_page: Open) -> None:
    """The box says for whom it holds."""
    app = tune(open_page("alerts", tune=TUNE), warning="> 90%")
    app.checkbox(key="tune-everywhere").check().run()
    click(app, "tune-save")
    (one,) = rule_reads.overrides()
    assert (one.rule, one.integration, one.warning, one.critical) == ("quota-used", "", "> 90%", "> 95%")


@pytest.mark.parametrize(
    ("thresholds", "problem"),
    [
        ({"warning": "much"}, "is no threshold here"),
        ({"warning": "> 99%"}, "Critical must not be milder than warning"),
        ({"warning": "", "critical": ""}, "a rule needs one of them"),
        ({"resolve": "< 90%"}, "must lie on the good side"),
    ],
    ids=["no number", "critical milder", "nothing", "resolved beyond"],
)
def test_what_is_no_threshold_is_said_and_cannot_be_saved(
    desk: Desk, open_page: Open, thresholds: dict[str, str], problem: str
) -> None:
    """The reason stands below the fields, and there is nothing to save."""
    app = tune(open_page("alerts", tune=TUNE), **thresholds)
    assert problem in said(app)
    assert "tune-save" not in [button.key for button in app.button]


def test_a_rule_that_does_not_judge_it_opens_no_error(desk: Desk, open_page: Open) -> None:
    """A stale link says what is the matter."""
    assert "There is no such rule on this integration" in said(open_page("alerts", tune="nothing~hibob"))


def test_nothing_is_saved_where_another_process_owns_the_database(desk: Desk, open_page: Open) -> None:
    """Trying is allowed, saving is off."""
    furnish(lambda: desk.store, desk.settings)
    app = tune(open_page("alerts", tune=TUNE), warning="> 90%")
    assert app.button(key="tune-save").disabled
