"""The one place where health makes a text for people: a message and its parameters, not yet rendered."""

from __future__ import annotations

from core.i18n import Message

LONGEST_QUOTE = 160


def say(text: str, **params: object) -> Message:
    """A message; text: an English message id marked with `N_`, with {named} parameters."""
    return Message(text, params)


def shortened(quote: str | None) -> str:
    """The first line of somebody else's text, cut to a length that fits into a sentence."""
    first = next((line.strip() for line in (quote or "").splitlines() if line.strip()), "")
    return first if len(first) <= LONGEST_QUOTE else first[: LONGEST_QUOTE - 1].rstrip() + "…"
