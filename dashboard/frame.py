"""The frame around every page: the navigation, and in whose language, zone and theme it is drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

import streamlit as st

import dashboard.pages
from core.discovery import discover
from core.i18n import languages, translator
from core.settings import Settings
from dashboard import formats, links, theme
from dashboard.house import house
from dashboard.page import Page
from dashboard.viewer import Viewer

NAME = "Integration Monitor"
LANGUAGE, ZONE = "lang", "zone"


def run() -> None:
    """Draw the page that the address names."""
    st.set_page_config(page_title=NAME, page_icon="🧈", layout="wide")
    viewer = current_viewer()
    theme.apply(viewer.dark)
    found = pages()
    destinations = {
        page.path: st.Page(
            _drawn(page),
            title=viewer.text(page.title),
            icon=f":material/{page.icon}:",
            url_path=page.path,
            default=not page.path,
        )
        for page in found.values()
    }
    links.remember(destinations)
    st.navigation(list(destinations.values()), position="top").run()


@lru_cache(maxsize=1)
def pages() -> Mapping[str, Page]:
    """Every page by its module's name, in the order they stand on top."""
    found = discover(dashboard.pages, "PAGE", Page)
    return dict(sorted(found.items(), key=lambda item: item[1].order))


def viewer_of(settings: Settings, now: datetime) -> Viewer:
    """The viewer of this run: the address says language and zone, else browser and settings do."""
    language = _said(LANGUAGE, settings.language)
    zone = _said(ZONE, default_zone(settings))
    known = language if language in languages() else settings.language
    place = ZoneInfo(zone if zone in zones() else default_zone(settings))
    return Viewer(known, place, st.context.theme.type == "dark", now, translator(known, place))


def current_viewer() -> Viewer:
    """The viewer now: what a part that refreshes by itself asks again each time."""
    return viewer_of(house().settings(), house().now())


def default_zone(settings: Settings) -> str:
    """The browser's time zone; the installation's where the browser tells none."""
    told = st.context.timezone
    return told if told and told in zones() else settings.timezone


@lru_cache(maxsize=1)
def zones() -> tuple[str, ...]:
    """The names of all time zones, in order."""
    return tuple(sorted(available_timezones()))


def heading(viewer: Viewer, title: str) -> None:
    """The first line of a page: its title, and on the right in whose language and zone it is drawn."""
    with st.container(horizontal=True, vertical_alignment="center", key="heading"):
        st.title(title, anchor=False, width="content")
        st.space("stretch")
        _viewing(viewer)


def _viewing(viewer: Viewer) -> None:
    settings = house().settings()
    label = f"{viewer.language.upper()} · {formats.zone_name(viewer.zone, viewer.now)}"
    with st.popover(label, icon=":material/language:", width="content", key="viewing"):
        # The first option is each choice's default and stays out of the address; the values are
        # their own labels, because a bound choice stands in the address by its label.
        own = [settings.language, *sorted(languages() - {settings.language})]
        st.radio(
            viewer.text("Language"), own, horizontal=True, key=LANGUAGE, bind="query-params",
            captions=[formats.locale_of(code).get_display_name(code) or code for code in own],
        )  # fmt: skip
        first = dict.fromkeys([default_zone(settings), settings.timezone, "UTC"])
        st.selectbox(
            viewer.text("Time zone"),
            [*first, *(zone for zone in zones() if zone not in first)],
            key=ZONE,
            bind="query-params",
            help=viewer.text(
                "Times on the pages are shown in this zone. Days and statistics follow the installation's, {zone}.",
                zone=settings.timezone,
            ),
        )


def _said(name: str, default: str) -> str:
    value = st.session_state.get(name) or st.query_params.get(name) or default
    return str(value)


def _drawn(page: Page) -> Callable[[], None]:
    def draw() -> None:
        page.draw(current_viewer())

    return draw
