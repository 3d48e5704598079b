"""What stands in the configuration for a `probe` source."""

from __future__ import annotations

import re
from typing import Annotated, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from collectors.auth_settings import AuthSettings, NoAuth
from collectors.placeholder_names import check_names
from collectors.request import RequestSettings
from collectors.source import CALLS, CREDENTIALS, QUOTAS
from core.settings import Expression, NonEmpty, SettingsModel, Words
from core.settings.base import one_of, problem
from core.settings.calling import CallingSettings

PROBE_BRINGS = frozenset({CALLS, CREDENTIALS, QUOTAS})


def _as_texts(given: object) -> object:
    """Numbers as they are in tests and in JSON; from the file they come as text."""
    if isinstance(given, int):
        return (str(given),)
    return tuple(map(str, given)) if isinstance(given, list | tuple) else given


def _statuses(words: tuple[str, ...]) -> tuple[str, ...]:
    for word in words:
        if not re.fullmatch(r"[1-5](\d\d|xx)", word):
            raise problem(f'got "{word}"; write a status such as 200, or a class such as 2xx')
    return words


def _dialect(name: str) -> str:
    from health.quota_headers import NAMES

    if name not in NAMES:
        raise problem(f'dialect "{name}" is unknown; use {one_of(NAMES)}')
    return name


class QuotaSettings(SettingsModel):
    """`quota:`: how the answer tells its limits. body: quota's name → JMESPath to it in the JSON body."""

    dialect: Annotated[NonEmpty, AfterValidator(_dialect)] = Field(
        default="auto", description="what the headers are"
    )
    body: dict[NonEmpty, Expression] = Field(
        default_factory=dict, description="quota's name: JMESPath to {limit, remaining, reset} in the body"
    )


class ProbeSettings(CallingSettings):
    """`type: probe`: one request at each poll."""

    request: RequestSettings
    auth: AuthSettings = Field(default_factory=NoAuth)
    expect: Annotated[Words, BeforeValidator(_as_texts), AfterValidator(_statuses)] = Field(
        default=("2xx",), description="statuses that mean all is well: 200, or a class such as 2xx"
    )
    scope: NonEmpty | None = Field(
        default=None,
        description="whose quota it is; two sources on one key name one scope; default: the host",
    )
    quota: QuotaSettings = Field(default_factory=QuotaSettings)
    expires: Expression | None = Field(
        default=None,
        description="JMESPath to the key's expiry in the JSON body; with it the key is judged also where `auth` is none, "
        "for one that stands in the request's address or headers",
    )
    cost: int = Field(default=1, ge=0, description="how much of the quota one request uses")

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        self.brings_only(PROBE_BRINGS)
        check_names("request", self.request, set())
        return self

    def expects(self, status: int) -> bool:
        """Whether a status means that all is well."""
        return str(status) in self.expect or f"{status // 100}xx" in self.expect
