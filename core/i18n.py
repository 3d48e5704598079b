"""Texts for people in their language: message ids are the English texts, gettext finds the others.

Catalogues are read from `locales/<language>/LC_MESSAGES/messages.po` and compiled in memory. Babel is
imported only where a text or a number is made, because every command imports this module.
"""

from __future__ import annotations

import gettext
import io
import re
import string
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec

from core.units import Threshold, Unit, Window

if TYPE_CHECKING:
    from babel import Locale

LOCALES = Path(__file__).parent.parent / "locales"
SOURCE_LANGUAGE = "en"
_FEMININE = re.compile(r"\b(минут|секунд)а\b")
KEYWORDS: Mapping[str, tuple[int, ...] | None] = {
    "N_": None,
    "Message": None,
    "text": None,
    "gettext": None,
    "counted": (1, 2),
    "plural": (1, 2),
    "ngettext": (1, 2),
}
"""The calls whose literal arguments are message ids, and which of the arguments they are."""


class Message(msgspec.Struct, frozen=True):
    """A text not yet rendered: a message id with {named} places, and what goes into them.

    many, count: the plural id and the number that chooses the form; count is None without a plural.
    A parameter may be text, a number, an aware instant, a duration, a window, a threshold, another
    message or a list of these; `{ratio:percent}` writes a ratio as a percentage.
    """

    text: str
    params: Mapping[str, object] = {}
    many: str = ""
    count: int | None = None

    def __str__(self) -> str:
        return translator(SOURCE_LANGUAGE).render(self)


def N_(text: str) -> str:  # noqa: N802 (gettext's own name for it)
    """Marks a message id where it stands; it is translated where it is shown."""
    return text


def counted(one: str, many: str, count: int, **params: object) -> Message:
    """A message in the form that suits `count`, which fills {count}."""
    return Message(one, {"count": count, **params}, many, count)


@lru_cache(maxsize=1)
def languages() -> frozenset[str]:
    """English, and every language with a catalogue in `locales/`."""
    found = {path.parent.parent.name for path in LOCALES.glob("*/LC_MESSAGES/messages.po")}
    return frozenset({SOURCE_LANGUAGE, *found})


