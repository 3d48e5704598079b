"""The very first visit to a fresh server, in a real browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Monitor
from tests.journeys.serving import CONFIG, running, write_runs

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_the_first_page_of_all_may_be_a_deep_link(page: Page, tmp_path: Path) -> None:
    """The very first visitor of a fresh server lands on the page that the address names."""
    monitor = Monitor(tmp_path, "sqlite:///monitor.db")
    monitor.configure(CONFIG)
    write_runs(monitor, 3)
    with running(monitor) as (url, _):
        page.goto(f"{url}/integration?integration=people&lang=ru")
        expect(page.get_by_role("heading", name="People → Butterboard")).to_be_visible(timeout=20_000)
        expect(page.get_by_role("link", name="Система")).to_have_count(1)
        expect(page.get_by_text("integration runs")).to_have_count(0)
