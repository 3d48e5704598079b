"""What stands in `monitor.yaml` for a `prometheus` source."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit, urlunsplit

from pydantic import AfterValidator, Field, field_validator, model_validator

from collectors.auth_settings import AuthSettings, NoAuth
from collectors.choice import one_of_kinds
from collectors.mapping_settings import RunFields, StatusMap
from collectors.request import HeaderName, HeaderValue
from collectors.source import CALLS, QUOTAS, RUNS
from core.settings import DurationField, Expression, NonEmpty, SettingsModel, Url, Words
from core.settings.base import problem
from core.settings.calling import CallingSettings
from core.settings.fields import at_least
from core.units import format_duration

PROMETHEUS_BRINGS = frozenset({CALLS, RUNS, QUOTAS})

_MINUTE = timedelta(minutes=1)
_STATUS = re.compile(r"[1-5](\d\d|xx)", re.IGNORECASE)


def status_number(word: str) -> int | None:
    """The HTTP status that a word is; a class such as `5xx` has no exact one and becomes its hundred, 500."""
    text = word.strip()
    return int(text.lower().replace("xx", "00")) if _STATUS.fullmatch(text) else None


def _base(url: str) -> str:
    parts = urlsplit(url)
    path = re.sub(r"(/api/v1)?(/query|/query_range|/graph)?/*$", "", parts.path)
    return urlunsplit((parts.scheme, parts.netloc, path, "", ""))


def _statuses(status_map: dict[str, str]) -> dict[str, str]:
    for word, status in status_map.items():
        if status_number(status) is None:
            raise problem(f'got "{status}" for "{word}"; write a status such as 200, or a class such as 5xx')
    return {word.strip().casefold(): status for word, status in status_map.items()}


class RangeSettings(SettingsModel):
    """`range:`: a value for each step since the last poll, instead of one value now."""

    since: Annotated[DurationField, AfterValidator(at_least(_MINUTE))] = Field(
        default=timedelta(hours=1),
        description="how far back the first poll reads; later ones read on from the last",
    )
    step: Annotated[DurationField, AfterValidator(at_least(timedelta(seconds=1)))] = Field(
        default=_MINUTE,
        description="time between two values: a part of a minute or whole minutes; write the same in the query's brackets",
    )
    lookback: DurationField = Field(
        default=timedelta(minutes=5), description="read again so far back, for samples that came late"
    )

    @field_validator("step")
    @classmethod
    def _tiles(cls, step: timedelta) -> timedelta:
        if _MINUTE % step and step % _MINUTE:
            raise problem(
                f"got {format_duration(step)}; use a part of a minute such as 30s, or whole minutes"
            )
        return step


class _Query(SettingsModel):
    name: NonEmpty | None = Field(
        default=None, description="what the query is called in messages; without one, its number"
    )
    query: NonEmpty = Field(description="PromQL; any of the four types of result is read")
    range: RangeSettings | None = Field(
        default=None, description="asks for a value at each step; without it, for one value at each poll"
    )
    empty: Literal["no_data", "zero"] = Field(
        default="no_data",
        description="what no series at all means: not known, or 0; NaN and Inf are always not known, never 0",
    )
    where: Expression | None = Field(
        default=None,
        description="JMESPath that a series must satisfy; it sees its labels, `labels`, `value` and `time`",
    )
    integration: NonEmpty | None = Field(
        default=None,
        description="label that names the integration, by its key; series that name another one than this source's are passed over, and those that name none are told",
    )


class CallsQuery(_Query):
    """API calls in the minute that ends at a value's time, such as `sum by (code) (increase(http_requests_total[1m]))`."""

    brings: Literal["calls"] = Field(description="what the query tells of")
    status: NonEmpty = Field(
        description="label that holds the HTTP status, or a fixed status; a class such as `5xx` counts as 500, `2xx` as 200"
    )
    status_map: Annotated[dict[str, str], AfterValidator(_statuses)] = Field(
        default_factory=dict, description="the label's word → status, for words such as OK; case is ignored"
    )
    consumer: NonEmpty | None = Field(default=None, description="label that holds who called")
    method: NonEmpty | None = Field(default=None, description="label that holds the HTTP method")
    endpoint: NonEmpty | None = Field(default=None, description="label that holds the endpoint's template")
    per_second: bool = Field(
        default=False,
        description="the query gives calls per second, as rate() does, and not calls, as increase() does",
    )


class RunsQuery(_Query):
    """Runs of a sync, one for each series (a gauge such as the time of the last success)."""

    brings: Literal["runs"] = Field(description="what the query tells of")
    fields: RunFields = Field(
        description="of a run: our name → JMESPath that sees the series' labels by name, `labels`, `value` and `time`"
    )
    status_map: StatusMap = Field(
        default_factory=dict, description="the value or label → our status, such as {1: succeeded, 0: failed}"
    )

    @field_validator("fields")
    @classmethod
    def _known(cls, fields: dict[str, str]) -> dict[str, str]:
        if "external_id" not in fields:
            raise problem(
                "has no external_id; map what a run is known by, such as value where that is its time"
            )
        return fields


class QuotaQuery(_Query):
    """A rate limit, one for each series."""

    brings: Literal["quota", "quotas"] = Field(description="what the query tells of")
    value: Literal["remaining", "used", "used_ratio"] = Field(
        default="remaining",
        description="what the query gives: requests left, requests used, or the part used (0 to 1)",
    )
    limit: NonEmpty | None = Field(
        default=None, description="the limit: a number, or PromQL whose series have the same labels"
    )
    quota: NonEmpty = Field(
        default="requests",
        description="label that holds the limit's name; where a series has no such label, the name itself",
    )
    scope: NonEmpty | None = Field(
        default=None,
        description="whose limit it is; two sources on one key name one scope; default: the host",
    )
    window: DurationField | None = Field(default=None, description="the time that the limit is for")

    @model_validator(mode="after")
    def _enough(self) -> Self:
        if self.value == "used" and self.limit is None:
            raise problem("value: used tells nothing without limit; write the limit, a number or PromQL")
        return self


Query = Annotated[
    CallsQuery | RunsQuery | QuotaQuery,
    one_of_kinds(
        "brings", {"calls": CallsQuery, "runs": RunsQuery, "quota": QuotaQuery, "quotas": QuotaQuery}
    ),
]


def _some(queries: tuple[Query, ...]) -> tuple[Query, ...]:
    if not queries:
        raise problem("has none; write what to ask")
    return queries


class PrometheusSettings(CallingSettings):
    """`type: prometheus`: PromQL, asked of Prometheus or of anything with its HTTP API."""

    url: Annotated[Url, AfterValidator(_base)] = Field(
        description="address of the server, with the path in front of /api/v1 if there is one"
    )
    auth: AuthSettings = Field(default_factory=NoAuth, description="credentials")
    headers: dict[HeaderName, HeaderValue] = Field(
        default_factory=dict, description="further headers, such as X-Scope-OrgID"
    )
    params: dict[str, Words] = Field(
        default_factory=dict, description="further query parameters, such as dedup: true"
    )
    queries: Annotated[tuple[Query, ...], AfterValidator(_some)] = Field(description="what to ask, in order")
    stale_after: DurationField | None = Field(
        default=None, description="a run still running then has failed, until its end is seen after all"
    )

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        self.brings_only(PROMETHEUS_BRINGS)
        return self
