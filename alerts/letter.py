"""A message as it is told to one reader, before a channel gives it its form; and texts made harmless."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from core.records import Json

LONGEST_LINE = 400
_INVISIBLE = frozenset({"Cc", "Cf", "Co", "Cs"})
_LINK_STARTS = re.compile(r"(https?|ftp)(://)|(www)(\.)|(@)", re.IGNORECASE)
_WORD_JOINER = "\u2060"


class Tone(StrEnum):
    """How a message is coloured: by what it tells at its worst."""

    CRITICAL = "critical"
    WARNING = "warning"
    OVER = "over"
    NEUTRAL = "neutral"


@dataclass(frozen=True, slots=True)
class Row:
    """One fact under the headline. label: in the reader's language, "" = the text stands alone."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Link:
    """Where to go on. url: ours, never from upstream."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Letter:
    """What one reader is told.

    headline: what is broken and how bad, in one line; alerts: one line each where there are several;
    rows: since, cause, next step, whom to call; thread: the same for all messages of one episode;
    document: the same for programs (the webhook's body). Every text is one line, without markup.
    """

    tone: Tone
    language: str
    headline: str
    rows: tuple[Row, ...]
    links: tuple[Link, ...]
    footer: str
    thread: str
    alerts: tuple[Row, ...] = ()
    document: Mapping[str, Json] = field(default_factory=dict)

    @property
    def quiet(self) -> bool:
        """Whether nobody needs to be woken by it."""
        return self.tone in (Tone.OVER, Tone.NEUTRAL)


def tidy(text: str, limit: int = LONGEST_LINE) -> str:
    """Somebody else's text as one line: no control or invisible characters, cut to a length."""
    seen = "".join(" " if one.isspace() else one for one in text)
    line = " ".join("".join(one for one in seen if unicodedata.category(one) not in _INVISIBLE).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def inert(text: str, limit: int = LONGEST_LINE) -> str:
    """The same with nothing in it that a mail or chat program makes a link or a mention of.

    An invisible joiner parts what a link begins with.
    """
    return _LINK_STARTS.sub(
        lambda found: (found[1] or found[3] or "@") + _WORD_JOINER + (found[2] or found[4] or ""),
        tidy(text, limit),
    )
