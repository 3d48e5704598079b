"""For whom a page is drawn: their language, time zone and theme, and everything said in them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from core.i18n import Message, Translator
from dashboard import formats

_JUST_NOW = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Viewer:
    """language: of texts and numbers; zone: of instants; dark: which theme; now: of this run."""

    language: str
    zone: ZoneInfo
    dark: bool
    now: datetime
    translator: Translator

    def text(self, message: str, **params: object) -> str:
        """A message id in the viewer's language, its {named} places filled."""
        return self.translator.text(message, **params)

    def plural(self, one: str, many: str, n: int, **params: object) -> str:
        """The form that suits the number, which fills {n}."""
        return self.translator.plural(one, many, n, **params)

    def render(self, message: Message) -> str:
        """A message that a judge made."""
        return self.translator.render(message)

    def number(self, value: float | None, digits: int = 0) -> str:
        """A number; None is a dash."""
        return formats.number(value, self.language, digits)

    def percent(self, ratio: float | None, digits: int = 1) -> str:
        """A ratio in [0, 1]; None is a dash."""
        return formats.percent(ratio, self.language, digits)

    def duration(self, value: float | timedelta | None) -> str:
        """A duration (seconds); None is a dash."""
        seconds = value.total_seconds() if isinstance(value, timedelta) else value
        return formats.duration(seconds, self.language)

    def about(self, value: float | timedelta | None) -> str:
        """A duration (seconds) by its largest unit; None is a dash."""
        seconds = value.total_seconds() if isinstance(value, timedelta) else value
        return formats.NOTHING if seconds is None else formats.about(seconds, self.language)

    def size(self, count: int | None) -> str:
        """A number of bytes; None is a dash."""
        return formats.size(count, self.language)

    def instant(self, at: datetime | None, *, seconds: bool = False) -> str:
        """An instant in the viewer's zone; None is a dash."""
        return formats.instant(at, self.zone, self.language, seconds=seconds)

    def day(self, at: datetime | None) -> str:
        """The day of an instant in the viewer's zone, with its year; None is a dash."""
        return formats.day(at, self.zone, self.language)

    def ago(self, at: datetime | None) -> str:
        """How long ago, or in how long; None is a dash."""
        if at is None:
            return formats.NOTHING
        away = at - self.now
        if abs(away) < _JUST_NOW:
            return self.text("just now")
        return formats.distance(away.total_seconds(), self.language)

    def age(self, at: datetime | None) -> str:
        """How old something is, without direction; None is a dash."""
        return self.duration(max(self.now - at, timedelta()) if at else None)
