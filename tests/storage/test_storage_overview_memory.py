"""The overview in the process that stored it: what it made is not decoded again, and nothing else is believed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from importlib import import_module

import pytest

from core.facts import Facts
from core.records import ApiCalls, QuotaReading
from core.units import Window
from storage.codes import encode_facts
from storage.overview import compute_overview
from storage.overview_row import OverviewSnapshot
from storage.queries import overview
from storage.queries.rows_series import OverviewRow
from storage.store import Store
from tests.storage.storage_reading import GATEWAY, Filled
from tests.storage.storage_samples import NOW, at, run

reading = import_module("storage.queries.overview")


@pytest.fixture
def filled(store: Store, monkeypatch: pytest.MonkeyPatch) -> Filled:
    """A store with runs, calls and a limit, read by a process that has read nothing yet."""
    monkeypatch.setattr(reading, "_memory", {})
    monkeypatch.setattr(reading, "_whole", type(reading._whole)())
    filled = Filled(store)
    filled.runs(*(run(str(number), finished=10 + number, records_read=number) for number in range(120)))
    calls = ApiCalls(minute=at(30).replace(second=0), method="GET", endpoint="/runs", status=200, calls=7)
    filled.write(
        GATEWAY,
        calls=[calls],
        quotas=[QuotaReading(scope="key", quota="hour", limit=9, observed_at=at(5))],
    )
    return filled


def made(
    store: Store, now: datetime, *, today: bool = True, yesterday: bool = True
) -> list[OverviewSnapshot]:
    windows = [Window.parse("1h"), Window.parse("10 runs")]
    with store.read() as connection:
        return compute_overview(connection, now, windows, today=today, yesterday=yesterday)


def read(store: Store) -> list[OverviewRow]:
    with store.read() as connection:
        return overview(connection)


def told(rows: Sequence[OverviewRow]) -> list[tuple[object, ...]]:
    """All that rows say, in a form that compares."""
    return [
        (
            row.integration,
            row.refreshed_at,
            encode_facts(row.facts),
            row.before and encode_facts(row.before),
            row.strip,
        )
        for row in rows
    ]


def test_what_this_process_stored_reads_as_any_other_would_read_it(
    filled: Filled, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The facts, yesterday's, the strip and the instant are those that the stored rows decode to."""
    filled.writer.save_overview(made(filled.store, NOW))
    filled.writer.save_overview(made(filled.store, NOW + timedelta(seconds=9), yesterday=False))
    filled.writer.save_overview(made(filled.store, NOW + timedelta(seconds=18), today=False))
    here = read(filled.store)
    monkeypatch.setattr(reading, "_memory", {})
    monkeypatch.setattr(reading, "_whole", type(reading._whole)())
    elsewhere = read(filled.store)
    assert told(here) == told(elsewhere)
    assert [row.before is not None for row in here] == [True, True]
    assert {type(status) for row in elsewhere for status in row.facts.windows[Window.parse("1h")].runs} == {
        type(status) for row in here for status in row.facts.windows[Window.parse("1h")].runs
    }


def test_what_this_process_stored_is_not_decoded(filled: Filled, monkeypatch: pytest.MonkeyPatch) -> None:
    """Decoding takes longer than judging what was decoded."""

    def decoded(stored: bytes) -> Facts:
        raise AssertionError("decoded")

    filled.writer.save_overview(made(filled.store, NOW))
    filled.writer.save_overview(made(filled.store, NOW + timedelta(seconds=9), today=False))
    monkeypatch.setattr(reading, "decode_facts", decoded)
    assert [row.integration for row in read(filled.store)] == ["crm", "hr"]


def test_rows_that_somebody_else_stored_since_are_read(filled: Filled) -> None:
    """A version that this process did not store is not taken for its own."""
    earlier = made(filled.store, NOW)
    filled.runs(run("new", "failed", finished=1))
    filled.writer.save_overview(made(filled.store, NOW + timedelta(seconds=5)))
    reading.remember({("crm", "now"): (1, 0, 0)}, earlier)
    failed = [row.facts.recent[0].external_id for row in read(filled.store) if row.integration == "crm"]
    assert failed == ["new"]


def test_half_of_what_is_stored_is_not_taken_for_all_of_it(
    filled: Filled, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row of yesterday beside one of today that this process never saw: both are read."""
    filled.writer.save_overview(made(filled.store, NOW, yesterday=False))
    monkeypatch.setattr(reading, "_memory", {})
    filled.writer.save_overview(made(filled.store, NOW + timedelta(seconds=9), today=False))
    assert [(row.refreshed_at, row.before is not None) for row in read(filled.store)] == [(NOW, True)] * 2
