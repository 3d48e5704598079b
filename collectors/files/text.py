"""Decodes lines of text: the encoding that was named, else UTF-8, else the one that fits best."""

from __future__ import annotations

import re
from codecs import BOM_UTF8

_COLOURS = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\))")
"""What tells a terminal how to show a text: colours, and the addresses of links."""

_COLOURS_IN_BYTES = re.compile(_COLOURS.pattern.encode())
_ESCAPED = re.compile(
    rb'(?<!\\)((?:\\\\)*)\\u001[bB](?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b"]{0,2000}?(?:\\u0007|\\u001[bB]\\\\))'
)
"""The same in JSON; the backslashes before it stand for themselves."""

_LIKELY = ["cp1251", "koi8_r", "cp866", "cp1252"]
_FALLBACK = "cp1251"
_SAMPLE_BYTES = 64 * 1024


class TextDecoder:
    """Decodes lines. `auto` is UTF-8 line by line, and for other lines an encoding guessed once.

    Never fails: a byte that means nothing becomes U+FFFD.
    """

    def __init__(self, encoding: str = "auto") -> None:
        """encoding: a codec's name, or `auto`; wide ones were turned into UTF-8 on opening."""
        from collectors.files.content import is_wide

        self._named = None if encoding == "auto" else "utf-8" if is_wide(encoding) else encoding
        self._guessed: str | None = None

    def decode(self, line: bytes) -> str:
        """The line as text, without NULs and a terminal's colours."""
        if b"\x00" in line:
            line = line.replace(b"\x00", b"")
        text = self._decoded(line)
        return _COLOURS.sub("", text) if "\x1b" in text else text

    def _decoded(self, line: bytes) -> str:
        if self._named is not None:
            return line.decode(self._named, "replace")
        try:
            return line.decode()
        except UnicodeDecodeError:
            self._guessed = self._guessed or guess(line)
            return line.decode(self._guessed, "replace")


def without_marks(line: bytes) -> bytes:
    """A line without the mark (BOM) and the colours of a terminal."""
    line = line.removeprefix(BOM_UTF8)
    return _COLOURS_IN_BYTES.sub(b"", line) if b"\x1b" in line else line


def without_escaped_colours(line: bytes) -> bytes:
    """A line of JSON without a terminal's colours in its texts."""
    return _ESCAPED.sub(rb"\1", line) if b"\\u001" in line else line


def guess(sample: bytes) -> str:
    """The single-byte encoding that a text not in UTF-8 most probably has."""
    from charset_normalizer import from_bytes

    best = from_bytes(sample[:_SAMPLE_BYTES], cp_isolation=_LIKELY, threshold=0.6).best()
    return best.encoding if best is not None and best.encoding in _LIKELY else _FALLBACK
