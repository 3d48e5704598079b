"""The configuration keys that every source of text files shares: how its lines are encoded and written."""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator

from core.settings import NonEmpty
from core.settings.base import problem


def _encoding(name: str) -> str:
    if name == "auto":
        return name
    try:
        codec = codecs.lookup(name)
        b"".decode(codec.name)
    except (LookupError, ValueError):
        raise problem(f'got "{name}"; write auto, utf-8, cp1251, utf-16 or another text encoding') from None
    return name


def _expression(text: str) -> str:
    try:
        re.compile(text)
        re.compile(text.encode())
    except (re.error, OverflowError, RecursionError) as error:
        raise problem(f"is no regular expression: {error}") from None
    return text


def _pattern(text: str) -> str:
    try:
        found = re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        raise problem(f"is no regular expression: {error}") from None
    if not found.groupindex:
        raise problem("has no named group; name what it finds: (?P<status>\\w+)")
    return text


def hoisted(data: object) -> object:
    """`format: {type: regex, pattern: …}` as `format: regex` with the rest beside it."""
    if isinstance(data, Mapping) and isinstance(data.get("format"), Mapping):
        inner = dict(data["format"])
        if "type" in inner:
            return {**inner, **data, "type": data.get("type"), "format": inner["type"]}
    return data


Encoding = Annotated[NonEmpty, AfterValidator(_encoding)]
Begins = Annotated[NonEmpty, AfterValidator(_expression)]
Pattern = Annotated[NonEmpty, AfterValidator(_pattern)]
WRAPPED = (
    "what carries each line, taken off before it is read: json-file logs of Docker, container logs of Kubernetes (cri), "
    "a syslog header, the journal's JSON (journald); the parts of a long line are put together"
)
