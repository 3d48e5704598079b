"""The page Integration, drawn without a browser."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from core.clock import now as wall_clock
from core.records import Batch, CountReading, RecordEvent
from core.settings.loading import loads
from storage.keys import SourceKey
from storage.migrate import upgrade
from storage.queries.cursors import cursor_of
from storage.store import Store, open_store
from storage.writer import Writer
from tests.dashboard import dashboard_database as database
from tests.dashboard.conftest_dashboard import NOW, Open, furnish, no_database, words_of

TABS = ("runs", "api", "limits", "records", "settings")


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("key", database.KINDS)
def test_every_kind_of_trouble_is_drawn(filled: Store, open_page: Open, key: str, language: str) -> None:
    """Whatever state an integration is in, its page comes up in both languages."""
    furnish(lambda: filled, database.settings())
    app = open_page("integration", integration=key, lang=language)
    assert app.title[0].value.replace("\\", "") == database.KINDS[key][0]


@pytest.mark.parametrize("tab", TABS)
@pytest.mark.parametrize("span", ["24h", "7d", "30d"])
def test_every_tab_is_drawn_over_every_range(filled: Store, open_page: Open, tab: str, span: str) -> None:
    """A tab and a range in the address open there."""
    furnish(lambda: filled, database.settings())
    app = open_page("integration", integration="peoplesoft", tab=tab, range=span)
    assert len(app.dataframe) or tab == "settings"


@pytest.mark.parametrize("language", ["en", "ru"])
def test_both_sides_are_held_against_each_other(tmp_path: Path, open_page: Open, language: str) -> None:
    """Each side's newest count by entity, what is missing, and the steps of records."""
    now = wall_clock()
    database.fill(tmp_path / "both.db", now, language, days=1).close()
    with open_store(f"sqlite:///{tmp_path}/both.db", writable=True) as store:
        writer = Writer(store)
        for source, count in (("probe", 120), ("sync-log", 118)):
            counts = [CountReading(entity="user", count=count, observed_at=now - timedelta(minutes=5))]
            event = RecordEvent(
                event_id=source,
                entity="user",
                record_key="17",
                step="send",
                outcome="sent",
                at=now - timedelta(minutes=5),
            )
            batch = Batch(cursor={"a": count}, counts=counts, record_events=[event])
            key = SourceKey("peoplesoft", source)
            with store.read() as connection:
                revision, _ = cursor_of(connection, key)
            writer.write(key, batch, revision=revision, now=now, horizon=None)
    with open_store(f"sqlite:///{tmp_path}/both.db") as store:
        furnish(lambda: store, database.settings(language))
        app = open_page("integration", integration="peoplesoft", tab="sides", lang=language)
        counted, steps = (table.value for table in app.dataframe[-2:])
    assert [str(one) for one in counted.iloc[0].tolist()[:4]] == ["user", "120", "118", "2"]
    assert len(steps) == 2


def test_without_counts_the_tab_says_what_brings_them(filled: Store, open_page: Open) -> None:
    """An empty state instead of empty tables."""
    furnish(lambda: filled, database.settings())
    assert "record_events" in words_of(
        open_page("integration", integration="peoplesoft", tab="sides")
    ).replace("\\", "")


def test_it_says_what_to_check_and_whom_to_call(filled: Store, open_page: Open) -> None:
    """A failed check has its evidence and a next step; contacts stand in their order."""
    furnish(lambda: filled, database.settings())
    said = words_of(open_page("integration", integration="bamboohr")).replace("\\", "")
    assert "The key is not valid (source probe)" in said
    assert "Ask the customer for a new key" in said
    assert said.index("Integration support") < said.index("Анна Серова")


@pytest.mark.parametrize(("key", "before"), [("odoo", True), ("bamboohr", False)], ids=["well", "failing"])
def test_where_nothing_fails_all_checks_stand_first(
    filled: Store, open_page: Open, key: str, before: bool
) -> None:
    """What passed fills the first panel where nothing is wrong; else it stands below whom to call."""
    furnish(lambda: filled, database.settings())
    titles = [one.value for one in open_page("integration", integration=key).header]
    checks = next(place for place, title in enumerate(titles) if "passed" in title)
    assert (checks < titles.index("Who to call")) is before


