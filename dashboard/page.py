"""What a page of the dashboard is: the constant that every module of `dashboard.pages` exports."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dashboard.viewer import Viewer


@dataclass(frozen=True, slots=True)
class Page:
    """title: a message id; icon: a material icon's name; path: its address; order: its place on top.

    draw: puts the page on the screen for one viewer; the page whose path is empty is the first one.
    """

    title: str
    icon: str
    path: str
    order: int
    draw: Callable[[Viewer], None]