@lru_cache(maxsize=16)
def catalogue(language: str) -> gettext.NullTranslations:
    """The texts of one language; one that has no catalogue speaks English."""
    path = LOCALES / language / "LC_MESSAGES" / "messages.po"
    if not path.is_file():
        return gettext.NullTranslations()
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    compiled = io.BytesIO()
    with path.open("rb") as stream:
        write_mo(compiled, read_po(stream, locale=language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


@lru_cache(maxsize=64)
def translator(language: str, zone: tzinfo = UTC) -> Translator:
    """The translator of a language, with instants shown in a zone; made once."""
    return Translator(language, zone)


class Translator:
    """Says everything in one language: texts, numbers, shares, durations and instants (in its zone)."""

    def __init__(self, language: str, zone: tzinfo = UTC) -> None:
        self.language = language if language in languages() else SOURCE_LANGUAGE
        self.zone = zone
        self._texts = catalogue(self.language)
        self._fill = _Filler(self)

    def text(self, message: str, **params: object) -> str:
        """A message id in this language, its {named} places filled."""
        return self._filled(self._texts.gettext(message) if message else "", params)

    def plural(self, one: str, many: str, n: int, **params: object) -> str:
        """The form that suits n; both {n} and {count} stand for it."""
        return self._filled(self._texts.ngettext(one, many, n), {"n": n, "count": n, **params})

    def render(self, message: Message) -> str:
        """A message as a text of this language."""
        if message.count is not None:
            return self.plural(message.text, message.many, message.count, **message.params)
        return self.text(message.text, **message.params)

    def value(self, value: object) -> str:
        """Any parameter of a message as this language writes it; None is a dash."""
        match value:
            case None:
                return "—"
            case str() | bool():
                return str(value)
            case int() | float():
                return self.number(value)
            case timedelta():
                return self.duration(value)
            case datetime():
                return self.date_time(value)
            case Message():
                return self.render(value)
            case Window():
                return self.window(value)
            case Threshold():
                return self.threshold(value)
            case list() | tuple() | set() | frozenset():
                return ", ".join(self.value(item) for item in value)
        return str(value)

    def number(self, value: float, digits: int = 2) -> str:
        """`1,234.5`; digits: at most so many after the point."""
        from babel.numbers import format_decimal

        return format_decimal(value, "#,##0." + "#" * digits if digits else "#,##0", locale=self._locale)

    def percent(self, ratio: float, digits: int = 1) -> str:
        """`99.5%` of a ratio in [0, 1]."""
        from babel.numbers import format_percent

        pattern = "#,##0." + "#" * digits if digits else "#,##0"
        space = "\u00a0" if self.language == "ru" else ""
        return format_percent(ratio, f"{pattern}{space}%", locale=self._locale)

    def date_time(self, at: datetime, zone: tzinfo | None = None) -> str:
        """An aware instant in the zone, to the minute, with its date."""
        from babel.dates import format_datetime

        with suppress(OverflowError):  # of the last day there is
            at = at.astimezone(zone or self.zone)
        return format_datetime(at, "d MMM y, HH:mm", locale=self._locale)

    def duration(self, duration: timedelta, *, short: bool = False) -> str:
        """`5 minutes`: a duration in its two largest units, in Russian as it stands after `за` and `через`.

        short: `5 min`, which suits any place of a sentence.
        """
        from babel.units import format_unit

        length: Literal["short", "long"] = "short" if short else "long"
        seconds = abs(duration.total_seconds())
        if 0 < seconds < 1:
            return format_unit(round(seconds * 1000), "millisecond", length, locale=self._locale)
        left, parts = round(seconds), list[str]()
        for unit, size in (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1)):
            amount, rest = divmod(left, size)
            if amount and len(parts) < 2:
                parts.append(format_unit(amount, unit, length, locale=self._locale))
                left = rest
            elif parts:
                break
        text = " ".join(parts) or format_unit(0, "second", length, locale=self._locale)
        return _FEMININE.sub(r"\1у", text) if self.language == "ru" else text

    def window(self, window: Window) -> str:
        """`10 runs` or a duration."""
        if window.runs is not None:
            return self.plural("{count} run", "{count} runs", window.runs)
        return self.duration(window.duration or timedelta())

    def threshold(self, threshold: Threshold) -> str:
        """`> 5%`, `≥ 10 min`."""
        match threshold.unit:
            case Unit.RATIO:
                value = self.percent(threshold.value)
            case Unit.SECONDS:
                value = self.duration(timedelta(seconds=threshold.value), short=True)
            case Unit.COUNT | Unit.FACTOR:
                value = self.number(threshold.value)
        return f"{threshold.comparison.replace('>=', '≥').replace('<=', '≤')} {value}"

    @property
    def _locale(self) -> Locale:
        return _locale(self.language)

    def _filled(self, text: str, params: Mapping[str, object]) -> str:
        if not params:
            return text
        try:
            return self._fill.vformat(text, (), params)
        except (KeyError, IndexError, ValueError, AttributeError):
            return text  # a slip in a catalogue shows the bare text, never an error page


class _Filler(string.Formatter):
    """Fills {named} places with values as the language writes them."""

    def __init__(self, translator: Translator) -> None:
        self._translator = translator

    def format_field(self, value: object, format_spec: str) -> str:
        """One place; its format may be `percent`."""
        if format_spec == "percent" and isinstance(value, int | float):
            return self._translator.percent(value)
        return self._translator.value(value)


@lru_cache(maxsize=16)
def _locale(language: str) -> Locale:
    from babel import Locale

    return Locale.parse(language)
