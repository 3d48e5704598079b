"""What stands on a page instead of data, or above it: why there is none, and what to do next."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import streamlit as st

from dashboard import links
from dashboard.viewer import Viewer
from dashboard.words import plain

STALE_AFTER = timedelta(minutes=3)
"""The worker refreshes the facts every few seconds; older ones mean that it stands still."""


def empty(title: str, next_step: str, *, icon: str = "info", command: str | None = None) -> None:
    """An empty state: what is missing, what to do about it, and the command that does it."""
    with st.container(border=True, key="panel-empty"):
        st.markdown(f":material/{icon}: **{title}**")
        st.markdown(next_step)
        if command:
            st.code(command, language=None)


def no_database(viewer: Viewer, problem: str) -> None:
    """The database cannot be read: its own text says the remedy."""
    text = viewer.text
    with st.container(border=True, key="panel-no-database"):
        st.markdown(":red[:material/database_off:] **" + text("The database cannot be read") + "**")
        st.text(problem)
        st.markdown(text("The pages fill by themselves as soon as it can be. To see what is wrong, run:"))
        st.code("integration-monitor doctor", language=None)


def no_integrations(viewer: Viewer, path: str) -> None:
    """Nothing is configured."""
    text = viewer.text
    empty(
        text("No integration is watched yet"),
        text(
            "Add the first one to {path}: a changed file is taken over without a restart. To see the pages filled with made-up data first, run:",
            path=plain(path),
        ),
        icon="add_circle",
        command="integration-monitor demo",
    )


def no_polls(viewer: Viewer) -> None:
    """Integrations are configured, but no collector has looked at its source."""
    text = viewer.text
    with st.container(border=True, key="panel-no-polls"):
        st.markdown(":material/hourglass_empty: **" + text("Nothing has been collected yet") + "**")
        st.markdown(
            text(
                "The first look at each source takes place within its own interval. If this stays, no worker is running: start one, or look once by hand."
            )
        )
        st.code("integration-monitor run\nintegration-monitor collect --once", language=None)


def stale(viewer: Viewer, refreshed_at: datetime | None) -> None:
    """Warns when the facts are older than a working worker leaves them."""
    if refreshed_at is not None and viewer.now - refreshed_at > STALE_AFTER:
        st.warning(
            viewer.text(
                "These facts are {age} old: the worker has not refreshed them. What changed since then is not shown.",
                age=viewer.age(refreshed_at),
            ),
            icon=":material/update_disabled:",
        )


def refused(viewer: Viewer, problems: int) -> None:
    """A changed configuration is not at work: whoever changed it looks in vain for what they added."""
    if not problems:
        return
    said = viewer.text("A changed configuration was refused; the one before it is at work.")
    with st.container(horizontal=True, vertical_alignment="center", width="content", key="refused"):
        st.markdown(f":orange[:material/rule_settings:] {said}", width="content")
        links.link_to("system", viewer.text("See what is wrong"), ":material/arrow_forward:")


def blind(viewer: Viewer, names: Sequence[str], count: int) -> None:
    """Warns of collectors that see nothing; what they feed is unknown, not healthy."""
    if not names:
        return
    sentence = viewer.plural(
        "{n} collector sees nothing: {names}. What it feeds is unknown, not healthy.",
        "{n} collectors see nothing: {names}. What they feed is unknown, not healthy.",
        count,
        names=shortened(viewer, [plain(name) for name in names], 3),
    )
    with st.container(horizontal=True, vertical_alignment="center", width="content", key="blind"):
        st.markdown(f":orange[:material/visibility_off:] {sentence}", width="content")
        links.link_to("system", viewer.text("See the collectors"), ":material/arrow_forward:")


def shortened(viewer: Viewer, names: Sequence[str], most: int) -> str:
    """The first few names, and how many more there are."""
    shown = ", ".join(names[:most])
    left = len(names) - most
    if left <= 0:
        return shown
    return shown + " " + viewer.plural("and {n} more", "and {n} more", left)


def as_of(viewer: Viewer, at: datetime | None) -> None:
    """The age of what a panel shows."""
    if at is None:
        return
    st.caption(
        viewer.text("As of {time} · {ago}", time=viewer.instant(at, seconds=True), ago=viewer.ago(at)),
        width="content",
    )
