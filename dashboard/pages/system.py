"""The page System: whether the other pages can be trusted, and why not."""

from __future__ import annotations

import streamlit as st

from core.i18n import N_
from dashboard import frame, reads
from dashboard.page import Page
from dashboard.pages import _system_collectors, _system_database
from dashboard.refresh import refreshing
from dashboard.viewer import Viewer
from dashboard.words import plain

REFRESH_SECONDS, SLOWLY_SECONDS = 10, 30
_NAMED = 10


def draw(viewer: Viewer) -> None:
    """The heading, and below it everything that refreshes by itself."""
    frame.heading(viewer, viewer.text("System"))
    _now()
    _underneath()


@refreshing(REFRESH_SECONDS)
def _now(viewer: Viewer) -> None:
    _configuration_problems(viewer)
    _system_collectors.draw(viewer, reads.source_states(viewer.now))
    _unrouted(viewer)


@refreshing(SLOWLY_SECONDS, quiet=True)
def _underneath(viewer: Viewer) -> None:
    database, configuration = st.columns(2, gap="small")
    with configuration, st.container(border=True, key="panel-configuration", height="stretch"):
        _system_database.configuration(viewer)
    with database, st.container(border=True, key="panel-database", height="stretch"):
        _system_database.database(viewer)
    _system_collectors.polls(viewer)
    _system_database.audit(viewer)


def _configuration_problems(viewer: Viewer) -> None:
    problems = reads.configuration().problems
    if not problems:
        return
    sentence = viewer.plural(
        "The changed configuration has {n} problem and was refused; the one before it is at work.",
        "The changed configuration has {n} problems and was refused; the one before it is at work.",
        len(problems),
    )
    lines = "\n".join(f"- `{where.replace('`', '')}`: {plain(what)}" for where, what in problems)
    st.error(f"{sentence}\n\n{lines}", icon=":material/rule_settings:")


def _unrouted(viewer: Viewer) -> None:
    """What matches no route, by name, so that it can be mapped."""
    values = reads.unrouted_values()
    if not values:
        return
    sentence = viewer.plural(
        "{n} value of shared sources matches no integration: add it to `route.map`, or write `create: true` with a `max` that leaves room.",
        "{n} values of shared sources match no integration: add them to `route.map`, or write `create: true` with a `max` that leaves room.",
        len(values),
    )
    named = "\n".join(f"- {plain(source)}: {plain(value)}" for source, value in values[:_NAMED])
    more = viewer.text("and more")
    rest = f"\n- {more}" if len(values) > _NAMED else ""
    st.info(f"{sentence}\n\n{named}{rest}", icon=":material/alt_route:")


PAGE = Page(title=N_("System"), icon="dns", path="system", order=8, draw=draw)
