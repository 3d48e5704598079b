"""How limits are read from headers that are no structured fields: one limit's headers, and odd notations."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import lru_cache

from health.quota_headers.structured import UNNAMED, limit_of, window_of
from health.quota_headers.values import Answer, Found, number

DAY, HOUR, MINUTE = 86400.0, 3600.0, 60.0
ZENDESK = "zendesk-ratelimit-"
SUFFIXED = re.compile(r"(x-rate-?limit)-(?:limit|remaining)-([\w-]{1,40})", re.ASCII)
NAMED = re.compile(
    r"(?P<limits>(?:x-)?(?P<whose>[\w-]{1,40}-)?rate-?limit(?:-(?P<kind>[\w-]{1,40}))?)-remaining", re.ASCII
)
"""What names the remaining of a limit that has a triple of headers of its own."""

_HAPI = {"user": "user", "path": "path", "userpath": "user-path"}
_PERIODS = {"second": 1.0, "minute": MINUTE, "hour": HOUR, "day": DAY, "week": 7 * DAY, "month": 30 * DAY}


@dataclass(frozen=True, slots=True)
class Headers:
    """The headers of one limit: names in lower case; quota_name: a header that holds the limit's name.

    reset_unit: seconds of one unit of the reset; None = guess by its size. window: in seconds, where the
    dialect fixes it; window_milliseconds: a header that tells it.
    """

    limit: str | None = None
    remaining: str | None = None
    reset: str | None = None
    used: str | None = None
    quota: str = UNNAMED
    quota_name: str | None = None
    reset_unit: float | None = None
    window: float | None = None
    window_milliseconds: str | None = None

    def read(self, answer: Answer) -> list[Found]:
        """The limit, if its headers say anything of it."""
        remaining, resets_at = answer.number(self.remaining), answer.reset(self.reset, self.reset_unit)
        limit = limit_of(answer, self.limit, remaining, resets_at) if self.limit else None
        if remaining is None and limit is not None:
            used = answer.number(self.used)
            remaining = None if used is None else max(0.0, limit - used)
        if limit is None and remaining is None:
            return []
        window = self.window
        if window is None and self.window_milliseconds:
            milliseconds = answer.number(self.window_milliseconds)
            window = None if milliseconds is None else milliseconds / 1000
        if window is None and self.limit:
            window = window_of(answer, limit, self.limit, "ratelimit-policy")
        name = answer.get(self.quota_name) or self.quota
        return [Found(name, limit, remaining, resets_at, window)]


def all_of(*several: Headers) -> Callable[[Answer], list[Found]]:
    """Several limits, each with headers of its own."""
    return lambda answer: [found for headers in several for found in headers.read(answer)]


def triple(stem: str, *, used: str | None = None, quota_name: str | None = None) -> Headers:
    """`<stem>-limit`, `<stem>-remaining` and `<stem>-reset`."""
    return Headers(f"{stem}-limit", f"{stem}-remaining", f"{stem}-reset", used, quota_name=quota_name)


def used_of(header: str, quota: str, window: float | None = None) -> Callable[[Answer], list[Found]]:
    """`32/40`: used and limit in one header."""

    def read(answer: Answer) -> list[Found]:
        value = answer.get(header) or ""
        used, _, limit = value.partition("/")
        return _of_pair(answer, header, quota, used, limit, window)

    return read


def _of_pair(
    answer: Answer, header: str, quota: str, used: str, limit: str, window: float | None
) -> list[Found]:
    used_number, limit_number = number(used), number(limit)
    if used_number is None or limit_number is None:
        answer.malformed(header, f"{used}/{limit}")
        return []
    return [Found(quota, limit_number, max(0.0, limit_number - used_number), None, window)]


def github(answer: Answer) -> list[Found]:
    """The resource's limit, and a `secondary` one where the refusal is for bursts, not for the limit."""
    found = triple("x-ratelimit", used="x-ratelimit-used", quota_name="x-ratelimit-resource").read(answer)
    refused = answer.status in {403, 429} and answer.get("retry-after") is not None
    if refused and found and not any(one.remaining == 0 for one in found):
        found.append(Found("secondary", remaining=0.0, resets_at=answer.reset("retry-after", 1.0)))
    return found


def salesforce(answer: Answer) -> list[Found]:
    """`api-usage=18/5000, per-app-api-usage=17/250(appName=sample)`: the last 24 hours, rolling."""
    found: list[Found] = []
    for member in re.split(r"[,;]", answer.get("sforce-limit-info") or ""):
        read = re.fullmatch(r"\s*([\w-]+)\s*=\s*([^/]*)/\s*([^(\s]*)\s*(?:\(appName=(.*)\))?\s*", member)
        if read is None:
            answer.malformed("sforce-limit-info", member.strip())
            continue
        name = f"{read[1]}:{read[4]}" if read[4] else read[1]
        found += _of_pair(answer, "sforce-limit-info", name, read[2], read[3], DAY)
    return found


