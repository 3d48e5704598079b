"""Looks once over the bytes of a CSV file: its digest, whether it is text at all, and in which encoding."""

from __future__ import annotations

import codecs
import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import BinaryIO

from collectors.sources._csv_encoding import SAMPLE_BYTES, Utf8, encoding_of
from collectors.sources._csv_packed import Unpackable, opened

BLOCK_BYTES = 1024 * 1024
_OTHER_KINDS = (
    (b"PK\x03\x04", "an Excel workbook or a ZIP archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Word document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
    (b"%PDF", "a PDF document"),
    (b"\x89PNG\r\n", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"SQLite format 3\0", "a database"),
    (b"PAR1", "a Parquet file"),
    (b"Obj\x01", "an Avro file"),
    (b"\xfd7zXZ\0", "an xz archive"),
    *((b"BZh%d1AY&SY" % level, "a bzip2 archive") for level in range(1, 10)),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive"),
)
_OTHER_TEXTS = (
    (b"<!doctype html", "an HTML page"),
    (b"<html", "an HTML page"),
    (b"<?xml", "an XML document"),
    (b'{"', "JSON"),
    (b"[{", "JSON"),
)
"""What a portal answers instead of the file: a login page, an error."""

_CONTROLS = bytes(set(range(1, 32)) - {*b"\a\b\t\n\v\f\r\x1a\x1b"})
_MOST_CONTROLS, _LARGEST_SHARE = 12, 0.06
"""A text may hold several kinds of them as separators (Hive has eight), or many in one cell, but not of most kinds
and everywhere, as every twelfth byte of a packed or encrypted file is one."""


@dataclass(frozen=True, slots=True)
class Survey:
    """What a file is, before a row is read.

    digest: SHA-256 in hex; encoding: a codec's name; plain: every byte is ASCII, so any encoding that
    holds ASCII fits; other_kind: what it is instead of text, None for text; mixed: a single-byte encoding, and lines in UTF-8 among them; rival:
    another encoding that it may be in as well; hardly: none that is known makes words of it. Of an archive digest and bytes are what was delivered, all
    else is of the file in it; unpackable: why there is none to read.
    """

    digest: str
    bytes: int
    encoding: str
    plain: bool
    other_kind: str | None
    mixed: bool = False
    rival: str | None = None
    hardly: bool = False
    unpackable: Unpackable | None = None

    @property
    def doubt(self) -> str | None:
        """What is said where the encoding is a guess."""
        if self.hardly:
            return f"read as {self.encoding}, in which it hardly makes words; write its own as the contract's encoding, or deliver UTF-8"
        if self.rival is None:
            return None
        either = f"{self.encoding} or {self.rival}"
        return f"read as {self.encoding}, and may be {self.rival}; write {either} as the contract's encoding, or deliver UTF-8"


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
    digest, size, head, utf8 = hashlib.sha256(), 0, b"", Utf8()
    nuls = 0
    while block := file.read(BLOCK_BYTES):
        digest.update(block)
        size += len(block)
        head = head or block[:SAMPLE_BYTES]
        nuls += block.count(0)
        utf8.take(block)
    utf8.end()
    guess = encoding_of(head, utf8, nuls, [codecs.lookup(name).name for name in expected])
    encoding = guess.encoding
    wide = encoding.startswith(("utf-16", "utf-32"))
    return Survey(
        digest=digest.hexdigest(),
        bytes=size,
        encoding=encoding,
        plain=not utf8.wide and not utf8.bad and not wide,
        other_kind=_other_kind(head) or (None if wide else _noise(head)),
        mixed=guess.mixed,
        rival=guess.rival,
        hardly=guess.hardly,
    )


def _other_kind(head: bytes) -> str | None:
    """What a file is that begins so; None for what may be CSV."""
    start = head[:64].removeprefix(codecs.BOM_UTF8).lstrip().lower()
    kinds = [kind for sign, kind in _OTHER_KINDS if head.startswith(sign)]
    return next(iter(kinds + [kind for sign, kind in _OTHER_TEXTS if start.startswith(sign)]), None)


def _noise(head: bytes) -> str | None:
    """A packed or encrypted file holds all control characters alike; NUL fills up texts too."""
    bare = head.replace(b"\0", b"")
    count = len(bare) - len(bare.translate(None, _CONTROLS))
    if count < _LARGEST_SHARE * len(bare) or sum(one in bare for one in _CONTROLS) < _MOST_CONTROLS:
        return None
    return "binary data, or UTF-16 or UTF-32 without its mark (BOM)"
