"""Makes whole calls by minute of increases that are fractions (pure)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from collectors.problems import Problems
from collectors.sources._prometheus_answer import Sample
from collectors.sources._prometheus_notes import without_label
from collectors.sources._prometheus_settings import CallsQuery, status_number
from core.records import ApiCalls, Json

Kind = tuple[int, str, str, str]
"""(status, consumer, method, endpoint)"""

Carry = Mapping[Kind, float]
"""What rounding left over of each kind of call, in [-0.5, 0.5]."""

MINUTE = timedelta(minutes=1)
_MOST_CALLS = 2**53
_NO_CALLS = 200
"""The status under which the absence of calls is stored, where the query fixes none."""


def minute_of(at: datetime) -> datetime:
    """The minute that ends at a value's time, or holds it: an increase looks back."""
    before = at - timedelta(microseconds=1)
    return before.replace(second=0, microsecond=0)


def sums(
    query: CallsQuery, samples: Iterable[Sample], seconds: float, name: str, problems: Problems
) -> dict[datetime, dict[Kind, float]]:
    """Calls, still fractions, by minute and kind: series that differ in other labels only are one kind.

    seconds: what one value of a query `per_second` stands for.
    """
    found: dict[datetime, dict[Kind, float]] = {}
    for sample in samples:
        value = sample.value
        if isinstance(value, float):
            value *= seconds if query.per_second else 1
        if isinstance(value, str) or not 0 <= value < _MOST_CALLS:
            problems.add("bad_number", name, f"got {str(value)[:50]}; expected a number of calls, 0 or more")
            continue
        kinds = found.setdefault(minute_of(sample.at), {})
        kind = _kind(query, sample.labels, name, problems)
        kinds[kind] = kinds.get(kind, 0.0) + value
    return found


def no_calls(query: CallsQuery, minutes: Iterable[datetime]) -> list[ApiCalls]:
    """Minutes that are known to have had no call."""
    status = status_number(query.status) or _NO_CALLS
    return [ApiCalls(minute=minute, method="", endpoint="", status=status, calls=0) for minute in minutes]


class Rounding:
    """Rounds minute after minute and carries the rest over, so that the sum never drifts by more than half a call."""

    def __init__(self, carry: Carry) -> None:
        self._carry = dict(carry)

    def calls(self, minute: datetime, kinds: Mapping[Kind, float]) -> list[ApiCalls]:
        """The whole calls of one minute, which comes after those before."""
        made = []
        for kind, value in kinds.items():
            total = self._carry.get(kind, 0.0) + value
            whole = max(0, int(total + 0.5))
            self._carry[kind] = total - whole
            status, consumer, method, endpoint = kind
            made.append(
                ApiCalls(
                    minute=minute.astimezone(UTC),
                    method=method,
                    endpoint=endpoint,
                    status=status,
                    consumer=consumer,
                    calls=whole,
                )
            )
        return made

    def carry(self) -> Carry:
        """What is left over by now."""
        return {kind: rest for kind, rest in self._carry.items() if abs(rest) > 1e-6}


def stored_carry(carry: Carry) -> Json:
    """As it stands in a cursor."""
    return {json.dumps(kind, ensure_ascii=False): round(rest, 6) for kind, rest in carry.items()}


def restored_carry(kept: Json) -> Carry:
    """As it was; nothing where a cursor holds none."""
    found: dict[Kind, float] = {}
    for text, rest in kept.items() if isinstance(kept, Mapping) else ():
        try:
            parts: Sequence[object] = json.loads(text)
        except ValueError:
            continue
        if len(parts) == 4 and isinstance(parts[0], int) and isinstance(rest, int | float):
            found[parts[0], str(parts[1]), str(parts[2]), str(parts[3])] = float(rest)
    return found


def _kind(query: CallsQuery, labels: Mapping[str, str], name: str, problems: Problems) -> Kind:
    consumer, method, endpoint = (
        labels.get(label, "") if label is not None else ""
        for label in (query.consumer, query.method, query.endpoint)
    )
    return _status(query, labels, name, problems), consumer, method, endpoint


def _status(query: CallsQuery, labels: Mapping[str, str], name: str, problems: Problems) -> int:
    """The status of a series: of its label, else the fixed one; 0, as a problem, for a word not known."""
    word = labels.get(query.status)
    if word is None and (fixed := status_number(query.status)) is not None:
        return fixed
    if not word:
        problems.add(
            "missing_label",
            f"{name}: {query.status}",
            f"{without_label(query.status)}; its calls have no status",
        )
        return 0
    word = word.strip()
    status = status_number(query.status_map.get(word.casefold(), word))
    if status is None:
        shown = word[:50]
        problems.add(
            "unmapped_status",
            f"{name}: {shown}",
            f'the status "{shown}" is none of HTTP; add it to status_map',
        )
        return 0
    return status
