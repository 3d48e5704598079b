"""The path of a file or folder, where somebody may write a secret's file or what stands in it instead."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator

from core.settings.base import problem
from core.settings.fields import NonEmpty

_FILE = "file:"
_PEM = "-----BEGIN"


def _path(value: object) -> object:
    if not isinstance(value, str):
        return value
    if value.startswith(_FILE):
        raise problem(f'got "{value}"; write the path alone: {value.removeprefix(_FILE)}')
    if _PEM in value:
        raise problem("got what stands in such a file; write it into one, and its path here")
    return value


PathText = Annotated[NonEmpty, BeforeValidator(_path)]
"""A path as text."""
