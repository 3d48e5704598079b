"""Parts of a page that draw themselves again every few seconds, and say so when they cannot be read."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

import streamlit as st

from core.errors import StorageError
from dashboard import frame, notices
from dashboard.viewer import Viewer

P = ParamSpec("P")


def refreshing(
    seconds: int, *, quiet: bool = False
) -> Callable[[Callable[Concatenate[Viewer, P], None]], Callable[P, None]]:
    """A part that is drawn anew each so many seconds, for the viewer as of then.

    What cannot be read is caught here, because an error in a fragment never reaches the page around it.
    quiet: then nothing is drawn, because the page's first part says it already.
    """

    def refreshed(draw: Callable[Concatenate[Viewer, P], None]) -> Callable[P, None]:
        @st.fragment(run_every=seconds)
        @wraps(draw)
        def part(*args: P.args, **kwargs: P.kwargs) -> None:
            viewer = frame.current_viewer()
            try:
                draw(viewer, *args, **kwargs)
            except StorageError as error:
                if not quiet:
                    notices.no_database(viewer, str(error))

        return part

    return refreshed
