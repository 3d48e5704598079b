"""The ASGI app: the dashboard's pages, the routes for programs and, in the same process, the worker.

Run by `streamlit run app.py`; `integration-monitor run` does that. The worker starts with the server,
not with the first visitor, and exactly once.
"""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit
from starlette.middleware import Middleware
from streamlit import App

from api.context import ApiContext
from api.guard import Guard, content_security_policy, read_index_html
from api.routes import routes
from composition.embedded import Embedded, embedded
from composition.names import config_path, load_settings
from core import clock
from core.logs import set_up
from dashboard.house import ConfigurationState, House, install

SCRIPT = Path(__file__).resolve().parent / "dashboard" / "entry" / "main.py"
STATIC = Path(streamlit.__file__).parent / "static"

_running: list[Embedded] = []


def _context() -> ApiContext:
    """What the routes are given; the server answers no request before the lifespan has filled it."""
    return _running[0].api()


def _preload() -> None:
    """Import what the pages need, once, so that no visitor waits for it and no collection scans it."""
    import pandas
    import plotly.graph_objects
    import pyarrow

    import dashboard.frame  # noqa: F401

    del pandas, plotly, pyarrow


@asynccontextmanager
async def lifespan(_: App) -> AsyncIterator[dict[str, object]]:
    """Preload, start the worker, freeze what is loaded; at the end let the worker finish its batches."""
    settings = load_settings(config_path())
    set_up(settings.redact)
    _preload()
    with embedded(settings) as house:
        set_up(house.current.redact)
        _running[:] = [house]
        install(
            House(
                open_store=lambda: house.store,
                settings=house.completed,
                configuration=lambda: ConfigurationState(house.current.loaded_at, house.current.problems),
                now=clock.now,
                commands=lambda: house.writer,
                record_key=house.record_key,
            )
        )
        # Streamlit collects all generations after every script run; what stands here already need
        # not be looked at again each time.
        gc.collect()
        gc.freeze()
        yield {}
        _running.clear()


app = App(
    SCRIPT,
    lifespan=lifespan,
    routes=routes(_context),
    middleware=[Middleware(Guard, policy=content_security_policy(read_index_html(STATIC)))],
)
