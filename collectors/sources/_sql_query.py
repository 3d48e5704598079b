"""What may stand in a query, and how it goes out: one reading statement, `:cursor` bound (pure)."""

from __future__ import annotations

import re

_PIECES = re.compile(
    r"""(?P<quoted> '(?:[^']|'')*' | "(?:[^"]|"")*" | `[^`]*` | \$(?P<tag>[A-Za-z_]\w*|)\$.*?\$(?P=tag)\$ )
      | (?P<comment> --[^\n]* | /\*.*?\*/ )""",
    re.DOTALL | re.VERBOSE,
)
_FIRST = re.compile(r"[(\s]*([A-Za-z]+)")
_WRITES = re.compile(
    r"\b(into)\b|[()]\s*(insert|update|delete|merge|replace)\s|\b(for\s+(?:no\s+key\s+)?update|for\s+(?:key\s+)?share)\b",
    re.IGNORECASE,
)
_NAME = re.compile(r"(?<![:\w\\]):(?=\w)(\w+)")
CURSOR = "cursor"


def refusal_of(query: str) -> str | None:
    """Why a query is not one statement that reads; None if it is."""
    code = _code(query)
    first = _FIRST.match(code)
    word = first[1] if first else code[:20]
    if word.lower() not in ("select", "with"):
        return f'begins with "{word}"; a source only reads: write one SELECT, or WITH … SELECT'
    if ";" in code:
        return 'holds more than one statement; write one SELECT, without a ";" inside'
    writes = _WRITES.search(code)
    if writes:
        found = next(part for part in writes.groups() if part)
        return f'has "{" ".join(found.split()).upper()}" in it; a source only reads: write a SELECT that changes and locks nothing'
    return None


def names_cursor(query: str) -> bool:
    """Whether `:cursor` stands in the query, outside of texts and comments."""
    return any(found[1] == CURSOR for found in _NAME.finditer(_code(query)))


def bindable(query: str) -> str:
    """The query for `sqlalchemy.text`: only `:cursor` is bound, every other colon stays as it is."""
    query = query.strip()
    parts, last = [], 0
    for piece in _PIECES.finditer(query):
        parts += [_escaped(query[last : piece.start()], but=CURSOR), _escaped(piece[0])]
        last = piece.end()
    parts.append(_escaped(query[last:], but=CURSOR))
    return "".join(parts).rstrip("; \n\r\t")


def _code(query: str) -> str:
    """The query without comments and what is quoted, and without the semicolon at its end."""
    code = _PIECES.sub(lambda piece: " " if piece["comment"] else "''", query)
    return code.strip().rstrip("; \n\r\t")


def _escaped(text: str, but: str | None = None) -> str:
    return _NAME.sub(lambda found: found[0] if found[1] == but else "\\" + found[0], text)
