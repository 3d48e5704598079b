"""The one drawer that the address asks for: an alert, or the thresholds of a rule."""

from __future__ import annotations

from dashboard.pages import _alerts_drawer, _alerts_tuning
from dashboard.viewer import Viewer


def draw_chosen(viewer: Viewer) -> None:
    """Open it, where the address asks for one; thresholds before an alert."""
    if not _alerts_tuning.draw_chosen(viewer):
        _alerts_drawer.draw_chosen(viewer)
