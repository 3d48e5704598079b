"""The words of routing: where records of a shared source go that no route takes, and keys made of jobs."""

from __future__ import annotations

import re
import unicodedata
from hashlib import blake2b

UNROUTED = "unrouted"
"""The key of the row that owns the shared sources: it keeps what matches nothing."""

MAX_KEY_LENGTH = 64
_NOT_IN_A_KEY = re.compile(r"[^a-z0-9_]+")
_CYRILLIC = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
        [
            "a",
            "b",
            "v",
            "g",
            "d",
            "e",
            "e",
            "zh",
            "z",
            "i",
            "y",
            "k",
            "l",
            "m",
            "n",
            "o",
            "p",
            "r",
            "s",
            "t",
            "u",
            "f",
            "kh",
            "ts",
            "ch",
            "sh",
            "sch",
            "_",
            "y",
            "_",
            "e",
            "yu",
            "ya",
        ],
        strict=True,
    )
)


def slug(value: str) -> str:
    """A key for a value such as a job's name: `CRM Contacts` → `crm-contacts`; a key stays itself.

    Values that hold nothing a key can hold, or too much, end in a hash of their own.
    """
    spelled = "".join(_CYRILLIC.get(letter, letter).replace("_", "") if letter in _CYRILLIC else letter
                      for letter in value.casefold())  # fmt: skip
    plain = unicodedata.normalize("NFKD", spelled).encode("ascii", "ignore").decode()
    key = _NOT_IN_A_KEY.sub("-", plain).strip("-").lstrip("_")
    if key and len(key) <= MAX_KEY_LENGTH and key != UNROUTED:
        return key
    return suffixed(key or "job", value)


def suffixed(key: str, value: str) -> str:
    """The key, told from those of other values by a hash of this one."""
    mark = blake2b(value.encode("utf-8", "replace"), digest_size=4).hexdigest()
    return f"{key[: MAX_KEY_LENGTH - 9].rstrip('-')}-{mark}"
