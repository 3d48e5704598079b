"""The dashboard on a database filled for the test: the script that the test's server runs."""

import os
from pathlib import Path

from core import clock
from dashboard import frame
from dashboard.house import ConfigurationState, House, house, install
from tests.dashboard import alerts_database as database


def _furnish() -> None:
    """Fill the database and install the house, once for the process."""
    now = clock.now()
    store, writer, settings = database.fill(Path(os.environ["BROWSER_TEST_FOLDER"]) / "monitor.db", now)
    state = ConfigurationState(now)
    install(House(lambda: store, lambda: settings, lambda: state, commands=lambda: writer))


try:
    house()
except LookupError:
    _furnish()
frame.run()
