"""The ways people go through the pages, in a real browser."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.browser
SECONDS = 1000
TABLE = "[data-testid=stDataFrame]:visible"
CONTENT = ", ".join(
    f"{kind}:visible"
    for kind in (
        "[data-testid=stDataFrame]",
        "[data-testid=stTable]",
        "[data-testid=stButton]",
        "[class*=st-key-panel-] [data-testid=stPopover]",
        ".st-key-choices [data-testid=stPageLink]",
    )
)
PATHS = {
    "health": "/",
    "choice": "/integration",
    "integration": "/integration?integration=peoplesoft",
    "api": "/integration?integration=workday&tab=api",
    "limits": "/integration?integration=hibob&tab=limits",
    "records": "/integration?integration=peoplesoft&tab=records",
    "cause": "/integration?integration=peoplesoft&tab=records&cause=1",
    "record": "/integration?integration=peoplesoft&tab=records&record=1",
    "settings": "/integration?integration=peoplesoft&tab=settings",
    "own alerts": "/integration?integration=peoplesoft&tab=alerts",
    "alerts": "/alerts",
    "alert": "/alerts?alert=failures-in-a-row~peoplesoft",
    "thresholds": "/alerts?tune=quota-used~hibob",
    "alert history": "/alerts?tab=history",
    "deliveries": "/alerts?tab=deliveries",
    "silences": "/alerts?tab=silences",
    "rules": "/alerts?tab=thresholds",
    "system": "/system",
}


def visit(page: Page, address: str, path: str) -> None:
    """Open a page and wait until it stands still."""
    page.goto(address + path)
    page.locator(CONTENT).first.wait_for(timeout=60 * SECONDS)
    page.locator("[data-testid=stStatusWidget]").wait_for(state="detached", timeout=60 * SECONDS)
    page.wait_for_timeout(500)


def click_first_row(page: Page, table: Locator, across: int) -> None:
    """Click into a table's first row, so many pixels from its left."""
    table.scroll_into_view_if_needed()
    box = table.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + across, box["y"] + 32 + 16)


@pytest.mark.parametrize("across", [120, 450, 1150], ids=["name", "reason", "owner"])
def test_from_health_to_an_integration_and_back(page: Page, address: str, across: int) -> None:
    """A click on any word of a row opens the integration; the browser's Back returns to Health."""
    visit(page, address, "/")
    click_first_row(page, page.locator(f"{TABLE} canvas").first, across)
    page.wait_for_url(re.compile("integration=peoplesoft"), timeout=15 * SECONDS)
    expect(page.get_by_role("heading", level=1)).to_contain_text("PeopleSoft", timeout=15 * SECONDS)
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Health", timeout=15 * SECONDS)
    page.wait_for_timeout(SECONDS)
    expect(page.get_by_role("heading", level=1)).to_have_text("Health")


def test_the_changes_are_links_for_the_keyboard(page: Page, address: str) -> None:
    """Without a mouse an integration is reached through the links of the panel."""
    visit(page, address, "/")
    page.locator(".st-key-changes a").first.press("Enter")
    page.wait_for_url(re.compile("integration="), timeout=15 * SECONDS)


FOCUS = """() => {
    const at = document.activeElement, style = getComputedStyle(at)
    const ringed = style.outlineStyle === 'solid' && parseFloat(style.outlineWidth) >= 2 || style.boxShadow !== 'none'
    return at.matches('a, [data-testid=stBaseButton-elementToolbar]') ? [at.innerText, ringed] : null
}"""


@pytest.mark.parametrize("path", ["health", "own alerts", "system"])
def test_the_keyboard_shows_which_link_it_is_on(page: Page, address: str, path: str) -> None:
    """Links, and the tools of a table, have a ring while in focus: a shade of grey is what the chosen page has."""
    visit(page, address, PATHS[path])
    links = []
    for _ in range(16):
        page.keyboard.press("Tab")
        links.append(page.evaluate(FOCUS))
    told = [one for one in links if one]
    assert len(told) > 4
    assert not [name for name, ringed in told if not ringed]


