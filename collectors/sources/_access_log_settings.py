"""What stands in the configuration for an `access_log` source."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from collectors.files.format_settings import WRAPPED, Encoding, Pattern, hoisted
from collectors.files.storage_settings import FilePath, StorageOptions
from collectors.files.wrapping import Wrapping
from collectors.mapping_settings import InSchema, TimeSettings, named
from core.settings import Expression, SourceSettings, Words
from core.settings.base import problem

ALIASES = {
    "at": "time", "minute": "time", "uri": "endpoint", "path": "endpoint", "url": "endpoint", "latency": "request_time",
    "latency_seconds": "request_time", "duration_seconds": "request_time", "user": "consumer",
}  # fmt: skip
"""Other names for a call's fields."""

CALL_FIELDS = ("time", "method", "endpoint", "request", "status", "request_time", "consumer")
"""The fields of a call: request is the whole request line; request_time is in `request_time_unit`."""

_STATUS = re.compile(r"[1-5]xx|[1-5]\d\d")


def _statuses(words: tuple[str, ...]) -> tuple[str, ...]:
    for word in words:
        if not _STATUS.fullmatch(word):
            raise problem(f'got "{word}"; write a status such as 404, or a class such as 5xx')
    return words


def _groups(pattern: str) -> str:
    names = {ALIASES.get(name, name) for name in re.compile(pattern).groupindex}
    if "status" not in names:
        raise problem("has no group named status; add (?P<status>\\d{3})")
    unknown = sorted(names - set(CALL_FIELDS))
    if unknown:
        raise problem(f'has a group "{unknown[0]}" that is no field of a call; use {", ".join(CALL_FIELDS)}')
    return pattern


Statuses = Annotated[Words, AfterValidator(_statuses)]


class AccessLogSettings(SourceSettings):
    """Calls, by minute, out of the access logs of a web server."""

    path: FilePath = Field(description="the files: a path or a pattern, such as /var/log/nginx/access.log*")
    storage: StorageOptions = Field(
        {}, description="options of a remote storage that path names (sftp://, s3://)"
    )
    format: Literal["combined", "json", "w3c", "regex"] = Field(
        "combined",
        description="how a line is written; w3c: in the columns that the last `#Fields:` above it names (IIS, CloudFront)",
    )
    pattern: Annotated[Pattern, AfterValidator(_groups)] | None = Field(
        None,
        description=f"for regex: an expression with groups named {', '.join(CALL_FIELDS)}; lines that begin with # are passed over",
    )
    fields: (
        Annotated[
            dict[str, Expression], AfterValidator(named((*CALL_FIELDS, *ALIASES))), InSchema(CALL_FIELDS)
        ]
        | None
    ) = Field(
        None,
        description="for json and w3c: field of a call → JMESPath of the line; the usual names are found without",
    )
    where: Expression | None = Field(
        None,
        description="for json, w3c and regex: JMESPath that a line must satisfy to be a call; others are passed over",
    )
    wrapped: Wrapping | None = Field(None, description=WRAPPED)
    request_time: Literal["auto", "none", "first", "last"] = Field(
        "auto", description="for combined: which number after the known fields is the request time"
    )
    request_time_unit: Literal["s", "ms", "us", "ns"] = Field(
        "s", description="unit of a request time that is a bare number; 12ms and 0.5s name their own"
    )
    consumer: Literal["none", "user"] = Field(
        "none", description="for combined: who called; user: the authenticated user"
    )
    encoding: Encoding = Field("auto", description="of the text")
    time: TimeSettings = Field(TimeSettings(), description="how times are read")
    errors: Statuses = Field(("4xx", "5xx"), description="which statuses count as errors")
    not_errors: Statuses = Field((), description="which of them do not")

    @model_validator(mode="before")
    @classmethod
    def _hoist(cls, data: object) -> object:
        return hoisted(data)

    @model_validator(mode="after")
    def _fits(self) -> AccessLogSettings:
        if (self.format == "regex") != (self.pattern is not None):
            raise problem("format: regex needs a pattern, and only it takes one; add or remove pattern")
        if self.where is not None and self.format == "combined":
            raise problem("where is for json, w3c and regex, not for combined; remove it")
        if self.fields is not None and self.format not in ("json", "w3c"):
            raise problem(f"fields is for json and w3c, not for {self.format}; remove it")
        return self
