"""The notations of one log line — JSON, logfmt, a pattern with named groups — read as items (pure)."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from codecs import BOM_UTF8
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

import msgspec

from collectors.files.text import TextDecoder, without_escaped_colours
from collectors.values import loaded

Item = dict[str, object]
Bad = Callable[[int, str], None]
"""Told of a line that cannot be read: its index, and what is wrong with it."""

_LONGEST_FOR_PATTERN = 64 * 1024
_PAIR = re.compile(
    r"""(?<![^\s="])([^\s="]+)=(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([^\s"]*))(?=\s|$)""", re.DOTALL
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}


class BadLine(ValueError):
    """A line that is not of its format."""


class LineFormat(Protocol):
    """Reads lines as items. `quoted`: a line end within double quotes ends no line."""

    quoted: bool

    def items(self, lines: Sequence[bytes], head: bytes, first: bool, bad: Bad) -> Iterator[tuple[int, Item]]:
        """(index, item) of each line that can be read; blank ones are passed over.

        head: how the file begins; first: the first of the lines is the file's first.
        """

    def whole(self, last: bytes) -> bool:
        """Whether a last line without an end is certainly complete."""


class _OneByOne(ABC):
    """A format whose lines stand each for itself."""

    quoted = False

    def __init__(self, decoder: TextDecoder) -> None:
        self.decoder = decoder

    @abstractmethod
    def item(self, line: bytes) -> Item:
        """The line as an item. Raises BadLine."""

    def items(self, lines: Sequence[bytes], head: bytes, first: bool, bad: Bad) -> Iterator[tuple[int, Item]]:
        """See `LineFormat`. A lone carriage return ends a line too, as progress bars write it, and so does a NUL."""
        for index, line in enumerate(lines):
            # Files put together (`cat a b`) have the second one's mark in their midst.
            line = line.removeprefix(BOM_UTF8)
            if (b"\r" in line or b"\x00" in line) and (several := self._several(line)):
                yield from ((index, item) for item in several)
                continue
            try:
                yield index, self.item(line)
            except BadLine as error:
                yield from self._parts(index, line, str(error), bad)

    def _several(self, line: bytes) -> list[Item]:
        """The items of a line that holds several, each whole; none where a part of it is none by itself."""
        parts = parts_of(line)
        try:
            return (
                [self.item(part) for part in parts] if len(parts) > 1 and all(map(self.alone, parts)) else []
            )
        except BadLine:
            return []

    def alone(self, part: bytes) -> bool:
        """Whether what may be an item by itself looks like one."""
        return True

    def _parts(self, index: int, line: bytes, why: str, bad: Bad) -> Iterator[tuple[int, Item]]:
        parts = [part for part in line.replace(b"\x00", b"").split(b"\r") if part.strip()]
        failed = len(parts) == 1 and parts[0] == line
        for part in [] if failed else parts:
            try:
                yield index, self.item(part)
            except BadLine as error:
                failed, why = True, str(error)
        if failed:
            bad(index, why)

    def whole(self, last: bytes) -> bool:
        """Nothing tells a whole line from half of one."""
        return False


def parts_of(line: bytes) -> list[bytes]:
    """What stands between the carriage returns and the NULs of a line."""
    return [part for part in line.replace(b"\x00", b"\r").split(b"\r") if part.strip()]


class JsonLines(_OneByOne):
    """One JSON object on a line."""

    def item(self, line: bytes) -> Item:
        """The object. Raises BadLine."""
        line = without_escaped_colours(line)
        try:
            found: object = msgspec.json.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            found = self._lenient(line, str(error))
        except RecursionError:
            raise BadLine("JSON nested too deep to read") from None
        if not isinstance(found, dict):
            raise BadLine("JSON, but no object")
        return found

    def whole(self, last: bytes) -> bool:
        """A half-written object is no JSON."""
        try:
            return last.rstrip().endswith(b"}") and bool(self.item(last.replace(b"\x00", b"")))
        except BadLine:
            return False

    def _lenient(self, line: bytes, why: str) -> object:
        """What strict JSON forbids and programs write: NaN, half surrogate pairs, other encodings."""
        if b"{" not in line:
            raise BadLine(f"not JSON: {why}")
        try:
            found = loaded(self.decoder.decode(line))
        except (ValueError, RecursionError):
            raise BadLine(f"not JSON: {why}") from None
        return found


class LogfmtLines(_OneByOne):
    """`key=value key="a value"`, in single quotes too, as Ruby writes it."""

    def item(self, line: bytes) -> Item:
        """The pairs. Raises BadLine where there is none."""
        text = self.decoder.decode(line)
        pairs: Item = {
            found[1]: _quoted(found[2] if found[3] is None else found[3]) if found[4] is None else found[4]
            for found in _PAIR.finditer(text)
        }
        if not pairs or "\r" in text.rstrip("\r"):
            raise BadLine("no key=value in it")
        return pairs

    def alone(self, part: bytes) -> bool:
        """Pairs stand at its very beginning."""
        return _PAIR.match(self.decoder.decode(part).lstrip()) is not None


class PatternLines(_OneByOne):
    """A regular expression with named groups."""

    def __init__(self, decoder: TextDecoder, pattern: re.Pattern[str]) -> None:
        super().__init__(decoder)
        self.pattern = pattern

    def item(self, line: bytes) -> Item:
        """The groups that took part. Raises BadLine where the pattern is not found."""
        if len(line) > _LONGEST_FOR_PATTERN:
            raise BadLine(f"longer than {_LONGEST_FOR_PATTERN} bytes; pattern is not tried on it")
        text = self.decoder.decode(line).rstrip("\r")
        found = self.pattern.search(text)
        if found is None:
            raise BadLine("does not match pattern")
        if not _says(found):
            # A pattern that ends in `|` finds nothing at once, before it is tried further on in the line.
            found = next(filter(_says, self.pattern.finditer(text)), found)
        return {name: value for name, value in found.groupdict().items() if value is not None}


def _says(found: re.Match[str]) -> bool:
    """Whether a match holds anything, in itself or (looking ahead) in its groups."""
    return bool(found[0]) or any(found.groups())


def _quoted(text: str) -> str:
    return _ESCAPED.sub(_unescaped, text)


def _unescaped(found: re.Match[str]) -> str:
    return _ESCAPES.get(found[1], found[1])
