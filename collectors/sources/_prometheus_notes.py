"""What is said of a query whose answer can be read and hardly means what was asked for (pure)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence

from collectors.problems import Problems
from collectors.sources._prometheus_answer import Sample
from collectors.sources._prometheus_settings import CallsQuery, QuotaQuery, RunsQuery

_COUNTED = ("_total", "_count")
"""What the names of counters end in (OpenMetrics), those of summaries and histograms too."""

_TEXT = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|`[^`]*`|#[^\n]*")
_PLAIN = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_MATCHERS = re.compile(r"\{[^{}]*\}")
_LABELS = re.compile(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^()]*\)", re.IGNORECASE)
_SELECTOR = re.compile(r"[A-Za-z_:][\w:]*(?:_total|_count)\b(?!:)(?!\s*[\[(])")
_RATE, _INCREASE = re.compile(r"\bi?rate\s*\("), re.compile(r"\bincrease\s*\(")
_WINDOW = re.compile(r"\[\s*((?:\d+(?:ms|[smhdwy]))+)\s*\]")
_PART = re.compile(r"(\d+)(ms|[smhdwy])")
_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800, "y": 31536000}


def tell(
    query: CallsQuery | RunsQuery | QuotaQuery, samples: Sequence[Sample], name: str, problems: Problems
) -> None:
    """Notes what makes an answer doubtful. samples: those of this integration."""
    counter = raw_counter(query.query, samples) if _counts(query) else None
    if counter is not None:
        problems.add("raw_counter", name, _remedy(query, counter))
    elif isinstance(query, CallsQuery) and (said := miscounted(query)) is not None:
        problems.add("miscounted", name, said)
    for label in _labels_of(query):
        if samples and not any(label in sample.labels for sample in samples):
            problems.add("label_not_found", f"{name}: {label}", without_label(label, "no series has"))


def without_label(label: str, who: str = "a series does not have") -> str:
    """What is said of series without a label that a query names."""
    return f'{who} the label "{label}"; keep it in the query, as in `sum by ({_written(label)}) (…)`, or correct its name'


def _written(label: str) -> str:
    """A label as PromQL takes it: one with dots, as OpenTelemetry has, stands in quotes."""
    return label if _PLAIN.fullmatch(label) else json.dumps(label, ensure_ascii=False)


def miscounted(query: CallsQuery) -> str | None:
    """Why a query gives other numbers than the calls of one step; None where it says nothing of it, or does sums."""
    text = _bare(query.query)
    if "*" in text or "/" in text:
        return None
    rate, increase = _RATE.search(text), _INCREASE.search(text)
    if rate and not increase and not query.per_second:
        return "rate() gives calls per second, and they are counted as calls; write increase(), or per_second: true"
    if increase and not rate and query.per_second:
        return "increase() gives calls, and per_second takes them for calls per second; leave per_second out"
    step = query.range.step.total_seconds() if query.range is not None else 60.0
    spans = {_seconds_of(span) for span in _WINDOW.findall(text)} if increase else set()
    if len(spans) == 1 and (span := spans.pop()) != step:
        return f"increase() looks back {span:g} s, and a value stands for {step:g} s; write [{step:g}s], or divide: … * {step:g} / {span:g}"
    return None


def _seconds_of(span: str) -> float:
    return sum(int(number) * _SECONDS[unit] for number, unit in _PART.findall(span))


def _bare(query: str) -> str:
    """The query without texts, comments, and the labels that it names."""
    return _LABELS.sub(" ", _MATCHERS.sub("", _TEXT.sub("", query)))


def raw_counter(query: str, samples: Iterable[Sample]) -> str | None:
    """A counter that the query gives as it stands, which only ever grows; None where it has none.

    It is told by its name: in the answer, which keeps it where no function was applied, or in the query where no
    `[5m]` stands behind it.
    """
    for sample in samples:
        if sample.labels.get("__name__", "").endswith(_COUNTED):
            return sample.labels["__name__"]
    text = _bare(query)
    if re.search(r"\boffset\b", text):
        # What a counter was before, taken from what it is, is an increase.
        return None
    found = _SELECTOR.search(text)
    return found[0] if found is not None else None


def _counts(query: CallsQuery | RunsQuery | QuotaQuery) -> bool:
    """Whether a counter since the start of a program is none of what a query is to give."""
    return isinstance(query, CallsQuery) or (isinstance(query, QuotaQuery) and query.value != "remaining")


def _remedy(query: CallsQuery | RunsQuery | QuotaQuery, counter: str) -> str:
    grows = f"{counter} is a counter, which grows since its program started"
    if isinstance(query, QuotaQuery):
        return f"{grows}; write what of it falls into the limit's window, as in increase({counter}[1h])"
    if isinstance(query, CallsQuery) and query.per_second:
        return f"{grows}; write rate({counter}[1m])"
    return f"{grows}: each poll would count all its calls again; write increase({counter}[1m])"


def _labels_of(query: CallsQuery | RunsQuery | QuotaQuery) -> list[str]:
    """The labels that a calls query names, beside its status, which is told by itself."""
    if not isinstance(query, CallsQuery):
        return []
    return [label for label in (query.consumer, query.method, query.endpoint) if label is not None]
