"""What a rerun of the Health page costs against a blank page's, on the server's floor."""

from __future__ import annotations

from pathlib import Path

from streamlit.testing.v1 import AppTest

from benchmarks.measure import Measured, milliseconds
from tests.dashboard import dashboard_database as database
from tests.dashboard.conftest_dashboard import NOW, furnish, page

FLOOR_MS = 26.0
"""A blank rerun in the real server with frozen garbage (design, §13); the script's own time comes on top."""


def _blank() -> None:
    import streamlit as st

    st.empty()


def health_rerun(folder: Path) -> Measured:
    """Health with the twelve integrations of the pages' tests, rerun; budget: 3 times a blank page."""
    store = database.fill(folder / "health.db", NOW)
    furnish(lambda: store, database.settings())
    blank, health = AppTest.from_function(_blank).run(), AppTest.from_function(page("health")).run()
    blank_ms, health_ms = milliseconds(blank.run, 20), milliseconds(health.run, 20)
    store.close()
    ratio = (FLOOR_MS + health_ms - blank_ms) / FLOOR_MS
    return Measured(
        "Health's rerun against a blank page's",
        "≤ 3 times",
        f"{ratio:.1f} times (script alone: {health_ms:.0f} ms, blank {blank_ms:.0f} ms; floor {FLOOR_MS:.0f} ms)",
        ratio <= 3,
    )
