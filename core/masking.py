"""Masks personal values before anything is stored: payloads, messages and the keys of records."""

from __future__ import annotations

import hashlib
import hmac
import json
import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING
from uuid import UUID

from core.maskedfields import holds_a_person, masked_url
from core.maskedtext import TextMask, initials
from core.personal import FieldNames, may_name_a_person
from core.records import Json

if TYPE_CHECKING:
    from core.settings import MaskingSettings

MASKED = "***"
MAX_PAYLOAD_BYTES = 32 * 1024
MAX_DEPTH = 20
MAX_TEXT = 8 * 1024
MAX_FIELD = 4 * 1024
MAX_KEY = 200
_MAX_PARSED = 2 * 1024 * 1024
_TRUNCATED = "[truncated]"
_MORE = re.compile(r"\[truncated: \d+ more\]")
_PLAIN_ID = re.compile(r"[\w:./#-]*\d[\w:./#-]*")
_LOGIN = re.compile(r"[a-z]{2,}\.[a-z]{2,}", re.IGNORECASE)
_HASHED = re.compile(r"hmac:[0-9a-f]{16}(?: .*)?", re.DOTALL)


class Masker:
    """Masks by the names of fields and by the look of values; never raises, whatever it is given.

    key: keys the hashes of personal record keys, so that they can be searched but not guessed back.
    """

    def __init__(self, key: bytes, settings: MaskingSettings | None = None) -> None:
        self._key = key
        self._names = FieldNames(settings.deny, settings.allow) if settings else FieldNames()
        self._mask = TextMask(self._names)
        self._short_text = lru_cache(maxsize=4096)(self._mask.apply)

    def payload(self, value: object, redact: Callable[[str], str] | None = None) -> str:
        """A record's payload as JSON text: personal fields are `***`, cut parts say "[truncated]".

        value: JSON, or text holding JSON. At most about MAX_PAYLOAD_BYTES and MAX_DEPTH levels.
        redact: takes the configuration's secrets out of every name and leaf, before it is masked or cut.
        """
        if isinstance(value, bytes | bytearray):
            value = bytes(value).decode("utf-8", "replace")
        if isinstance(value, str):
            value = _parsed(value, value)
        masked = _Walk(self, self._names, redact).value(value, MAX_DEPTH, False)
        return json.dumps(masked, ensure_ascii=False)

    def text(self, message: str) -> str:
        """A message without mails, phones, documents, secrets and names; at most MAX_TEXT characters."""
        return self.shortened(message, MAX_TEXT)

    def shortened(self, message: str, limit: int) -> str:
        """The same, cut to a limit; what is cut off is counted."""
        message = _encodable(message)
        if len(message) <= 500:
            return _cut(self._short_text(message), limit)
        if len(message) > 2 * limit:
            kept = message[: 2 * limit]
            # A value cut in half would not be recognised any more: drop the last, partial word.
            message = kept[: max(map(kept.rfind, " \n\t,;"))] if re.search(r"[\s,;]", kept) else kept[:limit]
            return _cut(self._mask.apply(message), limit, always=True)
        return _cut(self._mask.apply(message), limit)

    def record_key(self, key: str) -> str:
        """A record's key: a plain id stays, a personal one becomes `hmac:<16 hex> j***@b***.com`.

        The same key always becomes the same hash, whatever its capitals and spaces, so a search hashes what
        was typed; the hint behind it keeps the capitals.
        """
        key = _encodable(key).strip()
        if _HASHED.fullmatch(key):
            return key
        if self._is_personal_key(key):
            return f"hmac:{self._hash(key)} {initials(key)[:60]}"
        return key if len(key) <= MAX_KEY else f"{key[: MAX_KEY - 18]}… {self._hash(key)}"

    def identity(self, text: str) -> str:
        """An external id, a job, a consumer: as it is, hashed as a record's key where it holds a mail or a phone."""
        if not holds_a_person(text) or _HASHED.fullmatch(text):
            return text
        text = _encodable(text).strip()
        return f"hmac:{self._hash(text)} {initials(text)[:60]}"

    def url(self, url: str) -> str:
        """An address without userinfo, mails, phones, and the values of personal and secret parameters."""
        return masked_url(_encodable(url), self._names)

    def _is_personal_key(self, key: str) -> bool:
        if not key or self._short_text(key[:500]) != key[:500]:
            return bool(key)
        if _LOGIN.fullmatch(key):
            return True
        words = [word for word in key.split() if word]
        if any(map(str.isdigit, key)) or not all(word.replace("-", "").isalpha() for word in words):
            return False
        return len(words) > 1 or bool(re.match(r"[А-ЯЁ][а-яё]", key))

    def _hash(self, key: str) -> str:
        plain = unicodedata.normalize("NFKC", key).casefold()
        if sum(map(str.isdigit, plain)) >= 9 and not re.search(r"[^\W\d]", plain):
            plain = re.sub(r"\D", "", plain)
        plain = " ".join(plain.split())
        return hmac.new(self._key, plain.encode(), hashlib.sha256).hexdigest()[:16]


