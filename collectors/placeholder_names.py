"""Whether each name in braces in a call stands for something, where it can be meant for nothing else (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from difflib import get_close_matches
from urllib.parse import parse_qsl, urlsplit

from collectors.request import RequestSettings
from core.records import Json
from core.settings.base import one_of, problem

_NAME = re.compile(r"\{(\w+)\}")
_OURS = frozenset({"since", "now", "each", "external_id", "job"})
"""What stands for something in one call or another."""

_ALIKE = 0.8
"""From this ratio on a name is one of ours, misspelt: `sinse`, `externalId`."""


def check_names(place: str, request: RequestSettings, known: Set[str]) -> None:
    """Refuse a call that would go out with braces and all. place: where it stands; known: what is filled in."""
    for key, text in (*_of_address(request.url), *_beside(request)):
        _refuse(f"{place}.{key}", text, known)


def check_address(place: str, url: str, known: Set[str]) -> None:
    """The same of an address alone."""
    for _, text in _of_address(url):
        _refuse(place, text, known)


def _refuse(place: str, text: str, known: Set[str]) -> None:
    unknown = sorted(set(_NAME.findall(text)) - known)
    if unknown:
        names = [f"{{{name}}}" for name in sorted(known)]
        remedy = f"use {one_of(names)}" if names else "write what is meant"
        raise problem(f"{place} has {{{unknown[0]}}}, which stands for nothing here; {remedy}")


def _of_address(url: str) -> Iterator[tuple[str, str]]:
    """A path has no braces of its own (RFC 3986)."""
    parts = urlsplit(url)
    yield "url", parts.path
    yield from (("url", _meant(text)) for _, text in parse_qsl(parts.query, keep_blank_values=True))


def _beside(request: RequestSettings) -> Iterator[tuple[str, str]]:
    for name, texts in request.params.items():
        yield from ((f"params.{name}", _meant(text)) for text in texts)
    for name, text in request.headers.items():
        yield f"headers.{name}", _meant(text)
    for name, text in _texts(request.body, "json"):
        yield name, _ours(text)


def _meant(text: str) -> str:
    """The placeholders of a text: a name alone, whatever it is, and ours among other words."""
    return text if _NAME.fullmatch(text) else _ours(text)


def _ours(text: str) -> str:
    """The placeholders of a text, without what another language means by its braces.

    `posts{message}` is a choice of fields, `{me}` a question in GraphQL, and braces within braces are that or JSON.
    """
    rest = _NAME.sub("", text)
    if "{" in rest or "}" in rest:
        return ""
    return "".join(f"{{{name}}}" for name in _NAME.findall(text) if _is_ours(name))


def _is_ours(name: str) -> bool:
    return bool(get_close_matches(name.lower(), _OURS, 1, _ALIKE))


def _texts(node: Json, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(node, str):
        yield place, node
    elif isinstance(node, Mapping):
        for name, item in node.items():
            yield from _texts(item, f"{place}.{name}")
    elif isinstance(node, Sequence):
        for number, item in enumerate(node):
            yield from _texts(item, f"{place}[{number}]")
