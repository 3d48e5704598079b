"""Tells the encoding of a CSV file: by its mark, as UTF-8, or as the one in which its words look most like words (pure)."""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

SAMPLE_BYTES = 64 * 1024
_SINGLE_BYTE = ("cp1251", "koi8-r", "cp866", "cp1252", "mac-cyrillic", "iso8859-5")
_NEARLY = 0.2
"""Encodings whose scores are no further apart may both be right."""

_HARDLY = 0.5
"""Words that are words have a higher score."""

_CENTRAL_EUROPE = "cp1250"
_CENTRAL = re.compile("[ŠšŽž]|[£³¹¿][a-z]|[a-z][³¹¿]")
"""What Czech, Polish and their neighbours write in cp1250, read as cp1252: letters the same in both, or signs within words."""

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_ESCAPED = re.compile("[\udc80-\udcff]+")
_WIDE = re.compile("[\u0080-\u052f\u2000-\u22ff]")
"""What European texts write beyond ASCII: single bytes of another encoding seldom look like it."""

_SURELY_WIDE = 4
_WIDE_HIGH_BYTES = frozenset({0, 4})
"""The high bytes of Latin and Cyrillic letters in UTF-16."""

_OPENING, _CLOSING, _APART = frozenset("«„“‘"), frozenset("»”“’…"), frozenset("–—№°§·•€\u00a0")
"""Signs that stand before a word, behind one, and beside none."""

_FREQUENT = dict(
    zip(
        "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё",
        (110, 85, 80, 74, 67, 63, 55, 47, 45, 44, 35, 32, 30, 28, 26, 20, 19, 17, 17, 17, 16, 14, 12, 10, 9, 7, 6, 5, 4, 3, 3, 1, 1),
        strict=True,
    )
) | dict.fromkeys("іїєґў", 10)  # fmt: skip
"""How often a letter stands in Russian texts, of a thousand; letters of its neighbours beside them."""

_STRANGE = -30


@dataclass(frozen=True, slots=True)
class Guess:
    """encoding: a codec's name; rival: another one that fits nearly as well and reads otherwise; mixed: the file is
    in a single-byte encoding, with lines in UTF-8 among them; hardly: none that is known makes words of it."""

    encoding: str
    rival: str | None = None
    mixed: bool = False
    hardly: bool = False


class Utf8:
    """Counts what is and what is not UTF-8.

    wide: characters beyond ASCII; bad: bytes that are none; whole: characters beyond ASCII in lines without
    such bytes; first: whether the first line beyond ASCII is one of those, None where there is none.
    """

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self.wide = self.bad = self.whole = 0
        self.first: bool | None = None
        self.sample = b""

    def take(self, block: bytes) -> None:
        """The next bytes."""
        if block.isascii():
            self._count(self._decoder.decode(b""))
            if not self._decoder.getstate()[0]:
                return
        before = self.bad
        self._count(self._decoder.decode(block))
        if self.bad > before and not self.sample:
            self.sample = _around_wide(block)

    def end(self) -> None:
        """There are no more."""
        self._count(self._decoder.decode(b"", True))

    def _count(self, text: str) -> None:
        if text.isascii():
            return
        bad = sum(len(run) for run in _ESCAPED.findall(text))
        self.bad += bad
        self.wide += len(text) - len(text.encode("ascii", "ignore")) - bad
        for line in text.splitlines() if bad else (text,):
            if line.isascii():
                continue
            good = _ESCAPED.search(line) is None
            self.first = good if self.first is None else self.first
            self.whole += len(_WIDE.findall(line)) if good else 0


def _around_wide(block: bytes) -> bytes:
    """The part of a block from its first byte beyond ASCII on."""
    first = re.search(rb"[\x80-\xff]", block)
    return block[max(0, (first.start() if first else 0) - 64) :][:SAMPLE_BYTES]


