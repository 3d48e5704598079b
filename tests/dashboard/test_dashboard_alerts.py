"""The page Alerts, drawn without a browser: what it says, and each thing a person can do on it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from streamlit.testing.v1 import AppTest

from core.alert_states import AlertKey, AlertState, Phase
from core.alerting import NoticeState
from storage import queries
from storage.store import Store
from tests.dashboard import dashboard_database as database
from tests.dashboard.conftest_dashboard import NOW, Desk, Open, furnish, no_database, words_of

KEY = AlertKey("failed-runs-lately", "peoplesoft")
REFERENCE = "failed-runs-lately~peoplesoft"


def said(app: AppTest) -> str:
    """The words on the page without Markdown's escapes."""
    return words_of(app).replace("\\", "")


def state(desk: Desk, key: AlertKey = KEY) -> AlertState:
    """How one alert stands."""
    with desk.store.read() as connection:
        return queries.alerts(connection, phases=tuple(Phase), key=key)[0].state


def click(app: AppTest, key: str) -> AppTest:
    """Press a button and draw again; fails on any exception."""
    app.button(key=key).click().run()
    assert not app.exception, [one.value for one in app.exception]
    return app


def test_the_verdict_counts_what_fires(desk: Desk, open_page: Open) -> None:
    """How many fire, how many of them are critical, and how many nobody has acknowledged."""
    text = said(open_page("alerts"))
    assert "19 alerts are firing · 6 are critical · 19 are not acknowledged" in text
    assert "As of" in text


def test_where_nothing_was_evaluated_nothing_is_said_to_be_well(empty: Store, open_page: Open) -> None:
    """Before the first evaluation nobody knows what would fire, so that no green mark stands there."""
    furnish(lambda: empty, database.settings())
    text = said(open_page("alerts"))
    assert "No alert is known to be firing" in text
    assert ":green[" not in text


def test_a_firing_alert_says_why_since_when_and_who_knows(desk: Desk, open_page: Open) -> None:
    """The reading against its threshold, the sentence, the time, and how far each message came."""
    text = said(open_page("alerts"))
    assert "Failed runs in six hours** — 4 of 6 runs failed within 6 hours" in text
    assert "**66.7%**, threshold > 50%" in text
    assert "told: Integration support (support-chat) :green[:material/check_circle: Delivered]" in text
    assert "Given up" in text


def test_critical_ones_stand_first(desk: Desk, open_page: Open) -> None:
    """The worst is on top."""
    text = said(open_page("alerts"))
    assert text.index("Critical]") < text.index("Warning]")


def test_the_address_chooses_an_integration(desk: Desk, open_page: Open) -> None:
    """A link from a message shows the alerts of its integration only."""
    text = said(open_page("alerts", integration="hibob"))
    assert "Rate limit running out" in text
    assert "Failures in a row" not in text


def test_an_alert_is_acknowledged_with_one_click(desk: Desk, open_page: Open) -> None:
    """The button on its line takes it up without a note."""
    app = click(open_page("alerts"), f"take-firing-{REFERENCE}")
    taken = state(desk).acknowledged
    assert taken is not None
    assert (taken.by, taken.at) == ("local", NOW)
    assert "18 are not acknowledged" in said(app.run())


def test_an_alert_is_acknowledged_with_a_note_and_given_back(desk: Desk, open_page: Open) -> None:
    """In the drawer one may say what one is doing, and take it back; both are audited."""
    app = open_page("alerts", alert=REFERENCE)
    app.text_input(key="alert-note").set_value("calling the administrators").run()
    click(app, "alert-take")
    taken = state(desk).acknowledged
    assert taken is not None
    assert taken.note == "calling the administrators"
    click(open_page("alerts", alert=REFERENCE), "alert-give-back")
    assert state(desk).acknowledged is None
    with desk.store.read() as connection:
        actions = [row.action for row in queries.audit_trail(connection, limit=2).items]
    assert actions == ["alert.unacknowledge", "alert.acknowledge"]