def test_a_limit_and_a_key_stand_as_the_rules_judge_them(filled: Store, open_page: Open) -> None:
    """Green beside a state that this very limit or key degrades would be no answer."""
    furnish(lambda: filled, database.settings())
    limits = open_page("integration", integration="hibob", tab="limits").dataframe[0].value
    assert list(limits["State"].iloc[0]) == ["▲ Running out"]
    keys = open_page("integration", integration="workday", tab="limits").dataframe[-1].value
    assert list(keys["State"].iloc[0]) == ["▲ Expires soon"]
    assert list(open_page("integration", integration="personio", tab="limits").dataframe[-1].value["State"].iloc[0]) == ["✓ Valid"]  # fmt: skip


def test_a_late_one_says_how_late(filled: Store, open_page: Open) -> None:
    """Lateness is a fact of its own, beside the state."""
    furnish(lambda: filled, database.settings())
    assert "Late by" in words_of(open_page("integration", integration="zup"))


def test_a_schedule_and_an_address_stand_as_they_are_written(filled: Store, open_page: Open) -> None:
    """The stars of a cron are no list, and an address of the configuration is nothing to click on."""
    written = database.text_of("en").replace("schedule: {every: 1h, grace: 20m}", 'schedule: {cron: "* * * * *", grace: 20m}')  # fmt: skip
    written = written.replace("docs:", "labels: {endpoint: https://hr.example/v1}\n    docs:")
    furnish(lambda: filled, loads(written, "monitor.yaml", database.registries()))
    app = open_page("integration", integration="peoplesoft", tab="settings")
    facts = dict(app.table[0].value.itertuples(index=False, name=None))
    assert facts["Schedule"].startswith(r"\* \* \* \* \* \(Europe/Moscow\)")
    assert facts["endpoint"] == "`https://hr.example/v1`"


def test_an_unknown_key_is_said_plainly(filled: Store, open_page: Open) -> None:
    """A dead link does not break the page."""
    furnish(lambda: filled, database.settings())
    said = words_of(open_page("integration", integration="gone"))
    assert "There is no integration “gone”" in said


def test_no_integration_asks_to_choose(filled: Store, open_page: Open) -> None:
    """Without a key there is a choice: each of them with its state in a word, the worst first."""
    furnish(lambda: filled, database.settings())
    said = words_of(open_page("integration")).replace("\\", "")
    assert "No integration is chosen" in said
    assert said.index("PeopleSoft → Butterboard** :gray[· Failing]") < said.index(
        "Personio → Butterboard** :gray[· Healthy]"
    )


@pytest.mark.parametrize("tab", TABS)
def test_before_the_first_poll_every_tab_says_so(empty: Store, open_page: Open, tab: str) -> None:
    """Empty states instead of empty charts."""
    furnish(lambda: empty, database.settings())
    open_page("integration", integration="peoplesoft", tab=tab)


def test_where_no_run_was_ever_seen_no_longer_range_is_offered(empty: Store, open_page: Open) -> None:
    """It would be as empty."""
    furnish(lambda: empty, database.settings())
    said = words_of(open_page("integration", integration="peoplesoft"))
    assert "No run within 30 days" in said
    assert "Choose a longer range" not in said


def test_a_schedule_whose_runs_nobody_has_seen_is_not_denied(tmp_path: Path, open_page: Open) -> None:
    """Before the first look lateness is not judged for want of sight, not for want of a schedule."""
    upgrade(f"sqlite:///{tmp_path}/monitor.db")
    store, settings = open_store(f"sqlite:///{tmp_path}/monitor.db", writable=True), database.settings()
    Writer(store).configure(settings, NOW)
    database.refresh(store, settings, NOW)
    furnish(lambda: store, settings)
    said = words_of(open_page("integration", integration="peoplesoft"))
    assert "No schedule" not in said
    assert "Lateness is not judged: its runs have not been looked at" in said
    store.close()


def test_no_database_says_the_remedy(open_page: Open) -> None:
    """A database that cannot be opened shows its own remedy."""
    furnish(no_database, database.settings())
    assert "integration-monitor migrate" in words_of(open_page("integration", integration="peoplesoft"))
