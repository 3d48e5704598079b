"""The options of a remote storage in the configuration: free names, with secrets noted as such."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, BeforeValidator, JsonValue, ValidationInfo, WithJsonSchema

from core.records import Json
from core.settings.base import context_of, problem
from core.settings.fields import NonEmpty
from core.settings.plain import typed
from core.settings.secrets import password_in, read_secret

_SECRET = re.compile(r"pass|secret|token|key|credential|passphrase", re.IGNORECASE)


def _options(value: object, info: ValidationInfo) -> object:
    if not isinstance(value, Mapping):
        raise problem("got no mapping; write options such as {username: u, password: ${PASSWORD}}")
    return {str(name): _option(str(name), item, info) for name, item in value.items()}


def _option(name: str, value: object, info: ValidationInfo) -> object:
    if isinstance(value, Mapping):
        return {str(inner): _option(str(inner), item, info) for inner, item in value.items()}
    if not isinstance(value, str):
        return typed(value)
    try:
        text = read_secret(value)
    except ValueError as error:
        raise problem(f"{name}: {error}") from None
    if (context := context_of(info)) and text.strip() and (text != value or _SECRET.search(name)):
        context.secrets.add(text)
    return text if text != value else typed(value)


def _path(value: str, info: ValidationInfo) -> str:
    if (context := context_of(info)) and "://" in value and (password := password_in(value)):
        context.secrets.add(password)
    return value


FilePath = Annotated[NonEmpty, AfterValidator(_path)]
"""A path or a pattern of files, here or (`sftp://…`, `s3://…`) elsewhere; a password in it stays secret."""

# Json refers to itself by name, which pydantic cannot follow where a model uses it.
if TYPE_CHECKING:
    StorageOptions = Mapping[str, Json]
else:
    StorageOptions = Annotated[
        dict[str, JsonValue], BeforeValidator(_options), WithJsonSchema({"type": "object"})
    ]
"""`{host: …, username: …, password: "${P}"}`: what the storage's own library takes."""