def encoding_of(head: bytes, utf8: Utf8, nuls: int, expected: Sequence[str]) -> Guess:
    """The encoding of a file. head: how it begins; nuls: how many stand in it; expected: the agreed ones, preferred."""
    for mark, name in _BOMS:
        if head.startswith(mark):
            return Guess(name)
    # UTF-16 that could be UTF-8 as well is of Latin letters, half of whose bytes are NUL.
    narrow = utf8.bad == 0 and 4 * head.count(0) < len(head)
    if nuls and not narrow and (agreed_wide := _agreed_wide(head, expected)):
        return Guess(agreed_wide)
    if nuls and (wide := _unmarked(head)):
        return Guess(wide)
    begins_so = utf8.first is True and utf8.whole >= _SURELY_WIDE
    if utf8.bad == 0 or utf8.wide > 20 * utf8.bad or begins_so:
        return Guess("utf-8")
    agreed = [name for name in expected if not name.startswith("utf")]
    others = [name for name in _SINGLE_BYTE if codecs.lookup(name).name not in agreed]
    scores = {name: plausible(utf8.sample, name) for name in [*agreed, *others]}
    best = max(scores, key=lambda name: scores[name])
    if nearly := [name for name in agreed if scores[name] > scores[best] - _NEARLY]:
        return Guess(nearly[0], None, utf8.whole > 0)
    rival = _rival(utf8.sample, best, scores)
    hardly = scores[best] < _HARDLY and rival != _CENTRAL_EUROPE
    return Guess(best, rival, utf8.whole > 0, hardly)


def _rival(sample: bytes, best: str, scores: dict[str, float]) -> str | None:
    """The best of the other encodings that may be right as well and read another text out of the file."""
    text = sample.decode(best, "replace")
    if best == "cp1252" and _CENTRAL.search(text):
        return _CENTRAL_EUROPE
    near = [name for name in scores if name != best and scores[name] > scores[best] - _NEARLY]
    others = [name for name in near if sample.decode(name, "replace") != text]
    return max(others, key=lambda name: scores[name], default=None)


def is_utf8_in(text: str, encoding: str) -> bool:
    """Whether a text read in a single-byte encoding is one in UTF-8 that was read wrongly."""
    try:
        found = text.encode(encoding).decode("utf-8")
    except UnicodeError:
        return False
    # Capitals of Cyrillic with a sign behind may be a letter in UTF-8 by chance, twice hardly ever.
    return len(_WIDE.findall(found)) > (0 if encoding == "cp1252" else 2)


def _agreed_wide(head: bytes, expected: Sequence[str]) -> str | None:
    """The agreed UTF-16 or UTF-32 that a file without a mark is in: there is a line in it, and nothing odd."""
    for name in expected:
        if not name.startswith(("utf-16", "utf-32")):
            continue
        orders = [name] if name.endswith(("-le", "-be")) else [f"{name}-le", f"{name}-be"]
        for order in orders:
            try:
                text = codecs.getincrementaldecoder(order)().decode(head)
            except UnicodeDecodeError:
                continue
            if not {"\n", "\r"}.isdisjoint(text) and not any(
                sign < " " and sign not in "\t\r\n" for sign in set(text)
            ):
                return order
    return None


def _unmarked(head: bytes) -> str | None:
    """UTF-32 without a mark, told by the two bytes that nothing fills; else UTF-16, by where the high bytes of
    Latin and Cyrillic letters stand."""
    quarters = [head[start : len(head) // 4 * 4 : 4].strip(b"\0") == b"" for start in range(4)]
    if len(head) >= 8 and quarters in ([False, False, True, True], [False, True, True, True]):
        return "utf-32-le"
    if len(head) >= 8 and quarters in ([True, True, False, False], [True, True, True, False]):
        return "utf-32-be"
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


def plausible(sample: bytes, encoding: str) -> float:
    """How much the sample looks like words in an encoding, for each character beyond ASCII: neighbours of one script,
    capitals first, letters as frequent as in Russian where they are Cyrillic."""
    try:
        text = sample.decode(encoding, "replace")
    except (UnicodeError, ValueError):
        return float("-inf")
    score, beyond = 0.0, 0
    for before, after in pairwise("\n" + text):
        if not after.isascii():
            beyond += 1
            if "\u0400" <= after < "\u0530":
                score += _FREQUENT.get(after.lower(), _STRANGE) / 100
        if not (before.isascii() and after.isascii()):
            score += _of_neighbours(before, after)
    return score / max(1, beyond)


def _at_its_place(before: str, after: str) -> bool:
    """Whether the sign, or one of the signs, stands where such a sign does beside its neighbour."""
    if after.isascii() or after.isalpha():
        if before.isascii() or before.isalpha():
            return True
        return before in _OPENING if after.isalpha() else before in _CLOSING or before in _APART
    return after in _CLOSING if before.isalpha() else after in _OPENING or after in _APART


def _of_neighbours(before: str, after: str) -> float:
    if not (before.isalpha() and after.isalpha()):
        return 0 if _at_its_place(before, after) else -1.5
    if before.isascii() != after.isascii():
        # Latin words of Western Europe mix both, Cyrillic words never do.
        return 0.5 if ord(max(before, after)) < 0x250 else -2
    return -2 if before.islower() and after.isupper() else 1
