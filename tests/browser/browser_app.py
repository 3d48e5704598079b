"""The dashboard on a database filled for the test: the script that the test's server runs."""

import os
from functools import lru_cache
from pathlib import Path

from core import clock
from core.settings import Settings
from dashboard import frame
from dashboard.house import ConfigurationState, House, house, install
from storage.store import Store
from tests.dashboard import dashboard_database as database


@lru_cache(maxsize=1)
def _configured() -> Settings:
    return database.settings()


def _furnish() -> None:
    """Fill the database and install the house, once for the process."""
    now = clock.now()
    store: Store = database.fill(Path(os.environ["BROWSER_TEST_FOLDER"]) / "monitor.db", now)
    settings, state = _configured(), ConfigurationState(now)
    install(House(lambda: store, lambda: settings, lambda: state))


try:
    house()
except LookupError:
    _furnish()
frame.run()
