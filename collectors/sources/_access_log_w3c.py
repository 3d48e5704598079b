"""Reads W3C extended logs (IIS, CloudFront) as calls: columns are what the last `#Fields:` names (pure)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from zoneinfo import ZoneInfo

from collectors.files.formats import BadLine, Item
from collectors.files.text import TextDecoder
from collectors.sources._access_log_fields import FieldFormat
from collectors.sources._access_log_lines import NotACall
from collectors.sources._access_log_settings import ALIASES

_FIELDS, _DATE = "#fields:", "#date:"
_CELL = re.compile(r'"((?:[^"]|"")*)"|([^ \t]+)')
_CALL = {
    "method": '"cs-method"',
    "endpoint": '"cs-uri-stem" || "cs-uri"',
    "status": '"sc-status"',
    "request_time": '"time-taken"',
    "consumer": '"cs-username"',
}
"""Which column a call's field is in, where the settings do not say."""

NO_COLUMNS = "stands before any #Fields, so nothing tells what its columns are"


class W3cLines:
    """Lines of columns; `directives` is what was last said of them, by a word in small letters.

    A directive holds for the lines below it until the next one of its kind (W3C WD-logfile-960323).
    """

    def __init__(self, decoder: TextDecoder) -> None:
        self._decoder = decoder
        self._names: list[str] = []
        self._date = ""
        self.directives: dict[str, str] = {}

    def resume(self, directives: Mapping[str, str]) -> None:
        """Go on in a file in which this was said last."""
        self.directives, self._names, self._date = {}, [], ""
        for word, said in directives.items():
            self._take(word, said)

    def item(self, line: bytes) -> Item:
        """The columns by name, `time` with its date. Raises BadLine, and NotACall for a directive."""
        text = self._decoder.decode(line).strip("\r\n\x00 ").removeprefix("\ufeff")
        if text.startswith("#"):
            word, colon, said = text.partition(":")
            self._take((word + colon).lower(), said.strip())
            raise NotACall
        if not text:
            raise BadLine("is empty")
        if not self._names:
            raise BadLine(NO_COLUMNS)
        cells = _cells(text)
        if len(cells) != len(self._names):
            raise BadLine(f"has {len(cells)} columns where #Fields names {len(self._names)}")
        item: Item = dict(zip(self._names, cells, strict=True))
        date = item.get("date") or self._date
        if "time" in item and date:
            item["time"] = f"{date} {item['time']}"
        return item

    def _take(self, word: str, said: str) -> None:
        if word == _FIELDS:
            self._names = said.split()
        elif word == _DATE:
            # The day of lines that tell only their time.
            self._date = said.split(" ")[0]
        else:
            return
        self.directives[word] = said


def first_directives(head: bytes, encoding: str) -> dict[str, str]:
    """What a file says at its beginning, before its first line of columns."""
    lines = W3cLines(TextDecoder(encoding))
    for line in head.split(b"\n")[:-1]:
        try:
            lines.item(line)
        except NotACall:
            continue
        except BadLine:
            if line.strip(b"\r\x00 \t"):
                break
            continue
        break
    return lines.directives


class W3cFormat(FieldFormat):
    """Calls in W3C extended logs."""

    def __init__(
        self, fields: Mapping[str, str], zone: ZoneInfo, unit: str, encoding: str, where: str | None = None
    ) -> None:
        """fields: of those in other columns than usual, the expression."""
        self.columns, self._encoding = W3cLines(TextDecoder(encoding)), encoding
        named = {ALIASES.get(name, name): text for name, text in fields.items()}
        super().__init__(self.columns, {**_CALL, **named}, zone, unit, where)

    def at(self, head: bytes, *, first: bool, said: Mapping[str, str] | None) -> None:
        """Go on in a file. said: what it said last, where that is not what its head says."""
        self.columns.resume({} if first else said or first_directives(head, self._encoding))

    def said(self, head: bytes) -> dict[str, str] | None:
        """What the file has said last; None where its head says the same."""
        now = self.columns.directives
        return dict(now) if now != first_directives(head, self._encoding) else None


def _cells(text: str) -> list[str]:
    if "\t" in text:
        return text.split("\t")
    return [found[2] if found[1] is None else found[1].replace('""', '"') for found in _CELL.finditer(text)]
