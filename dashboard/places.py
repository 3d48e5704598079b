"""Where in what was read a problem stands, in the reader's language."""

from __future__ import annotations

import re

from core.i18n import N_
from core.problems import AND_MORE
from dashboard.viewer import Viewer

_PART = re.compile(
    r"(?P<before>^|: )(?:(?P<word>line|row|item) (?P<which>\d+)|further (?P<many>lines|rows|items))(?=$|:)"
)
_ONE = {"line": N_("line {n}"), "row": N_("row {n}"), "item": N_("item {n}")}
_FURTHER = {"lines": N_("further lines"), "rows": N_("further rows"), "items": N_("further items")}
_WHOLE = {
    AND_MORE: N_("and more"),
    "body": N_("the answer's body"),
    "limit": N_("the rate limit"),
    "poll": N_("the look itself"),
    "records": N_("among the records"),
    "route": N_("routing"),
}
"""Places that are words of our own; all others are names of files, fields and addresses."""


def place(viewer: Viewer, where: str) -> str:
    """A problem's place: what is ours in it is translated, names stay as they are."""

    def part(found: re.Match[str]) -> str:
        if many := found["many"]:
            return found["before"] + viewer.text(_FURTHER[many])
        numbered = _ONE[found["word"]]
        return found["before"] + viewer.text(numbered, n=found["which"])

    if where in _WHOLE:
        return viewer.text(_WHOLE[where])
    if where.startswith("run "):
        return viewer.text("run {name}", name=where.removeprefix("run "))
    return _PART.sub(part, where)