class _Walk:
    """One pass over a payload, spending a budget of bytes."""

    def __init__(self, masker: Masker, names: FieldNames, redact: Callable[[str], str] | None = None) -> None:
        self._masker = masker
        self._redact = redact
        self._names = names
        self._left = MAX_PAYLOAD_BYTES

    def value(self, value: object, depth: int, hidden: bool) -> Json:
        """The masked value. hidden: it stands under a personal name."""
        if isinstance(value, Mapping):
            return self._mapping(value, depth - 1, hidden) if depth > 0 else _TRUNCATED
        if isinstance(value, list | tuple | set | frozenset):
            return self._list(list(value), depth - 1, hidden) if depth > 0 else _TRUNCATED
        masked = self._scalar(value, depth, hidden)
        self._left -= len(masked.encode()) + 2 if isinstance(masked, str) else 8
        return masked

    def _mapping(self, value: Mapping[object, object], depth: int, hidden: bool) -> dict[str, Json]:
        out: dict[str, Json] = {}
        before = value.get(_TRUNCATED)
        more = before if type(before) is int else 0
        items = [item for item in value.items() if item[0] != _TRUNCATED or not more]
        for number, (name, item) in enumerate(items):
            if self._left <= 0:
                more += len(items) - number
                break
            key = self._name(name, out)
            self._left -= len(key.encode()) + 4
            out[key] = self._field(key, item, depth, hidden)
        return {**out, _TRUNCATED: more} if more else out

    def _name(self, name: object, taken: Mapping[str, Json]) -> str:
        """The name of a field; one that is personal itself (a mail as a key) is masked too."""
        key = base = self._masker.shortened(self._redacted(_plain(name)), MAX_KEY)
        number = 2
        while key in taken:
            key, number = f"{base}#{number}", number + 1
        return key

    def _field(self, name: str, item: object, depth: int, hidden: bool) -> Json:
        if hidden or self._names.denied(name):
            return self.value(item, depth, True)
        if may_name_a_person(name) and isinstance(item, str) and not _PLAIN_ID.fullmatch(item) and item:
            item = item if item.lstrip().startswith(("{", "[")) else MASKED
        return self.value(item, depth, False)

    def _list(self, value: list[object], depth: int, hidden: bool) -> list[Json]:
        out: list[Json] = []
        for number, item in enumerate(value):
            if isinstance(item, str) and _MORE.fullmatch(item):
                out.append(item)
            elif self._left <= 0:
                out.append(f"[truncated: {len(value) - number} more]")
                break
            else:
                out.append(self.value(item, depth, hidden))
        return out

    def _scalar(self, value: object, depth: int, hidden: bool) -> str | int | float | bool | None:
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, int | float):
            number = self._number(value)
            if hidden or (self._redact is not None and self._redact(str(number)) != str(number)):
                return MASKED
            return number
        text = _plain(value)
        if hidden:
            return MASKED if text and text != _TRUNCATED else text
        if text.lstrip()[:1] in {"{", "["} and isinstance(parsed := _parsed(text, None), dict | list):
            return json.dumps(self.value(parsed, depth - 1, False), ensure_ascii=False)
        return self._masker.shortened(self._redacted(text), MAX_FIELD)

    def _redacted(self, text: str) -> str:
        return text if self._redact is None else self._redact(text)

    def _number(self, value: int | float) -> str | int | float:
        """A number; one that looks like a phone or a card is masked, one that is no JSON becomes text."""
        if isinstance(value, float):
            return value if math.isfinite(value) else str(value)
        if abs(value) >= 10**40:
            return "[number]"
        return MASKED if abs(value) >= 10**9 and self._masker.text(str(value)) != str(value) else int(value)


def _parsed(text: str, otherwise: object) -> object:
    """What JSON text holds; `otherwise` where it is none."""
    if len(text) > _MAX_PARSED:
        return otherwise
    try:
        parsed: object = json.loads(text)
    except (ValueError, RecursionError):
        return otherwise
    return parsed


def _plain(value: object) -> str:
    """Any leaf as text; kinds that JSON does not know are named, not asked for their text."""
    if isinstance(value, str):
        return _encodable(str(value))
    if isinstance(value, bytes | bytearray):
        return bytes(value[:MAX_TEXT]).decode("utf-8", "replace")
    if value is None or isinstance(value, bool | float | date | datetime | time | Decimal | UUID):
        return str(value)
    if isinstance(value, int):
        return str(value) if abs(value) < 10**40 else "[number]"
    return f"[{type(value).__name__}]"


def _encodable(text: str) -> str:
    """The text without what UTF-8 and PostgreSQL cannot hold: lone surrogates and NUL."""
    return text.encode("utf-8", "replace").decode().replace("\x00", "\ufffd")


def _cut(text: str, limit: int, always: bool = False) -> str:
    if len(text) <= limit and not (always and not text.endswith(_TRUNCATED)):
        return text
    return text[: limit - len(_TRUNCATED) - 1].rstrip() + f" {_TRUNCATED}"
