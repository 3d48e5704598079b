"""The whole dashboard in a real browser, on a filled database; skipped visibly where there is none."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = Path("/usr/bin/chromium")
QUIET = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One headless Chromium for the whole suite: Playwright runs once in a process."""
    if not CHROMIUM.exists():
        pytest.skip(f"no Chromium at {CHROMIUM}: what people do in a browser is not tested here")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=str(CHROMIUM), args=QUIET)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def address(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server that shows the twelve integrations of the dashboard's own tests."""
    folder = tmp_path_factory.mktemp("browser")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    script = Path(__file__).with_name("browser_app.py")
    command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(port)]
    paths = os.pathsep.join([str(ROOT), str(ROOT / "tests" / "dashboard")])
    environment = {**os.environ, "PYTHONPATH": paths, "BROWSER_TEST_FOLDER": str(folder)}
    with subprocess.Popen(command, cwd=ROOT, env=environment) as server:
        try:
            _wait_for(f"http://127.0.0.1:{port}/_stcore/health", server)
            _visit_once(browser, f"http://127.0.0.1:{port}")
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(20)


def _visit_once(browser: Browser, address: str) -> None:
    """The first visit fills the database; no test should wait for that."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(address)
    page.get_by_role("heading", level=1).wait_for(timeout=180_000)
    context.close()


def _wait_for(url: str, server: subprocess.Popen[bytes], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if server.poll() is not None:
            pytest.fail(f"the server ended with code {server.returncode}")
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"the server did not answer within {seconds} s")


@pytest.fixture
def requests() -> list[str]:
    """Every address that the page asked for."""
    return []


@pytest.fixture(params=["light", "dark"])
def theme(request: pytest.FixtureRequest) -> str:
    """Each of the two themes."""
    return str(request.param)


def _context(browser: Browser, requests: list[str], scheme: str, width: int = 1440) -> BrowserContext:
    context = browser.new_context(
        viewport={"width": width, "height": 1000},
        color_scheme="dark" if scheme == "dark" else "light",
        timezone_id="Europe/Moscow",
    )
    context.on("request", lambda request: requests.append(request.url))
    return context


@pytest.fixture
def page(browser: Browser, requests: list[str]) -> Iterator[Page]:
    """A page in the light theme."""
    context = _context(browser, requests, "light")
    yield context.new_page()
    context.close()


@pytest.fixture
def themed_page(browser: Browser, requests: list[str], theme: str) -> Iterator[Page]:
    """A page in each theme."""
    context = _context(browser, requests, theme)
    yield context.new_page()
    context.close()


@pytest.fixture
def narrow_page(browser: Browser, requests: list[str]) -> Iterator[Page]:
    """A page on a telephone."""
    context = _context(browser, requests, "light", 390)
    yield context.new_page()
    context.close()
