"""Which stored record keys name the same record as a given one: a personal key is known by its hash alone."""

from __future__ import annotations

import re

import sqlalchemy as sa

_HASHED = re.compile(r"(hmac:)([0-9a-f]{16})(?: .*)?", re.DOTALL)


def same_record(column: sa.ColumnElement[str], record_key: str) -> sa.ColumnElement[bool]:
    """Whether a column holds this key; of a hashed one whatever hint of the person stands behind the hash.

    The hint keeps the capitals that one system writes and another, or a person who searches, does not.
    """
    hashed = _HASHED.fullmatch(record_key)
    if hashed is None:
        return column == record_key
    scheme, digest = hashed.groups()
    # A range, because an index serves it in every database and collation; LIKE then makes it exact.
    prefix, after = scheme + digest, int(digest, 16) + 1
    bound = scheme + (f"{after:016x}" if after < 16**16 else "g")
    return sa.and_(column >= prefix, column < bound, column.startswith(prefix, autoescape=True))
