"""What every settings model shares: frozen, no unknown keys, nothing secret in its repr."""

import difflib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, ValidationError, ValidationInfo, model_validator
from pydantic_core import PydanticCustomError

from core.settings.registries import Registries
from core.settings.secrets import SecretValues

_SHOWN_TEXT = 60
_BARE = re.compile(r"\w[\w.%/-]*")


@dataclass(frozen=True)
class Context:
    """What validation knows besides the value: the discovered names, and where secrets are noted."""

    registries: Registries
    secrets: SecretValues = field(default_factory=SecretValues)


def context_of(info: ValidationInfo) -> Context | None:
    """The loader's context; None where a model is made directly, as tests do."""
    return info.context if isinstance(info.context, Context) else None


class Refused:
    """Stands in for the value of a key that a model does not have; its text becomes the problem."""

    def __init__(self, message: str) -> None:
        self.message = message


class SettingsModel(BaseModel):
    """The base of every model of the configuration.

    An explicit null counts as "not written". `later` names keys that are designed but not built:
    they are refused as "not available yet". `meant` names the keys that a text in its place may be meant
    for, the likeliest first. The repr shows identity only, because any text may hold a substituted secret.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", hide_input_in_errors=True, arbitrary_types_allowed=True, defer_build=True
    )
    later: ClassVar[frozenset[str]] = frozenset()
    meant: ClassVar[tuple[str, ...]] = ()

    @model_validator(mode="before")
    @classmethod
    def _mark_unknown_keys(cls, data: object, info: ValidationInfo) -> object:
        if isinstance(data, str):
            cls._refuse_text(data, info.context)
        if not isinstance(data, Mapping):
            return data
        known = cls.keys()
        return {
            key: value if key in known else Refused(cls._refusal(str(key)))
            for key, value in data.items()
            if value is not None or key not in known
        }

    @classmethod
    def keys(cls) -> frozenset[str]:
        """The keys as they are written: by alias where a name (`json`, `in`) cannot be a field's."""
        return frozenset(field.alias or name for name, field in cls.model_fields.items())

    @classmethod
    def _refuse_text(cls, text: str, context: object) -> None:
        """Tell what a text in its place was meant for, where that can be known."""
        key = next((key for key in cls.meant if cls._accepts({key: text}, context)), None)
        # The remedy is without the value, which may come from a variable.
        remedy = f"write it under {key}" if key else "write a mapping of names and values"
        if "://" in text:
            # A password may stand in it, and the whole of a webhook's is one.
            raise problem(f"got an address; {remedy}")
        if key is not None and len(text) <= _SHOWN_TEXT:
            raise problem(f'got "{text}", which should be {{{key}: {_in_yaml(text)}}}; {remedy}')

    @classmethod
    def _accepts(cls, data: Mapping[str, object], context: object) -> bool:
        try:
            cls.model_validate(data, context=context)
        except ValidationError:
            return False
        return True

    @classmethod
    def _refusal(cls, key: str) -> str:
        if key in cls.later:
            return "not available yet; remove it"
        return f"unknown key; {suggestion(key, cls.keys())}"

    def __repr_args__(self) -> Iterable[tuple[str | None, object]]:
        fields = type(self).model_fields
        return [(name, getattr(self, name)) for name in ("type", "key", "name") if name in fields]

    def __str__(self) -> str:
        return repr(self)


def _in_yaml(text: str) -> str:
    return text if _BARE.fullmatch(text) else json.dumps(text, ensure_ascii=False)


def suggestion(word: str, known: Iterable[str]) -> str:
    """`did you mean "x"?` when one is close, else the whole choice."""
    choice = sorted(set(known))
    close = difflib.get_close_matches(word.lower(), choice, n=1, cutoff=0.7)
    if close:
        return f'did you mean "{close[0]}"?'
    return f"use {one_of(choice)}" if choice else "there is none to choose from"


def one_of(choice: Iterable[str]) -> str:
    """`a, b or c`."""
    *most, last = list(choice)
    return f"{', '.join(most)} or {last}" if most else last


def in_our_quotes(message: str, value: str) -> str:
    """A message that shows the value in Python's quotes, with the quotes all our problems use."""
    return message.replace(f"got {value!r}", f'got "{value}"')


def problem(message: str) -> PydanticCustomError:
    """An error whose text is ours from the first letter to the last: what was got, then the remedy."""
    return PydanticCustomError("problem", "{text}", {"text": message})
