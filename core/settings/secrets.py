"""Secrets in a configuration: a type that cannot be printed, and what takes them out of any text."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import quote, quote_plus, urlsplit

HIDDEN = "***"
_FILE = "file:/"
_WHOLE_WORD_BELOW = 4
_NO_SECRET = re.compile(r".{1,2}|\d{3}", re.DOTALL)
_DEEPEST_ESCAPE = 3
_PERCENT = re.compile(r"%[0-9A-F]{2}")
_MAX_FILE_BYTES = 64 * 1024


class SecretValues:
    """The values that must never be shown: environment, secret files, and literal secrets.

    Values shorter than four characters are hidden only where they stand as a word of their own. One or two
    characters, or three digits, are no secret but a page's size or the `x` that an API wants for a password:
    hidden, they would make a run's id or a status unreadable.
    """

    __slots__ = ("_pattern", "_short", "_values")

    def __init__(self) -> None:
        self._values: set[str] = set()
        self._pattern: re.Pattern[str] | None = None
        self._short: list[str] = []

    def add(self, value: str) -> None:
        """Note one value, in the spellings it may appear in (quoted, escaped, percent-encoded)."""
        if value.strip() and _NO_SECRET.fullmatch(value.strip()) is None:
            for plain in {value, value.strip()}:
                self._values |= _spellings(plain)
            self._pattern = None

    def redact(self, text: str) -> str:
        """The text with every noted value replaced by `***`."""
        if not self._values:
            return text
        if self._pattern is None:
            values = sorted(self._values, key=len, reverse=True)
            long = [value for value in values if len(value) >= _WHOLE_WORD_BELOW]
            # Only literals: the search then skips quickly what none of them begins with.
            self._pattern = re.compile("|".join(map(re.escape, long)) or "(?!)")
            self._short = values[len(long) :]
        text = self._pattern.sub(HIDDEN, text)
        for value in self._short:
            if value in text:
                text = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", HIDDEN, text)
        return text

    def __repr__(self) -> str:
        return f"SecretValues({len(self._values)} hidden)"

    def __reduce__(self) -> str | tuple[object, ...]:
        raise TypeError("secrets cannot be pickled")


def _spellings(value: str) -> set[str]:
    """The value as it is, in JSON (also in JSON that stands in JSON), in Python's words, and in an address."""
    found = {value, repr(value)[1:-1]}
    for ascii_only in (True, False):
        escaped = value
        for _ in range(_DEEPEST_ESCAPE):
            escaped = json.dumps(escaped, ensure_ascii=ascii_only)[1:-1]
            found |= {escaped, escaped.replace("/", "\\/")}
    for encoded in (quote(value, ""), quote(value), quote_plus(value)):
        found |= {encoded, _PERCENT.sub(lambda match: match[0].lower(), encoded)}
    return found


def password_in(url: str) -> str | None:
    """The password written into an address, if any."""
    try:
        return urlsplit(url).password
    except ValueError:
        return None


def read_secret(text: str) -> str:
    """The secret a scalar stands for: itself, or the content of the file that `file:/path` names.

    Raises ValueError where the file cannot be read, is empty or is not text.
    """
    if not text.startswith(_FILE):
        return text
    path = Path(text.removeprefix("file:"))
    try:
        with path.open("rb") as stream:
            content = stream.read(_MAX_FILE_BYTES + 1)
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise ValueError(
            f"the secret's file {path} cannot be read ({reason}); check path and permissions"
        ) from None
    if len(content) > _MAX_FILE_BYTES:
        raise ValueError(f"the secret's file {path} is larger than 64 KiB; it is not a secret") from None
    try:
        secret = content.decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError:
        raise ValueError(f"the secret's file {path} is not UTF-8 text; write the secret as text") from None
    if not secret.strip():
        raise ValueError(f"the secret's file {path} is empty; write the secret into it")
    return secret
