"""Cuts decoded text into the rows of a CSV file, with exact lines and bounded memory whatever stands in it."""

from __future__ import annotations

import csv
import io
from collections import deque
from collections.abc import Iterator
from enum import StrEnum
from typing import BinaryIO, NamedTuple

LONGEST_LINE = 1024 * 1024
"""Characters; a longer line is passed over and reported."""

LONGEST_QUOTED = 64 * 1024
MOST_QUOTED_LINES = 500
"""A quote open for longer, in characters or lines, was never meant to be closed."""

NO_DELIMITER = "\ufdd0"
"""Stands for the delimiter of a file with one column; a character that no text holds."""

_NOTHING = "\\N"
"""How databases write that there is no value (PostgreSQL's COPY, MariaDB's INTO OUTFILE): an empty cell."""

_TOO_LONG = "\ufdd1\n"


class Trouble(StrEnum):
    """Why a row cannot be read."""

    OPEN_QUOTE = "open_quote"
    LONG_LINE = "long_line"
    LONG_FIELD = "long_field"


class Row(NamedTuple):
    """A row: the line it begins in (from 1), its cells, and what is wrong with its writing.

    With `trouble` the cells are what could be made of it, and `line` is where the trouble begins.
    """

    line: int
    cells: list[str]
    trouble: Trouble | None = None


class Rows:
    """The rows of a text, blank ones left out.

    After an open quote reading goes on in the next line; nuls_from: the line of the first NUL characters that were
    left out, None while there is none;
    ends: the kinds of line ends met; lines: how many lines were read.
    """

    def __init__(
        self, file: BinaryIO, encoding: str, delimiter: str | None, width: int | None = None
    ) -> None:
        """file: stands at its start, is closed with this; width: the columns a row should have, if known."""
        self._text = io.TextIOWrapper(
            io.BufferedReader(_Raw(file), 256 * 1024), encoding, errors="replace", newline=""
        )
        self.width = width
        self._delimiter = delimiter or NO_DELIMITER
        self._back: deque[str] = deque()
        self._taken: list[str] = []
        self._size = 0
        self._cut = self._long = False
        self.lines = 0
        self.nuls_from: int | None = None
        self.ends: set[str] = set()

    def __iter__(self) -> Iterator[Row]:
        while True:
            reader = csv.reader(self._feed(), delimiter=self._delimiter)
            while (row := self._next(reader)) is not None:
                if row.cells or row.trouble:
                    yield row
                if row.trouble is Trouble.OPEN_QUOTE:
                    break
            else:
                return

    def skip(self, lines: int) -> None:
        """Passes over so many lines, which are no rows; call it before the first row."""
        for _ in range(lines):
            self._line()

    def _next(self, reader: Iterator[list[str]]) -> Row | None:
        """The next row; None at the end."""
        self._taken.clear()
        self._size = 0
        self._cut = self._long = False
        try:
            cells = next(reader)
        except StopIteration:
            return None
        except csv.Error:
            return Row(self._first_line(), [], Trouble.LONG_FIELD)
        if self._long:
            return Row(self.lines - len(self._back), [], Trouble.LONG_LINE)
        if self._cut or (len(self._taken) > 1 and self._swallowed(cells)):
            return self._open_quote(cells)
        last = self._taken[-1]
        if last[-1] in "\r\n":
            self.ends.add("CRLF" if last[-2:] == "\r\n" else "CR" if last[-1] == "\r" else "LF")
        if _NOTHING in cells:
            cells = ["" if cell == _NOTHING else cell for cell in cells]
        return Row(self._first_line(), cells)

    def _first_line(self) -> int:
        return self.lines - len(self._back) - len(self._taken) + 1

    def _swallowed(self, cells: list[str]) -> bool:
        """Whether a row of several lines is what a stray quote made of several rows."""
        if self.width is None or self.width < 2:
            return False
        try:
            if len(cells) == self.width and len(self._read(self._taken, strict=True)) == 1:
                return False
        except csv.Error:
            pass
        try:
            return any(len(row) == self.width for row in self._read(self._taken[1:]))
        except csv.Error:
            return False

    def _read(self, lines: list[str], *, strict: bool = False) -> list[list[str]]:
        return list(csv.reader(lines, delimiter=self._delimiter, strict=strict))

    def _open_quote(self, cells: list[str]) -> Row:
        """Gives back the lines after the one in which the quote was opened."""
        first = self._first_line()
        opened = _opened_in(self._taken, self._delimiter)
        self._back.extendleft(reversed(self._taken[opened + 1 :]))
        return Row(first + opened, cells[:1], Trouble.OPEN_QUOTE)

    def _feed(self) -> Iterator[str]:
        """Lines for the reader of the standard library; ends where a quote stays open too long."""
        while (line := self._back.popleft() if self._back else self._line()) is not None:
            self._taken.append(line)
            self._size += len(line)
            if len(self._taken) > 1 and (
                self._size > LONGEST_QUOTED or len(self._taken) > MOST_QUOTED_LINES or line is _TOO_LONG
            ):
                self._cut = True
                return
            self._long = line is _TOO_LONG
            yield line
        self._cut = bool(self._taken)

    def _line(self) -> str | None:
        """The next line with its end; None at the end of the text."""
        line = self._text.readline(LONGEST_LINE)
        if not line:
            return None
        if self.lines == 0:
            line = line.removeprefix("\ufeff")
        self.lines += 1
        too_long = len(line) >= LONGEST_LINE - 1 and line[-1] not in "\r\n"
        if "\x00" in line:
            self.nuls_from = self.nuls_from or self.lines
            line = line.replace("\x00", "")
        if too_long:
            while (more := self._text.readline(LONGEST_LINE)) and more[-1] not in "\r\n":
                pass
            return _TOO_LONG
        if line[-1:] == "\x1a":
            # What DOS, and programs that keep to it, end a file with.
            line = line.rstrip("\x1a")
        return line or "\n"

    def close(self) -> None:
        """Closes the file."""
        self._text.close()

    def __enter__(self) -> Rows:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Raw(io.RawIOBase):
    """Any object with `read` as a raw stream, which a text stream can be laid over."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object, /) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]
        data = self._file.read(len(view))
        view[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()


def _opened_in(lines: list[str], delimiter: str) -> int:
    """In which of the lines (from 0) the quote was opened that the last one leaves open, or closes last."""
    text = "".join(lines)
    at, opened = 0, 0
    while at < len(text):
        if text[at] == '"':
            opened = at
            at = _after_quoted(text, at + 1)
            if at < 0:
                break
        ends = [end for sign in (delimiter, "\n", "\r") if (end := text.find(sign, at)) >= 0]
        if not ends:
            break
        at = min(ends) + 1
    passed = 0
    for number, line in enumerate(lines):
        passed += len(line)
        if opened < passed:
            return number
    return 0


def _after_quoted(text: str, at: int) -> int:
    """The place after the closing quote; -1 where there is none."""
    while (at := text.find('"', at)) >= 0:
        if text[at + 1 : at + 2] != '"':
            return at + 1
        at += 2
    return -1
