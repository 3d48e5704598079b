"""The notations of single services that no table of header names can say: Discord, Azure."""

from __future__ import annotations

from health.quota_headers.readers import Headers
from health.quota_headers.values import Answer, Found, number

AZURE = "x-ms-ratelimit-remaining-"


def discord(answer: Answer) -> list[Found]:
    """A bucket with its reset in seconds (a float), and the limit over all buckets where that is refused."""
    after = "x-ratelimit-reset-after"
    headers = Headers(
        limit="x-ratelimit-limit",
        remaining="x-ratelimit-remaining",
        reset=after if answer.get(after) else "x-ratelimit-reset",
        quota_name="x-ratelimit-bucket",
        reset_unit=1.0 if answer.get(after) else None,
    )
    if (answer.get("x-ratelimit-global") or "").lower() != "true":
        return headers.read(answer)
    wait = after if answer.get(after) else "retry-after"
    return [*headers.read(answer), Found("global", remaining=0.0, resets_at=answer.reset(wait, 1.0))]


def azure(answer: Answer) -> list[Found]:
    """`x-ms-ratelimit-remaining-subscription-reads: 11999`; `…-resource: Compute/HighCost3Min;107,…`."""
    found: list[Found] = []
    for name in sorted(answer.headers):
        if not name.startswith(AZURE):
            continue
        for member in answer.headers[name].split(","):
            label, semicolon, amount = member.strip().rpartition(";")
            remaining = number(amount)
            if remaining is None:
                answer.malformed(name, member.strip())
            else:
                found.append(Found(label if semicolon else name.removeprefix(AZURE), remaining=remaining))
    return found