def token_bucket(answer: Answer) -> list[Found]:
    """Atlassian Data Center: so many tokens come back each interval; the reset is when all are back."""
    limit, remaining = answer.number("x-ratelimit-limit"), answer.number("x-ratelimit-remaining")
    fill, interval = answer.number("x-ratelimit-fillrate"), answer.number("x-ratelimit-interval-seconds")
    if limit is None and remaining is None:
        return []
    if not fill or not interval or limit is None:
        return [Found(UNNAMED, limit, remaining)]
    missing = max(0.0, limit - (remaining or 0.0))
    full_after = timedelta(seconds=min(missing / fill * interval, 365 * DAY))
    return [Found(UNNAMED, limit, remaining, answer.observed_at + full_after, limit / fill * interval)]


def hapi(answer: Answer) -> list[Found]:
    """`X-RateLimit-UserLimit`, `-UserRemaining`, `-UserReset`; for a path, and for a user on a path, likewise."""
    found: list[Found] = []
    for kind, quota in _HAPI.items():
        limit, remaining, reset = (f"x-ratelimit-{kind}{part}" for part in ("limit", "remaining", "reset"))
        # Each refusal counts one further down below 0.
        given = {**answer.headers, remaining: re.sub(r"^-\d+$", "0", answer.get(remaining) or "")}
        of_one = Answer(given, answer.status, answer.observed_at, answer.date, answer.problems)
        found += Headers(limit, remaining, reset, quota=quota).read(of_one)
    return found


def by_suffix(answer: Answer) -> list[Found]:
    """`X-RateLimit-Limit-Minute` (Kong), `x-ratelimit-limit-requests` (OpenAI): one limit for each suffix.

    NestJS refuses with `Retry-After-long` and no other header of that limit, beside those of the limits that it passed.
    """
    told = {(match[2], match[1]) for name in answer.headers if (match := SUFFIXED.fullmatch(name))}
    found: list[Found] = []
    for suffix, stem in sorted(told):
        limit, remaining, reset = (f"{stem}-{part}-{suffix}" for part in ("limit", "remaining", "reset"))
        found += Headers(limit, remaining, reset, quota=suffix, window=_PERIODS.get(suffix)).read(answer)
    if answer.status != 429:
        return found
    passed = {one.quota for one in found}
    return found + [
        Found(suffix, remaining=0.0, resets_at=answer.observed_at + wait)
        for suffix, wait in answer.waits().items()
        if suffix not in passed
    ]


def by_name(answer: Answer) -> list[Found]:
    """`anthropic-ratelimit-tokens-limit`, `-remaining` and `-reset`: one limit for each name that has the first two.

    So have it Linear (`X-RateLimit-Requests-…`), Contentful (`X-Contentful-RateLimit-Hour-…`) and Sentry.
    """
    return [found for one in _named(frozenset(answer.headers)) for found in one.read(answer)]


@lru_cache(maxsize=1000)
def _named(names: frozenset[str]) -> tuple[Headers, ...]:
    """The limits that these headers name: a system's answers have the same ones each time."""
    found: list[Headers] = []
    for name in sorted(names):
        told = NAMED.fullmatch(name)
        if told is None or f"{told['limits']}-limit" not in names:
            continue
        quota = told["kind"] or (told["whose"] or "").rstrip("-")
        if quota:
            found.append(replace(triple(told["limits"]), quota=quota, window=_PERIODS.get(quota)))
    return tuple(found)


def zendesk_endpoints(answer: Answer) -> list[Found]:
    """`Zendesk-RateLimit-Tickets-Index: total=100; remaining=99; resets=41`."""
    found: list[Found] = []
    for name in sorted(answer.headers):
        if not name.startswith(ZENDESK):
            continue
        told = dict(re.findall(r"([\w-]+)\s*=\s*([^;,\s]+)", answer.headers[name]))
        of_one = Answer(
            {f"{name}.{key}": value for key, value in told.items()},
            answer.status,
            answer.observed_at,
            answer.date,
            answer.problems,
        )
        headers = Headers(f"{name}.total", f"{name}.remaining", f"{name}.resets")
        quota = name.removeprefix(ZENDESK)
        read = headers.read(of_one)
        if not read:
            answer.malformed(name, answer.headers[name])
        found += [Found(quota, one.limit, one.remaining, one.resets_at) for one in read]
    return found
