"""Reads the password in an address of a database as it was meant, where a character in it has a meaning there (pure)."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote

_BROKEN = (
    "is no address of a database as it stands; write what has a meaning in addresses percent-encoded: "
    "@ as %40, : as %3A, / as %2F, % as %25"
)
_WITH_PASSWORD = re.compile(r"([\w+]+://[^:/]*):([^@]*)@([^/?]*)([^?]*)(.*)", re.DOTALL)
"""Scheme and user, the password up to its first @, what stands before the path, the path, the query."""

_PLACE = re.compile(r"(?:\[[^\[\]]*\]|[^:\[\]]*)(?::\d*)?")


def address_meant(text: str) -> str:
    """The address with each @ of its password percent-encoded: the last @ before the path is what ends the password.

    Raises ValueError, without the password in its text, where it cannot be told where that ends.
    """
    found = _WITH_PASSWORD.fullmatch(text)
    if found is None:
        return text
    account, password, place, path, query = found.groups()
    further, _, place = place.rpartition("@")
    # Of a host that cannot be one, and of a path or a bare query with an @, the beginning is the password's.
    if "@" in path or ("@" in query and "=" not in query) or not _PLACE.fullmatch(place):
        raise ValueError(_BROKEN)
    if place == found[3]:
        return text
    whole = quote(unquote(f"{password}@{further}"), safe="")
    return f"{account}:{whole}@{place}{path}{query}"
