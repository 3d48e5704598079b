"""What a support person does about an alert, in a real browser, from seeing it to undoing a tuned threshold."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_browser_journeys import SECONDS

pytestmark = pytest.mark.browser
RULE = "Failed runs among the last ten"
LONG = 30 * SECONDS


def quiet(page: Page) -> None:
    """Wait until the page stands still."""
    page.locator("[data-testid=stStatusWidget]").wait_for(state="detached", timeout=LONG)
    page.wait_for_timeout(400)


def test_an_alert_from_seeing_it_to_undoing_its_threshold(page: Page, address: str) -> None:
    """See a firing alert, read why, acknowledge, silence for 2 h, tune after its backtest, and undo that."""
    page.goto(f"{address}/")
    page.get_by_role("link", name="See the alerts").click(timeout=LONG)
    expect(page.get_by_role("heading", level=1)).to_have_text("Alerts", timeout=LONG)
    line = page.locator(".st-key-line-row-firing-failed-runs-peoplesoft")
    expect(line).to_contain_text("4 of the last 10 runs failed", timeout=LONG)
    expect(line).to_contain_text("threshold > 20%")
    line.get_by_role("button", name="Details").click()
    drawer = page.get_by_role("dialog")
    expect(drawer).to_contain_text("Probable cause", timeout=LONG)
    assert "alert=failed-runs~peoplesoft" in page.url

    note = drawer.get_by_placeholder("What you are doing about it")
    note.fill("calling the administrators of PeopleSoft")
    note.press("Tab")
    drawer.get_by_role("button", name="Acknowledge").click()
    expect(drawer).to_contain_text("Acknowledged by local", timeout=LONG)
    expect(drawer).to_contain_text("calling the administrators of PeopleSoft")
    expect(page.locator(".st-key-verdict").first).to_contain_text("18 are not acknowledged", timeout=LONG)

    drawer.get_by_role("button", name="Silence", exact=True).click()
    expect(drawer).to_contain_text("Silenced by local until", timeout=LONG)

    drawer.get_by_role("button", name="Change its threshold").click()
    page.wait_for_url(re.compile("tune=failed-runs~peoplesoft"), timeout=LONG)
    expect(drawer).to_contain_text("As it is now it fires", timeout=LONG)
    warning = drawer.locator(".st-key-tune-failed-runs-warning input")
    expect(warning).to_have_value("> 20%", timeout=LONG)
    warning.fill("> 60%")
    warning.press("Enter")
    expect(drawer).to_contain_text("It would have fired 0 times within", timeout=LONG)
    expect(drawer).to_contain_text("History reaches back to")
    drawer.get_by_role("button", name="Save").click()
    expect(page.get_by_role("dialog")).to_have_count(0, timeout=LONG)
    quiet(page)

    page.get_by_role("tab", name="Thresholds").click()
    tuned = page.locator(".st-key-panel-overrides")
    expect(tuned).to_contain_text(RULE, timeout=LONG)
    expect(tuned).to_contain_text("warning > 60%")
    tuned.get_by_role("button", name="Undo").click()
    expect(tuned).to_have_count(0, timeout=LONG)

    page.get_by_role("tab", name="Now").click()
    expect(line).to_contain_text("Acknowledged by local", timeout=LONG)
    expect(line).to_contain_text("Silenced")


def test_the_keyboard_alone_opens_an_alert(page: Page, address: str) -> None:
    """Every line can be opened without a mouse, and Escape closes it: it stands in the address no more."""
    page.goto(f"{address}/alerts?integration=hibob")
    details = page.get_by_role("button", name="Details").first
    details.wait_for(timeout=LONG)
    details.press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text("Rate limit running out", timeout=LONG)
    expect(page).to_have_url(re.compile("alert="), timeout=LONG)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0, timeout=LONG)
    expect(page).not_to_have_url(re.compile("alert="), timeout=LONG)


def test_a_link_from_a_message_opens_in_its_language(page: Page, address: str) -> None:
    """The address chooses integration, alert and language."""
    page.goto(f"{address}/alerts?integration=hibob&alert=quota-used~hibob&lang=ru")
    expect(page.get_by_role("dialog")).to_contain_text("Что делать сначала", timeout=LONG)