def test_a_deep_link_opens_where_it_points(page: Page, address: str) -> None:
    """Integration, tab, range and language come from the address."""
    visit(page, address, "/integration?integration=workday&tab=api&range=7d&lang=ru")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Workday")
    expect(page.get_by_role("heading", name="Вызовы по ответам")).to_be_visible()
    expect(page.get_by_role("radio", name="7 дней")).to_be_checked()


def test_a_state_filters_and_stands_in_the_address(page: Page, address: str) -> None:
    """Counts by state are a filter; the address can be passed on."""
    visit(page, address, "/")
    page.locator(".st-key-counts button").first.click()
    page.wait_for_url(re.compile("state=failing"), timeout=15 * SECONDS)
    rows = page.locator(f"{TABLE} [role=row]")
    expect(rows).to_have_count(4, timeout=15 * SECONDS)


def test_the_language_changes_and_stays(page: Page, address: str) -> None:
    """Chosen once, Russian stays from page to page, and in the address."""
    visit(page, address, "/")
    page.locator(".st-key-viewing button").click()
    page.get_by_text("ru", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Здоровье", timeout=15 * SECONDS)
    assert "lang=ru" in page.url
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Система").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Система", timeout=15 * SECONDS)


def test_the_keyboard_walks_through_a_table(page: Page, address: str) -> None:
    """Coming to a cell opens nothing: only a click does."""
    visit(page, address, "/")
    page.locator(f"{TABLE} canvas").first.wait_for(timeout=15 * SECONDS)
    page.locator("button[data-testid=stBaseButton-elementToolbar]").last.focus()
    for key in ("Tab", "ArrowDown", "ArrowRight", "ArrowRight", "ArrowDown"):
        page.keyboard.press(key)
        page.wait_for_timeout(SECONDS)
    assert page.evaluate("document.activeElement.dataset.testid") == "glide-cell-3-2"
    expect(page.get_by_role("heading", level=1)).to_have_text("Health")


def into_the_table(page: Page, steps: int) -> None:
    """From the last tool of a table into it by Tab, then so many rows down; coming there opens nothing."""
    page.locator(f"{TABLE} canvas").last.wait_for(timeout=15 * SECONDS)
    page.locator("button[data-testid=stBaseButton-elementToolbar]").last.focus()
    for press in ("Tab", *["ArrowDown"] * steps):
        page.keyboard.press(press)
        page.wait_for_timeout(300)


def test_the_keyboard_opens_a_row_of_health(page: Page, address: str) -> None:
    """Shift and Space open the integration of the row that the keyboard is on; Back leads to Health, where it stays."""
    visit(page, address, "/")
    hint = page.locator("[class*=st-key-opens-] p").last
    unseen = hint.evaluate("one => one.closest('[data-testid=stElementContainer]').clientWidth")
    into_the_table(page, 1)
    expect(page.get_by_role("heading", level=1)).to_have_text("Health")
    seen = hint.evaluate("one => one.closest('[data-testid=stElementContainer]').clientWidth")
    assert unseen < 20 < 100 < seen
    assert not Axe().run(page).response["violations"]
    page.keyboard.press("Shift+Space")
    page.wait_for_url(re.compile("integration="), timeout=15 * SECONDS)
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Health", timeout=15 * SECONDS)
    page.wait_for_timeout(SECONDS)
    expect(page.get_by_role("heading", level=1)).to_have_text("Health")


def test_the_keyboard_opens_a_run_closes_it_and_opens_it_again(page: Page, address: str) -> None:
    """The drawer of a run opens and closes without a mouse, as often as one likes."""
    visit(page, address, "/integration?integration=peoplesoft")
    dialog = page.get_by_role("dialog")
    for _ in range(2):
        into_the_table(page, 1)
        page.keyboard.press("Shift+Space")
        expect(dialog).to_be_visible(timeout=15 * SECONDS)
        page.keyboard.press("Escape")
        expect(dialog).to_have_count(0, timeout=15 * SECONDS)
        page.wait_for_timeout(SECONDS)
    assert "run=" not in page.url


def test_the_box_of_a_row_opens_it(page: Page, address: str) -> None:
    """Also a row's box on the left opens it."""
    visit(page, address, "/")
    click_first_row(page, page.locator(f"{TABLE} canvas").first, 16)
    page.wait_for_url(re.compile("integration=peoplesoft"), timeout=15 * SECONDS)


