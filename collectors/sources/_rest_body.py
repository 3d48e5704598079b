"""Finds the list in an answer, and says what is there instead when it is none (pure)."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

from collectors.exchange import Response, shown_url
from collectors.expressions import ExpressionError, Getter, root_names, simple_name
from collectors.refusal import refusal
from collectors.values import as_json
from collectors.views import truthy
from core.errors import SourceError

_EXCERPT = 200
_MOST_KEYS = 12
_DEEPEST = 3
_MOST_LISTS = 5
_PLAIN_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)


def body_of(response: Response) -> object:
    """The JSON of a 2xx; None for a 204. Raises SourceError for anything else."""
    if response.status == 204:
        return None
    if response.ok:
        return response.json()
    raise refusal(response)


def list_in(
    response: Response,
    body: object,
    records: Getter,
    expression: str,
    *,
    single: bool = False,
    known: Collection[str] = (),
) -> Sequence[object]:
    """The list that `records` finds; empty for a 204, and where its key holds null.

    single: an object stands for a list of one; known: keys of the answer that are read as something
    else, so that they are no error whatever they are called. Raises SourceError naming what is there instead: also an error inside an answer of 200.
    """
    if response.status == 204:
        return ()
    try:
        found = records(body)
    except ExpressionError as error:
        raise SourceError(
            f"{shown_url(response.url)}: records cannot be evaluated: {error}; the answer is {_described(body)}"
        ) from None
    if isinstance(found, list) and (found or not _fails(body, expression, known)):
        return found
    if single and isinstance(found, Mapping):
        return (found,)
    null = found is None and _is_null(body, expression)
    if null and not _fails(body, expression, known):
        return ()
    what = "null" if null else "nothing" if found is None else _kind(found)
    lacking = "and an error instead of items" if found == [] else "without a list"
    raise SourceError(
        f"{shown_url(response.url)} answered {response.status} {lacking} at {expression}: "
        f"found {what}; the answer is {_described(body)}{_remedy(found, body, expression)}"
    )


def _remedy(found: object, body: object, expression: str) -> str:
    """What to write, where the shape of the answer tells."""
    if isinstance(found, Mapping) and found and all(isinstance(one, Mapping) for one in found.values()):
        by_value, by_key = f"values({expression})", f"items({expression})[*].{{id: [0], run: [1]}}"
        return f"; if its keys are ids, write records: {quoted(by_value)}, or where a key is not in its value, {quoted(by_key)}"
    if (
        isinstance(found, Mapping)
        and isinstance(body, Mapping)
        and found
        and body is not found
        and not _told(body)
    ):
        one = quoted(f"to_array({expression})[?@]")
        return f"; if a single item stands there without a list, write records: {one}"
    if found is None and isinstance(body, Mapping) and not _told(body):
        there = ", ".join(_lists(body)[:_MOST_LISTS])
        hint = f"; lists stand at {there}" if there else ""
        either = quoted(f"{expression} || `[]`")
        return f"{hint}; if the key is left out where there is nothing, write records: {either}"
    return ""


def _lists(body: Mapping[object, object], depth: int = _DEEPEST) -> list[str]:
    """Where an object has lists, as expressions, the outer ones first."""
    own = [named(key) for key, value in body.items() if isinstance(value, list)]
    inner = (
        [(named(key), value) for key, value in body.items() if isinstance(value, Mapping)] if depth else []
    )
    return own + [f"{name}.{below}" for name, value in inner for below in _lists(value, depth - 1)]


def named(key: object) -> str:
    """A key as it stands in an expression."""
    text = str(key)
    return text if _PLAIN_NAME.fullmatch(text) else f'"{text}"'


def quoted(expression: str) -> str:
    """An expression as it is written in YAML: with names in double quotes it stands in single ones."""
    if '"' in expression:
        return "'" + expression.replace("'", "''") + "'"
    return f'"{expression}"' if any(sign in expression for sign in "`[]{}|@ ,") else expression


def error_beside(body: object, expression: str, known: Collection[str]) -> str | None:
    """What an answer says went wrong while it gives items all the same; None where nothing did."""
    if not isinstance(body, Mapping) or not _fails(body, expression, known):
        return None
    told = {key: value for key, value in body.items() if _tells(key, value) and key not in known}
    return _short(told or _soap_fault(body))


def _is_null(body: object, expression: str) -> bool:
    """Whether the key is there and holds null, or the whole answer is it, as some systems write an empty list."""
    if body is None:
        # Go writes a list that nobody made as null.
        return expression.strip() == "@"
    name = simple_name(expression)
    return name is not None and isinstance(body, Mapping) and name in body


def _fails(body: object, expression: str, known: Collection[str]) -> bool:
    """Whether an answer without items says that it is an error, as some systems do with a 200."""
    if not isinstance(body, Mapping):
        return False
    others = body.keys() - root_names(expression) - set(known)
    return any(_is_error(_local(key), body[key]) for key in others) or _soap_fault(body) is not None


def _is_error(key: str, value: object) -> bool:
    if key == _SHARDS:
        return isinstance(value, Mapping) and truthy(value.get("failed")) and value["failed"] != 0
    # A 0 is a code or a number of errors: neither is an error.
    return (
        (key in _ERRORS and truthy(value) and value != 0)
        or (key in _SUCCESS and value is False)
        or (key in _INCOMPLETE and value is True)
    )


def _soap_fault(body: Mapping[object, object]) -> object:
    """The fault in an envelope of SOAP that was made JSON; None without one."""
    inner: object = body
    for wanted in ("envelope", "body", "fault"):
        if not isinstance(inner, Mapping):
            return None
        inner = next((value for key, value in inner.items() if _local(key) == wanted), None)
    return inner


def _local(key: object) -> str:
    """A key in lower case, without the prefix of an XML namespace."""
    return str(key).lower().rpartition(":")[2]


def _described(body: object) -> str:
    if not isinstance(body, Mapping):
        return f"{_kind(body)}: {_short(body)}" if not isinstance(body, list) else _kind(body)
    told = _told(body)
    keys = ", ".join(str(key) for key in list(body)[:_MOST_KEYS]) or "none"
    return f"an object with the keys {keys}" + (f", saying {_short(told)}" if told else "")


def _tells(key: object, value: object) -> bool:
    return _local(key) in _TELLING or _is_error(_local(key), value)


def _told(body: Mapping[object, object], depth: int = _DEEPEST) -> dict[object, object]:
    """What an object says of itself, or the first one in it that says anything: GraphQL tells errors in `data`."""
    told = {key: value for key, value in body.items() if _tells(key, value)}
    inner = [value for value in body.values() if isinstance(value, Mapping)] if depth and not told else []
    return next((found for value in inner if (found := _told(value, depth - 1))), told)


_ERRORS = frozenset({"error", "errors", "fault"})
_SUCCESS = frozenset({"ok", "success"})
_INCOMPLETE = frozenset({"timed_out", "incomplete_results", "ispartial"})
"""By these Elasticsearch, GitHub and VictoriaMetrics say that they give what they found in time."""
_SHARDS = "_shards"
"""Parts of an index of Elasticsearch and OpenSearch, some of which may have `failed`."""
_TELLING = frozenset(
    {
        "ok",
        "success",
        "error",
        "errors",
        "message",
        "detail",
        "title",
        "status",
        "code",
        "error_description",
        "fault",
        "reason",
    }
)


def _kind(value: object) -> str:
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if isinstance(value, Mapping):
        return "an object"
    return f"the text {_short(value)}" if isinstance(value, str) else _short(value)


def _short(value: object) -> str:
    text = as_json(value)
    return text if len(text) <= _EXCERPT else text[: _EXCERPT - 1] + "…"
