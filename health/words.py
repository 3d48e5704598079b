"""The one place where health makes a text for people: a message and its parameters, not yet rendered."""

from __future__ import annotations

import re

from core.i18n import Message

LONGEST_QUOTE = 160
_BODY = re.compile(r":\s+(?=[{\[<])")
_SAID = re.compile(r'"(?:message|detail|error_description|title|reason)"\s*:\s*"((?:[^"\\]|\\.)+)"')


def say(text: str, **params: object) -> Message:
    """A message; text: an English message id marked with `N_`, with {named} parameters."""
    return Message(text, params)


def shortened(quote: str | None) -> str:
    """The first line of somebody else's text, cut to a length that fits into a sentence.

    Of an answer whose body is JSON or a page, only what the body says in words is left.
    """
    first = next((line.strip() for line in (quote or "").splitlines() if line.strip()), "")
    found = _BODY.search(first)
    if found and found.start():
        said = _SAID.search(first, found.end())
        first = first[: found.start()] + (f": {said[1]}" if said else "")
    return first if len(first) <= LONGEST_QUOTE else first[: LONGEST_QUOTE - 1].rstrip() + "…"
