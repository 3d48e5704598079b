"""Settings that come in kinds: `type: bearer`, `by: offset`; the kind's own model reads the rest."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel, BeforeValidator, ValidationInfo

from core.settings import SettingsModel
from core.settings.base import one_of, problem, suggestion


def one_of_kinds(key: str, kinds: Mapping[str, type[SettingsModel]]) -> BeforeValidator:
    """A validator that reads a mapping by the model that its `key` names.

    A bare word is short for a mapping with that key only (`auth: none`).
    """

    def read(value: object, info: ValidationInfo) -> object:
        if isinstance(value, BaseModel):
            return value
        data = {key: value} if isinstance(value, str) else value
        if not isinstance(data, Mapping) or key not in data:
            raise problem(f"has no {key}; write {key}: {one_of(kinds)}")
        kind = data[key]
        if not isinstance(kind, str) or kind not in kinds:
            raise problem(f'{key} "{kind}" is unknown; {suggestion(str(kind), kinds)}')
        return kinds[kind].model_validate(data, context=info.context)

    return BeforeValidator(read)