@pytest.mark.parametrize("across", [110, 1190], ids=["name", "job"])
def test_a_run_opens_in_a_drawer(page: Page, address: str, across: int) -> None:
    """A click on any word of a run shows it whole; its address can be passed on."""
    visit(page, address, "/integration?integration=peoplesoft")
    click_first_row(page, page.locator(TABLE).last.locator("canvas").first, across)
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("manager_id", timeout=15 * SECONDS)
    assert "run=e" in page.url


def test_from_health_to_one_failed_record_and_its_run(page: Page, address: str) -> None:
    """The first line of Health leads to the integration, its failed records to one of them, that to its run."""
    visit(page, address, "/")
    page.locator("[class*=st-key-line-first-] a").first.click()
    page.wait_for_url(re.compile("integration=peoplesoft"), timeout=15 * SECONDS)
    page.get_by_role("heading", name="Latest runs").wait_for(timeout=15 * SECONDS)
    page.wait_for_timeout(SECONDS)
    page.get_by_role("tab", name="Failed records").click()
    page.get_by_role("heading", name="Causes").wait_for(timeout=15 * SECONDS)
    page.wait_for_timeout(SECONDS)
    click_first_row(page, page.locator(TABLE).last.locator("canvas").first, 40)
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("What was sent", timeout=15 * SECONDS)
    assert "record=" in page.url
    dialog.get_by_role("button", name="Open its run").click()
    expect(dialog).to_contain_text("Failed records of this run", timeout=15 * SECONDS)
    assert "run=e" in page.url
    assert "record=" not in page.url
    page.go_back()
    expect(page).to_have_url(re.compile("record="), timeout=15 * SECONDS)
    expect(dialog).to_contain_text("What was sent", timeout=15 * SECONDS)


@pytest.mark.parametrize(
    "path", ["/", "/system", "/alerts?tab=deliveries"], ids=["health", "collectors", "messages"]
)
def test_the_widest_tables_need_no_scrolling_sideways(page: Page, address: str, path: str) -> None:
    """At 1440 pixels every column of them is in sight."""
    visit(page, address, path)
    scroller = page.locator(f"{TABLE} .dvn-scroller").first
    hidden = scroller.evaluate("one => one.scrollWidth - one.clientWidth")
    assert hidden <= 0


def test_the_chosen_tab_is_in_sight_on_a_telephone(narrow_page: Page, address: str) -> None:
    """Tabs that do not fit in one line take another one."""
    visit(narrow_page, address, "/integration?integration=peoplesoft&tab=settings&lang=ru")
    box = narrow_page.get_by_role("tab", name="Настройки").bounding_box()
    assert box is not None
    assert 0 <= box["x"] <= box["x"] + box["width"] <= 390


def test_what_can_be_done_stands_in_one_line_below_the_other(page: Page, address: str) -> None:
    """A long reason wraps beside the buttons; it does not push them below itself."""
    page.set_viewport_size({"width": 1024, "height": 1000})
    visit(page, address, "/alerts")
    rows = page.locator("[class*=st-key-line-row-]")
    beside = rows.evaluate_all(
        "rows => rows.map(row => [row, row.querySelector('[class*=st-key-acts-]')].map(one => one.getBoundingClientRect()))"
        ".map(([row, acts]) => Math.round(row.right - acts.right) <= 1 && acts.top < row.top + row.height / 2)"
    )
    assert len(beside) > 10
    assert all(beside)


def test_the_theme_can_be_chosen_on_the_page(page: Page, address: str) -> None:
    """The menu on the right switches to dark, whatever the system's theme is."""
    visit(page, address, "/")
    page.locator("[data-testid=stMainMenu] button").click()
    page.get_by_test_id("stMainMenuItem-theme-Dark").click()
    dark = "getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor === 'rgb(11, 17, 32)'"
    page.wait_for_function(dark, timeout=15 * SECONDS)


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
def test_nothing_is_wrong_with_access(themed_page: Page, address: str, path: str) -> None:
    """axe finds nothing, in light and dark."""
    visit(themed_page, address, path)
    found = Axe().run(themed_page)
    told = [
        f"{one['id']}: {one['help']} {[node['target'] for node in one['nodes']][:3]}"
        for one in found.response["violations"]
    ]
    assert not told, "\n".join(told)