def test_a_drawer_says_what_to_do_first_and_what_happened(desk: Desk, open_page: Open) -> None:
    """Probable cause, next step, who was told and each turn."""
    text = said(open_page("alerts", alert=REFERENCE))
    assert "Probable cause" in text
    assert "Who was told" in text
    assert "Fired · 66.7%" in text


def test_an_alert_nobody_knows_is_told_as_that(desk: Desk, open_page: Open) -> None:
    """A link to something that is gone opens no error."""
    assert "nothing is known of it" in said(open_page("alerts", alert="nothing~nowhere"))


def test_a_silence_of_two_hours_runs_from_our_clock(desk: Desk, open_page: Open) -> None:
    """One click silences from now on by the server's clock, for this alert alone."""
    click(open_page("alerts"), f"silence-firing-{REFERENCE}")
    with desk.store.read() as connection:
        (one,) = queries.silences(connection, NOW)
    assert (one.starts_at, one.ends_at) == (NOW, NOW + timedelta(hours=2))
    assert one.where == {"rule": ("failed-runs-lately",), "integration": ("peoplesoft",)}
    assert "Silenced by local until" in said(open_page("alerts"))


def test_a_whole_integration_is_silenced_and_speaks_again(desk: Desk, open_page: Open) -> None:
    """The drawer silences for a chosen time and ends it; Health shows the flag meanwhile."""
    app = open_page("alerts", alert=REFERENCE)
    app.checkbox(key="alert-whole").check().run()
    app.segmented_control(key="alert-length").set_value("8h").run()
    click(app, "alert-silence")
    with desk.store.read() as connection:
        (one,) = queries.silences(connection, NOW)
    assert one.where == {"integration": ("peoplesoft",)}
    assert one.ends_at == NOW + timedelta(hours=8)
    states = [states for table in open_page("health").dataframe for states in table.value.get("State", [])]
    assert any("⌀" in list(chips) for chips in states)
    click(open_page("alerts", alert=REFERENCE), "alert-speak")
    with desk.store.read() as connection:
        assert queries.silences(connection, NOW) == ()


def test_a_silence_is_made_and_ended_in_its_tab(desk: Desk, open_page: Open) -> None:
    """The form says what, for how long and why; the list ends it."""
    app = open_page("alerts", tab="silences")
    app.multiselect(key="new-silence-integrations").set_value(["hibob"]).run()
    app.text_input(key="new-silence-note").set_value("limit is being raised").run()
    click(app, "new-silence-add")
    with desk.store.read() as connection:
        (one,) = queries.silences(connection, NOW)
    assert (one.where, one.note) == ({"integration": ("hibob",)}, "limit is being raised")
    click(open_page("alerts", tab="silences"), f"end-silence-{one.silence_id}")
    assert "Nothing is silenced" in said(open_page("alerts", tab="silences"))


def test_weekly_maintenance_is_planned_in_the_viewers_zone(desk: Desk, open_page: Open) -> None:
    """Days, time and length become a cron in the zone that the form names."""
    app = open_page("alerts", tab="silences", zone="America/New_York")
    app.text_input(key="new-window-name").set_value("Weekly import").run()
    app.segmented_control(key="new-window-often").set_value("weekly").run()
    click(app, "new-window-add")
    with desk.store.read() as connection:
        (one,) = queries.maintenance(connection, NOW)
    assert (one.name, one.cron, one.timezone) == ("Weekly import", "0 23 * * 6", "America/New_York")
    assert one.duration_seconds == 7200
    text = said(open_page("alerts", tab="silences", zone="America/New_York"))
    assert "next 28 Nov 23:00" in text
    click(open_page("alerts", tab="silences"), f"end-maintenance-{one.maintenance_id}")
    assert "No work is planned" in said(open_page("alerts", tab="silences"))


def test_maintenance_once_begins_when_the_form_says(desk: Desk, open_page: Open) -> None:
    """A window between two instants of the viewer's zone, by default the next full hour."""
    click(open_page("alerts", tab="silences", zone="Europe/Moscow"), "new-window-add")
    with desk.store.read() as connection:
        (one,) = queries.maintenance(connection, NOW)
    begins = NOW.replace(hour=13, minute=0, second=0)
    assert (one.starts_at, one.ends_at) == (begins, begins + timedelta(hours=2))


