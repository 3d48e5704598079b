"""Everything a page shows stands in its address: choices that are kept there, and links that carry them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeVar

import streamlit as st
from streamlit.navigation.page import Page as Destination

F = TypeVar("F", bound=Callable[..., Any])
_DESTINATIONS = "destinations"
INTEGRATION = "integration"
ALERT, TUNE = "alert", "tune"
"""Which alert's drawer is open, and which rule's thresholds are being tuned."""
RUN, RECORD, CAUSE = "run", "record", "cause"
"""Which run's or failed record's drawer is open, and whose records are shown."""


def drawer(name: str, title: str, width: Literal["medium", "large"] = "medium") -> Callable[[F], F]:
    """What makes a function draw the drawer that stands in the address by this name, until it is closed."""

    def close() -> None:
        st.query_params.pop(name, None)

    return st.dialog(title, width=width, position="right", on_dismiss=close)


def turn(name: str, other: str, value: str) -> None:
    """From one drawer to another in one step of the browser's history, so that Back leads to the first again."""
    kept = {key: st.query_params.get_all(key) for key in st.query_params if key != name}
    st.query_params.from_dict({**kept, other: value})


def remember(destinations: dict[str, Destination]) -> None:
    """Note this run's pages by their path, for links among them."""
    st.session_state[_DESTINATIONS] = destinations


def open_integration(key: str) -> None:
    """Go to the page of one integration."""
    destination = _destination("integration")
    if destination:
        st.switch_page(destination, query_params={INTEGRATION: key})


def link_to_integration(label: str, key: str, *, icon: str | None = None) -> None:
    """A link to the page of one integration; the label is Markdown."""
    destination = _destination("integration")
    if destination:
        st.page_link(destination, label=label, icon=icon, query_params={INTEGRATION: key})
    else:
        st.markdown(label)


def link_to(path: str, label: str, icon: str, **params: str) -> None:
    """A link to a page by its path, with these parameters in its address."""
    if destination := _destination(path):
        st.page_link(destination, label=label, icon=icon, query_params=params)


def chosen(name: str, options: Sequence[str], default: str | None) -> str | None:
    """What the address says of a choice; the default where it says nothing or something else."""
    value = st.query_params.get(name)
    return value if value in options else default


def keep(name: str, default: str | None) -> Callable[[], None]:
    """A callback that writes a widget's new value into the address; its key is `choice_key(name)`."""

    def write() -> None:
        value = st.session_state.get(choice_key(name))
        if value is None or value == default:
            st.query_params.pop(name, None)
        else:
            st.query_params[name] = value

    return write


def choice_key(name: str) -> str:
    """The key of the widget that shows a choice kept in the address."""
    return f"choice-{name}"


def seed(name: str, value: str | None) -> str:
    """Make the widget show what the address says, and give its key."""
    key = choice_key(name)
    if st.session_state.get(key) != value:
        st.session_state[key] = value
    return key


def _destination(path: str) -> Destination | None:
    found = st.session_state.get(_DESTINATIONS, {}).get(path)
    return found if isinstance(found, Destination) else None