@pytest.mark.parametrize("form", ["New silence", "Plan maintenance"])
def test_nothing_is_wrong_with_access_to_a_form(themed_page: Page, address: str, form: str) -> None:
    """Nor where a form is open: its button too can be read in light and dark."""
    visit(themed_page, address, PATHS["silences"])
    themed_page.get_by_role("button", name=form).click()
    themed_page.locator("[data-testid=stPopoverBody] button[kind=primary]").wait_for(timeout=15 * SECONDS)
    themed_page.wait_for_timeout(500)
    found = Axe().run(themed_page)
    told = [
        f"{one['id']}: {one['help']} {[node['target'] for node in one['nodes']][:3]}"
        for one in found.response["violations"]
    ]
    assert not told, "\n".join(told)


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
def test_no_request_leaves_the_machine(page: Page, address: str, path: str, requests: list[str]) -> None:
    """Everything a page needs comes from our own server."""
    visit(page, address, path)
    own = (address, address.replace("http", "ws", 1), "data:", "blob:")
    assert not [url for url in requests if not url.startswith(own)]


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
def test_a_telephone_shows_it_without_scrolling_sideways(narrow_page: Page, address: str, path: str) -> None:
    """At 390 pixels nothing sticks out of the page."""
    visit(narrow_page, address, path)
    wide = narrow_page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 390


@pytest.mark.parametrize("path", ["system", "settings"])
def test_facts_are_whole_on_a_telephone(narrow_page: Page, address: str, path: str) -> None:
    """A fact that does not fit on its line goes on in the next: none may end outside its table."""
    visit(narrow_page, address, PATHS[path])
    values = narrow_page.locator("[class*=st-key-facts-] td:last-child p")
    values.first.wait_for(timeout=15 * SECONDS)
    hidden = values.first.evaluate(
        "value => { value.textContent = 'sqlite:////srv/' + 'monitor/'.repeat(9); const table = value.closest('table');"
        " return table.getBoundingClientRect().width - table.parentElement.clientWidth }"
    )
    assert hidden <= 1


CONTRAST = """button => {
    const light = color => {
        const parts = color.match(/[\\d.]+/g).map(Number).slice(0, 3).map(one => one / 255)
        const [r, g, b] = parts.map(one => one <= 0.03928 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b
    }
    let behind = button
    while (getComputedStyle(behind).backgroundColor.endsWith(', 0)')) behind = behind.parentElement
    const [ground, ink] = [getComputedStyle(behind).backgroundColor, getComputedStyle(button.querySelector('p')).color].map(light)
    return (Math.max(ground, ink) + 0.05) / (Math.min(ground, ink) + 0.05)
}"""


def test_what_cannot_be_pressed_yet_can_be_read(themed_page: Page, address: str) -> None:
    """Where nothing is changed there is nothing to save, and the button still says what it is for."""
    visit(themed_page, address, PATHS["thresholds"])
    save = themed_page.locator(".st-key-tune-save button")
    expect(save).to_be_disabled(timeout=15 * SECONDS)
    assert save.evaluate(CONTRAST) > 2


@pytest.mark.parametrize(
    ("path", "names"), [("health", "[class*=st-key-line-first-]"), ("alerts", "[class*=st-key-group-]")]
)
@pytest.mark.parametrize(
    "name",
    ["ИнтеграцияКадровогоУчёта" * 3, "1С:Зарплата и управление персоналом " * 2],
    ids=["unbroken", "with spaces"],
)
def test_a_long_name_is_whole_on_a_telephone(
    narrow_page: Page, address: str, path: str, names: str, name: str
) -> None:
    """A name that is longer than its line goes on in the next, with spaces to break at or without."""
    visit(narrow_page, address, PATHS[path])
    link = narrow_page.locator(f"{names} [data-testid=stPageLink] a p").first
    hidden = link.evaluate(
        "(link, name) => { link.textContent = name; const seen = link.closest('[data-testid=stPageLink]');"
        " const held = link.closest('[class*=st-key-panel-], [data-testid=stMain]').getBoundingClientRect();"
        " return Math.max(link.scrollWidth - link.clientWidth, seen.getBoundingClientRect().right - held.right) }",
        name,
    )
    assert hidden <= 1