def test_what_was_given_up_is_sent_again(desk: Desk, open_page: Open) -> None:
    """A dead letter stands with its error, and waits again after a click."""
    app = open_page("alerts", tab="deliveries")
    assert "404 Not Found: no such chat" in said(app)
    key = next(button.key for button in app.button if button.key and button.key.startswith("resend-"))
    click(app, key)
    with desk.store.read() as connection:
        assert not queries.notices(connection, state=NoticeState.DEAD).items
    assert "Send again" not in [button.label for button in open_page("alerts", tab="deliveries").button]


def test_a_channel_that_was_switched_off_is_named_and_switched_on(desk: Desk, open_page: Open) -> None:
    """Nobody need wonder why no message comes: it stands on top, with the cause below."""
    desk.writer.disable_channel("support-chat", "401 Unauthorized", "monitor", NOW)
    app = open_page("alerts", tab="deliveries")
    assert "1 channel is switched off after a lasting fault: support-chat" in said(app)
    assert "401 Unauthorized" in said(app)
    click(app, "enable-support-chat")
    with desk.store.read() as connection:
        assert all(one.disabled_at is None for one in queries.channel_states(connection))


def test_history_lists_the_turns(desk: Desk, open_page: Open) -> None:
    """Every firing of the range stands in the table, the newest first."""
    app = open_page("alerts", tab="history")
    (table,) = app.dataframe
    assert len(table.value) == 19
    assert "Failed runs in six hours" in list(table.value["Alert"])


def test_nothing_can_be_done_where_another_process_owns_the_database(desk: Desk, open_page: Open) -> None:
    """Then the page says so with the remedy, and its buttons are off."""
    furnish(lambda: desk.store, desk.settings)
    app = open_page("alerts")
    assert "if that one has ended, start this one again" in said(app)
    assert all(button.disabled for button in app.button if (button.key or "").startswith(("take", "silence")))


def test_alerts_that_are_not_evaluated_any_more_are_told_as_stale(desk: Desk, open_page: Open) -> None:
    """An evaluation that is minutes old is no news."""
    furnish(lambda: desk.store, desk.settings, now=NOW + timedelta(minutes=30), writer=desk.writer)
    assert "Alerts were last evaluated 30 min ago" in said(open_page("alerts"))


def test_it_speaks_russian(desk: Desk, open_page: Open) -> None:
    """The same in Russian, the reading's sentence too."""
    text = said(open_page("alerts", lang="ru"))
    assert "Активно 19 оповещений" in text
    assert "порог > 50 %" in text.replace("\u00a0", " ")


@pytest.mark.parametrize("tab", ["now", "history", "deliveries", "silences", "thresholds"])
def test_a_database_that_cannot_be_read_stops_no_tab(open_page: Open, desk: Desk, tab: str) -> None:
    """Each tab says so or stays empty, and no error escapes."""
    furnish(no_database, desk.settings)
    assert "integration-monitor migrate" in said(open_page("alerts", tab=tab))


def test_nothing_configured_says_what_to_do(empty: object, open_page: Open) -> None:
    """An empty installation."""
    from tests.dashboard import dashboard_database as database

    furnish(lambda: empty, database.nothing())  # type: ignore[arg-type,return-value]
    assert "No integration is watched yet" in said(open_page("alerts"))


def test_health_counts_what_fires(desk: Desk, open_page: Open) -> None:
    """The first page leads to the alerts."""
    assert "19 alerts are firing · 19 are not acknowledged" in said(open_page("health"))


def test_an_integration_shows_its_alerts_and_thresholds(desk: Desk, open_page: Open) -> None:
    """The tab Alerts of an integration has what fires there, and every rule with its reading."""
    app = open_page("integration", integration="hibob", tab="alerts")
    assert "Rate limit running out" in said(app)
    table = app.dataframe[-1].value
    row = table[table["Rule"] == "Rate limit running out"].iloc[0]
    assert (row["Now"], row["Warning"]) == ("95%", "> 80%")
