"""Looks once over the bytes of a CSV file: its digest, whether it is text at all, and in which encoding."""

from __future__ import annotations

import codecs
import hashlib
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import BinaryIO

from collectors.sources._csv_packed import Unpackable, opened

BLOCK_BYTES = 1024 * 1024
_SAMPLE_BYTES = 256 * 1024
_SINGLE_BYTE = ("cp1251", "koi8-r", "cp866", "cp1252")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_OTHER_KINDS = (
    (b"PK\x03\x04", "an Excel workbook or a ZIP archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Word document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
    (b"%PDF", "a PDF document"),
)
_OTHER_TEXTS = (
    (b"<!doctype html", "an HTML page"),
    (b"<html", "an HTML page"),
    (b"<?xml", "an XML document"),
    (b'{"', "JSON"),
    (b"[{", "JSON"),
)
"""What a portal answers instead of the file: a login page, an error."""

_ESCAPED = re.compile("[\udc80-\udcff]+")
_WIDE_HIGH_BYTES = frozenset({0, 4})
"""The high bytes of Latin and Cyrillic letters in UTF-16."""


@dataclass(frozen=True, slots=True)
class Survey:
    """What a file is, before a row is read.

    digest: SHA-256 in hex; encoding: a codec's name; plain: every byte is ASCII, so any encoding that
    holds ASCII fits; damaged: bytes that mean nothing in the encoding; nuls: NUL characters;
    other_kind: what it is instead of text, None for text. Of an archive digest and bytes are what was delivered, all
    else is of the file in it; unpackable: why there is none to read.
    """

    digest: str
    bytes: int
    encoding: str
    plain: bool
    damaged: bool
    nuls: bool
    other_kind: str | None
    unpackable: Unpackable | None = None


def survey_delivered(file: BinaryIO, most: int, expected: Sequence[str] = ()) -> Survey:
    """The same of a file that may be an archive; closes it. most: bytes that it may hold. Raises OSError."""
    with file:
        digest, size = hashlib.sha256(), 0
        while block := file.read(BLOCK_BYTES):
            digest.update(block)
            size += len(block)
        file.seek(0)
        trouble = None
        try:
            with opened(file, most) as inside:
                found = survey(inside, expected)
        except Unpackable as error:
            found, trouble = survey(io.BytesIO(), expected), error
    return replace(
        found,
        digest=digest.hexdigest(),
        bytes=size,
        unpackable=trouble,
    )


def survey(file: BinaryIO, expected: Sequence[str] = ()) -> Survey:
    """Reads a file from its start to its end, in constant memory. expected: encodings agreed. Raises OSError."""
    digest, size, head, utf8 = hashlib.sha256(), 0, b"", _Utf8()
    nuls = 0
    while block := file.read(BLOCK_BYTES):
        digest.update(block)
        size += len(block)
        head = head or block[:_SAMPLE_BYTES]
        nuls += block.count(0)
        utf8.take(block)
    utf8.end()
    encoding = _encoding(head, utf8, nuls, [codecs.lookup(name).name for name in expected])
    wide = encoding.startswith(("utf-16", "utf-32"))
    return Survey(
        digest=digest.hexdigest(),
        bytes=size,
        encoding=encoding,
        plain=not utf8.wide and not utf8.bad and not wide,
        damaged=bool(utf8.bad) if encoding == "utf-8" else wide and size % 2 > 0,
        nuls=nuls > 0 and not wide,
        other_kind=_other_kind(head),
    )


def _other_kind(head: bytes) -> str | None:
    """What a file is that begins so; None for what may be CSV."""
    start = head[:64].removeprefix(codecs.BOM_UTF8).lstrip().lower()
    kinds = [kind for sign, kind in _OTHER_KINDS if head.startswith(sign)]
    return next(iter(kinds + [kind for sign, kind in _OTHER_TEXTS if start.startswith(sign)]), None)


class _Utf8:
    """Counts what is and what is not UTF-8. wide: characters beyond ASCII; bad: bytes that are none."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self.wide = self.bad = 0
        self.sample = b""

    def take(self, block: bytes) -> None:
        if block.isascii():
            self._count(self._decoder.decode(b""))
            if not self._decoder.getstate()[0]:
                return
        before = self.bad
        self._count(self._decoder.decode(block))
        if self.bad > before and not self.sample:
            self.sample = _around_wide(block)

    def end(self) -> None:
        self._count(self._decoder.decode(b"", True))

    def _count(self, text: str) -> None:
        if text.isascii():
            return
        bad = sum(len(run) for run in _ESCAPED.findall(text))
        self.bad += bad
        self.wide += len(text) - len(text.encode("ascii", "ignore")) - bad


def _around_wide(block: bytes) -> bytes:
    """The part of a block from its first byte beyond ASCII on."""
    first = re.search(rb"[\x80-\xff]", block)
    return block[max(0, (first.start() if first else 0) - 64) :][:_SAMPLE_BYTES]


def _encoding(head: bytes, utf8: _Utf8, nuls: int, expected: Sequence[str]) -> str:
    for mark, name in _BOMS:
        if head.startswith(mark):
            return name
    if nuls and (wide := _unmarked_utf16(head)):
        return wide
    if utf8.bad == 0 or utf8.wide > 20 * utf8.bad:
        return "utf-8"
    choice = [name for name in expected if not name.startswith("utf")]
    choice += [name for name in _SINGLE_BYTE if codecs.lookup(name).name not in choice]
    return max(choice, key=lambda name: _plausible(utf8.sample, name))


def _unmarked_utf16(head: bytes) -> str | None:
    """UTF-16 without a mark, told by where the high bytes of Latin and Cyrillic letters stand."""
    pairs = len(head) // 2
    if pairs < 2:
        return None
    high = [sum(head[start : 2 * pairs : 2].count(byte) for byte in _WIDE_HIGH_BYTES) for start in (0, 1)]
    nul = [head[start : 2 * pairs : 2].count(0) for start in (0, 1)]
    if high[1] > 0.9 * pairs and high[0] < 0.3 * pairs and nul[1]:
        return "utf-16-le"
    if high[0] > 0.9 * pairs and high[1] < 0.3 * pairs and nul[0]:
        return "utf-16-be"
    return None


def _plausible(sample: bytes, encoding: str) -> float:
    """How much the sample looks like words in an encoding: neighbours of one script, capitals first."""
    try:
        text = sample.decode(encoding, "replace")
    except (UnicodeError, ValueError):
        return float("-inf")
    score = 0.0
    for before, after in pairwise(text):
        if before.isascii() and after.isascii():
            continue
        if not (before.isalpha() and after.isalpha()):
            strange = after if not after.isascii() else before
            score -= 0 if strange.isalpha() else 1.5
        elif before.isascii() != after.isascii():
            # Latin words of Western Europe mix both, Cyrillic words never do.
            score += 0.5 if ord(max(before, after)) < 0x250 else -2
        else:
            score += -2 if before.islower() and after.isupper() else 1
    return score / max(1, len(text))
