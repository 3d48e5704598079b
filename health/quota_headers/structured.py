"""The IETF's `RateLimit` and `RateLimit-Policy`, drafts 06 to 11: structured fields, member by member."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from http_sf import StructuredFieldError, parse

from health.quota_headers.values import Answer, Found, reset_at

Parameters = Mapping[str, object]
_MEMBERS = re.compile(r'(?:[^,"]|"(?:[^"\\]|\\.)*"?)+')
UNNAMED = "default"


def read_structured(answer: Answer, prefix: str = "") -> list[Found]:
    """Draft 07 (`limit=3, remaining=2, reset=60`) and drafts 08 to 11 (`"name";r=2;t=60`)."""
    value = answer.get(f"{prefix}ratelimit")
    policies = _policies(answer, f"{prefix}ratelimit-policy")
    if value is None:
        # Draft 08 to 11 may tell the policies alone; without a name it is the policy of draft 06 or 07.
        return [_found(name, {}, policy, answer) for name, policy in policies.items() if not name.isdigit()]
    if re.match(r"\s*(?:limit|remaining|reset)\s*=", value):
        return _draft_07(answer, f"{prefix}ratelimit", value, policies)
    items = _items(answer, f"{prefix}ratelimit", value)
    found = [_found(name, params, policies.get(name, {}), answer) for name, params in items]
    found = [one for one in found if one.limit is not None or one.remaining is not None]
    named = {name for name, _ in items}
    rest = (name for name in policies if name not in named and not name.isdigit())
    return [*found, *(_found(name, {}, policies[name], answer) for name in rest)] if found else []


def window_of(answer: Answer, limit: float | None, *headers: str) -> float | None:
    """The window of the policy with this limit (`3;w=60`), from the first of the headers that tells."""
    for header in headers:
        for quota, window in _windows(answer, header):
            if quota == limit:
                return window
    return None


def limit_of(
    answer: Answer, header: str, remaining: float | None, resets_at: datetime | None
) -> float | None:
    """The limit that a header of draft 03 to 06 tells (`10, 10;w=1, 50;w=60`): the first.

    Where what remains and the reset cannot be of that one, as Klaviyo tells those of the minute behind the
    limit of the second, it is the first policy that they can be of.
    """
    first, policies = answer.number(header), _windows(answer, header)
    of_first = [policy for policy in policies if policy[0] == first]
    for quota, window in (*of_first, *policies) if of_first else ():
        over = resets_at is not None and resets_at > answer.observed_at + timedelta(seconds=window + 1)
        if not over and (remaining is None or remaining <= quota):
            return quota
    return first


def _windows(answer: Answer, header: str) -> list[tuple[float, float]]:
    """The policies of draft 03 to 06 in a header: so many requests within so many seconds."""
    value = answer.get(header)
    if value is None or "w=" not in value:
        return []
    told = [
        (_amount(_to_number(quota)), _amount(params.get("w")))
        for quota, params in _items(Answer({}, answer.status, answer.observed_at), header, value)
    ]
    return [(quota, window) for quota, window in told if quota is not None and window is not None]


def _draft_07(answer: Answer, name: str, value: str, policies: Mapping[str, Parameters]) -> list[Found]:
    told: dict[str, float] = {}
    for member in _MEMBERS.findall(value):
        key, _, text = member.strip().partition("=")
        amount = _amount(_to_number(text.split(";")[0].strip()))
        if amount is None:
            answer.malformed(name, member.strip())
        else:
            told[key.strip()] = amount
    limit, remaining = told.get("limit"), told.get("remaining")
    if limit is None and remaining is None:
        return []
    window = _amount(policies.get(f"{limit:g}" if limit is not None else "", {}).get("w"))
    return [Found(UNNAMED, limit, remaining, _after(answer, told.get("reset")), window)]


def _policies(answer: Answer, name: str) -> dict[str, Parameters]:
    value = answer.get(name)
    return dict(_items(answer, name, value)) if value else {}


def _items(answer: Answer, name: str, value: str) -> list[tuple[str, Parameters]]:
    """The readable items of a structured list with their parameters; the others are noted."""
    items: list[tuple[str, Parameters]] = []
    for member in _MEMBERS.findall(value):
        if not member.strip():
            continue
        try:
            parsed = parse(member.strip().encode("ascii", "replace"), tltype="item")
        except (StructuredFieldError, ValueError, OverflowError):
            answer.malformed(name, member.strip())
            continue
        bare, params = parsed if isinstance(parsed, tuple) else (parsed, {})
        if any(_amount(params.get(key, 0)) is None for key in ("r", "q", "w", "t")):
            answer.malformed(name, member.strip())
            continue
        items.append((str(bare), params))
    return items


def _found(name: str, params: Parameters, policy: Parameters, answer: Answer) -> Found:
    return Found(
        quota=name,
        limit=_amount(policy.get("q", params.get("q"))),
        remaining=_amount(params.get("r")),
        resets_at=_after(answer, _amount(params.get("t"))),
        window_seconds=_amount(policy.get("w", params.get("w"))),
    )


def _after(answer: Answer, seconds: float | None) -> datetime | None:
    """So many seconds from now; an epoch, which some put here, is recognised by its size."""
    return None if seconds is None else reset_at(f"{seconds:.3f}", answer.observed_at, answer.date)


def _amount(value: object) -> float | None:
    """A number that is not negative; None for anything else, booleans too."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if value >= 0 else None


def _to_number(text: str) -> float | None:
    return float(text) if re.fullmatch(r"\d{1,15}(?:\.\d{1,3})?", text, re.ASCII) else None
