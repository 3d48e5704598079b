"""The ways servers tell a rate limit, as a table: which headers hold what, and what is a refusal.

A new way is a row here, or a small function in `readers`, and a vector in
tests/health/vectors_quota_headers.json.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from health.quota_headers.clouds import AZURE, azure, discord
from health.quota_headers.readers import (
    DAY,
    MINUTE,
    NAMED,
    SUFFIXED,
    ZENDESK,
    Headers,
    all_of,
    by_name,
    by_suffix,
    github,
    hapi,
    salesforce,
    token_bucket,
    triple,
    used_of,
    zendesk_endpoints,
)
from health.quota_headers.structured import read_structured
from health.quota_headers.values import Answer, Found


@dataclass(frozen=True, slots=True)
class Dialect:
    """One way of telling limits.

    name: as settings name it; told_by: headers of which one must be there, where it has such; like: how, of
    a dialect without them, a name looks that must be there; read: the limits; refusals: statuses besides 429
    that are refusals where nothing remains or a Retry-After is given; plain: it tells "the" limit, so the
    first plain dialect that finds one is believed and no other.
    """

    name: str
    told_by: Sequence[str]
    read: Callable[[Answer], list[Found]]
    refusals: frozenset[int] = frozenset()
    plain: bool = True
    like: re.Pattern[str] | None = None

    def may_be_told(self, names: Collection[str]) -> bool:
        """Whether an answer that has headers of these names, in lower case, may speak it."""
        if self.told_by:
            return any(name in names for name in self.told_by)
        return self.like is not None and any(self.like.match(name) for name in names)


_LEGACY = triple("x-ratelimit")
_IETF_06 = triple("ratelimit", used="ratelimit-observed", quota_name="ratelimit-name")
_HUBSPOT = "x-hubspot-ratelimit"

DIALECTS: tuple[Dialect, ...] = (
    Dialect(
        "github",
        ("x-ratelimit-resource", "x-github-request-id"),
        github,
        refusals=frozenset({403}),
    ),
    Dialect("atlassian_dc", ("x-ratelimit-fillrate",), token_bucket),
    Dialect(
        "discord",
        ("x-ratelimit-reset-after", "x-ratelimit-bucket", "x-ratelimit-global"),
        discord,
    ),
    Dialect("servicenow", ("x-ratelimit-rule",), triple("x-ratelimit", quota_name="x-ratelimit-rule").read),
    Dialect("ietf", ("ratelimit", "ratelimit-policy"), read_structured, refusals=frozenset({503})),
    Dialect("gitlab", ("ratelimit-observed", "ratelimit-name"), _IETF_06.read),
    Dialect("ietf_06", ("ratelimit-limit", "ratelimit-remaining"), _IETF_06.read),
    Dialect("legacy", ("x-ratelimit-limit", "x-ratelimit-remaining"), _LEGACY.read),
    Dialect(
        "zendesk",
        ("x-rate-limit",),
        Headers("x-rate-limit", "x-rate-limit-remaining", "ratelimit-reset", window=MINUTE).read,
    ),
    Dialect("x", ("x-rate-limit-limit", "x-rate-limit-remaining"), triple("x-rate-limit").read),
    Dialect(
        "koa",
        ("rate-limit-total",),
        Headers("rate-limit-total", "rate-limit-remaining", "rate-limit-reset").read,
    ),
    Dialect(
        "hapi",
        ("x-ratelimit-userlimit", "x-ratelimit-pathlimit", "x-ratelimit-userpathlimit"),
        hapi,
        plain=False,
    ),
    Dialect("by_suffix", (), by_suffix, plain=False, like=re.compile(f"{SUFFIXED.pattern}|retry-after-")),
    Dialect("zendesk_endpoints", (), zendesk_endpoints, plain=False, like=re.compile(ZENDESK)),
    Dialect(
        "x_day",
        ("x-app-limit-24hour-limit", "x-user-limit-24hour-limit"),
        all_of(
            Headers(
                "x-app-limit-24hour-limit",
                "x-app-limit-24hour-remaining",
                "x-app-limit-24hour-reset",
                quota="app-24hour",
                window=DAY,
            ),
            Headers(
                "x-user-limit-24hour-limit",
                "x-user-limit-24hour-remaining",
                "x-user-limit-24hour-reset",
                quota="user-24hour",
                window=DAY,
            ),
        ),
        plain=False,
    ),
    Dialect(
        "shopify",
        ("x-shopify-shop-api-call-limit",),
        used_of("x-shopify-shop-api-call-limit", "shop-api-calls"),
        plain=False,
    ),
    Dialect("salesforce", ("sforce-limit-info",), salesforce, refusals=frozenset({403, 503}), plain=False),
    Dialect("azure", (), azure, refusals=frozenset({503}), plain=False, like=re.compile(AZURE)),
    Dialect(
        "hubspot",
        (f"{_HUBSPOT}-daily", f"{_HUBSPOT}-max", f"{_HUBSPOT}-secondly"),
        all_of(
            Headers(f"{_HUBSPOT}-daily", f"{_HUBSPOT}-daily-remaining", quota="daily", window=DAY),
            Headers(
                f"{_HUBSPOT}-max",
                f"{_HUBSPOT}-remaining",
                quota="interval",
                window_milliseconds=f"{_HUBSPOT}-interval-milliseconds",
            ),
            Headers(f"{_HUBSPOT}-secondly", f"{_HUBSPOT}-secondly-remaining", quota="secondly", window=1.0),
        ),
        plain=False,
    ),
    Dialect(
        "jira_beta",
        ("beta-ratelimit", "beta-ratelimit-policy"),
        lambda answer: read_structured(answer, "beta-"),
        plain=False,
    ),
    Dialect(
        "bigcommerce",
        ("x-rate-limit-requests-left",),
        Headers(
            "x-rate-limit-requests-quota",
            "x-rate-limit-requests-left",
            "x-rate-limit-time-reset-ms",
            reset_unit=0.001,
            window_milliseconds="x-rate-limit-time-window-ms",
        ).read,
        plain=False,
    ),
    Dialect(
        "xero",
        ("x-minlimit-remaining", "x-daylimit-remaining", "x-appminlimit-remaining"),
        all_of(
            Headers(remaining="x-minlimit-remaining", quota="minute", window=MINUTE),
            Headers(remaining="x-daylimit-remaining", quota="day", window=DAY),
            Headers(remaining="x-appminlimit-remaining", quota="app-minute", window=MINUTE),
        ),
        plain=False,
    ),
    Dialect("by_name", (), by_name, plain=False, like=NAMED),
)
"""In the order in which they are tried: those known by a header of their own before the general."""

ALSO: Mapping[str, str] = {
    "anthropic": "by_name",
    "express": "legacy",
    "fastify": "legacy",
    "flask_limiter": "legacy",
    "slowapi": "legacy",
    "kong": "by_suffix",
    "nestjs": "by_suffix",
    "okta": "x",
    "openai": "by_suffix",
}
"""Names of servers and libraries that speak a dialect of another name in their defaults."""

NAMES: tuple[str, ...] = ("auto", *(dialect.name for dialect in DIALECTS), *sorted(ALSO))
