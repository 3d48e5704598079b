"""The kinds of value a configuration holds: each read from text, each problem with its remedy."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, TypeVar
from urllib.parse import unquote
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, JsonValue, PlainSerializer, SecretStr, ValidationInfo, WithJsonSchema

from core.database_address import address_meant
from core.records import Json
from core.routing import MAX_KEY_LENGTH
from core.settings.base import context_of, in_our_quotes, problem
from core.settings.expressions import expression
from core.settings.plain import typed
from core.settings.secrets import password_in, read_secret
from core.units import Window, format_duration, parse_duration, parse_ratio, parse_size
from core.webaddress import NO_ADDRESS, fault_as_written

T = TypeVar("T")
KEY_PATTERN = r"^[a-z0-9][a-z0-9_-]*$"


def reading(parse: Callable[[str], T]) -> Callable[[object], object]:
    """A validator that parses text and passes a value of any other kind on to the field's own type."""

    def read(value: object) -> object:
        if not isinstance(value, str):
            return value
        try:
            return parse(value)
        except ValueError as error:
            raise problem(in_our_quotes(str(error), value)) from None

    return read


def not_text(what: str) -> BeforeValidator:
    """Refuses a list or a mapping where one `what` is meant."""

    def check(value: object) -> object:
        if isinstance(value, list | tuple | Mapping):
            kind = "a mapping" if isinstance(value, Mapping) else "a list"
            raise problem(f"got {kind}; write {what}")
        return value

    return BeforeValidator(check)


def at_least(least: timedelta) -> Callable[[timedelta], timedelta]:
    """A validator for durations of at least so long."""

    def check(value: timedelta) -> timedelta:
        if value < least:
            raise problem(f"got {format_duration(value)}; use {format_duration(least)} or more")
        return value

    return check


def _key(value: object) -> object:
    if isinstance(value, str):
        if not re.fullmatch(KEY_PATTERN, value):
            raise problem(
                f'got "{value}"; use small letters a-z, digits, "-" and "_", beginning with a letter or digit'
            )
        if len(value) > MAX_KEY_LENGTH:
            raise problem(f'got "{value}"; use at most {MAX_KEY_LENGTH} characters')
    return value


def _non_empty(value: object) -> object:
    if isinstance(value, str) and not value.strip():
        raise problem("got nothing; write a text")
    return value


def _url(value: object) -> object:
    if not isinstance(value, str):
        return value
    remedy = "write an address such as https://host/path"
    fault = fault_as_written(value)
    if fault is not None:
        why = "" if fault == NO_ADDRESS else f"{fault}; "
        raise problem(f'got "{value}"; {why}{remedy}')
    return value


@lru_cache(maxsize=256)
def zone_named(name: str) -> ZoneInfo:
    """The IANA time zone of that name. Raises ValueError for an unknown one."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(f'got "{name}"; write an IANA time zone such as Europe/Moscow or UTC') from None


def _zone(text: str) -> str:
    zone_named(text)
    return text


def _secret(value: object, info: ValidationInfo) -> object:
    if not isinstance(value, str):
        return value
    try:
        secret = read_secret(value)
    except ValueError as error:
        raise problem(str(error)) from None
    if not secret.strip():
        raise problem(
            "got nothing; write ${NAME} of an environment variable, or file:/path of a secret's file"
        )
    if context := context_of(info):
        context.secrets.add(secret)
    return secret


def _database(value: object, info: ValidationInfo) -> object:
    if not isinstance(value, str):
        return value
    try:
        url = address_meant(read_secret(value))
    except ValueError as error:
        raise problem(str(error)) from None
    if not re.match(r"(sqlite|postgresql)(\+\w+)?://", url):
        raise problem(
            "unknown kind of database; write sqlite:///data/monitor.db or postgresql+psycopg://user:${PASSWORD}@host/name"
        )
    if context := context_of(info):
        if url != value:
            context.secrets.add(url)
        if password := password_in(url):
            context.secrets.add(password)
            context.secrets.add(unquote(password))
    return url


def _list_of_words(value: object) -> object:
    return [value] if isinstance(value, str) else value


DurationField = Annotated[
    timedelta,
    not_text("a duration such as 30s, 10m, 2h or 7d"),
    BeforeValidator(reading(parse_duration)),
    PlainSerializer(format_duration, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "examples": ["30s", "10m", "2h", "7d"]}),
]
"""`30s`, `10m`, `2h`, `7d`, `1h30m`: a timedelta."""

SizeField = Annotated[
    int,
    not_text("a size such as 50MB"),
    BeforeValidator(reading(parse_size)),
    WithJsonSchema({"type": ["string", "integer"], "examples": ["500KB", "50MB"]}),
]
"""`50MB`, `10 KiB`, `4096`: a number of bytes."""

RatioField = Annotated[
    float,
    not_text("a share such as 5%"),
    BeforeValidator(reading(parse_ratio)),
    WithJsonSchema({"type": ["string", "number"], "examples": ["5%", "99.5%"]}),
]
"""`5%` or `0.05`: a ratio in [0, 1]."""

WindowField = Annotated[
    Window,
    not_text("a window such as 1h, 7d or 10 runs"),
    BeforeValidator(reading(Window.parse)),
    PlainSerializer(str, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "examples": ["1h", "7d", "10 runs"]}),
]
"""`30m`, `24h`, `10 runs`."""

Key = Annotated[
    str,
    not_text("a key"),
    BeforeValidator(_key),
    WithJsonSchema({"type": "string", "pattern": KEY_PATTERN, "maxLength": MAX_KEY_LENGTH}),
]
"""What names a thing for good: small letters, digits, `-` and `_`."""

NonEmpty = Annotated[str, not_text("a text"), BeforeValidator(_non_empty)]
"""Text with something in it."""

Url = Annotated[str, not_text("an address"), BeforeValidator(_url)]
"""An http or https address; placeholders such as `{since}` may stand in it."""

ZoneName = Annotated[str, not_text("a time zone"), BeforeValidator(reading(_zone))]
"""The name of an IANA time zone."""

Secret = Annotated[SecretStr, not_text("a secret"), BeforeValidator(_secret)]
"""A secret: `${NAME}` of an environment variable or `file:/path`. It cannot be printed."""

DatabaseUrl = Annotated[SecretStr, not_text("an address"), BeforeValidator(_database)]
"""A SQLAlchemy address of SQLite or PostgreSQL; its password cannot be printed."""

Expression = Annotated[str, not_text("a JMESPath expression"), BeforeValidator(expression)]
"""A JMESPath expression, compiled once here so that a bad one is a problem of the configuration."""

# Json refers to itself by name, which pydantic cannot follow where a model uses it.
if TYPE_CHECKING:
    JsonField = Json
else:
    JsonField = Annotated[JsonValue, BeforeValidator(typed), WithJsonSchema({})]
"""Any JSON, as YAML means it: an unquoted 5 is a number, a quoted or substituted one is text."""

Words = Annotated[
    tuple[str, ...],
    BeforeValidator(_list_of_words),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}),
]
"""One text or a list of them."""
