"""Reads an answer of Prometheus: samples of any type of result, or what kind of failure it is (pure)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from collectors.exchange import Response, shown_url
from collectors.problems import Problems
from collectors.refusal import refusal
from core.errors import SourceError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_OUTAGES = frozenset({"timeout", "canceled", "internal", "unavailable", "server_error", "too_many_requests"})
_MOST_NOTES = 20


class QueryError(SourceError):
    """The server answered, and not with data: the other queries are asked all the same."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One value of one series. value: a finite number, or the text of a `string` result."""

    labels: Mapping[str, str]
    at: datetime
    value: float | str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a query found. times: every time that had a value, also one that is no number."""

    samples: Sequence[Sample]
    times: frozenset[datetime]


def answer_of(response: Response, name: str, problems: Problems) -> Answer:
    """The samples; warnings, NaN, Inf and what cannot be read become problems, counted.

    name: of the query. Raises QueryError: permanent where the query is wrong, not where the server fails.
    """
    body = _body(response, name)
    for key, kind in (("warnings", "warning"), ("infos", "info")):
        notes = body.get(key)
        for note in list(notes)[:_MOST_NOTES] if isinstance(notes, list) else ():
            problems.add(kind, name, str(note))
    if body.get("isPartial") is True:
        problems.add(
            "partial_answer",
            name,
            "some of the server's storages did not answer (isPartial): values are too low",
        )
    data = body.get("data")
    if not isinstance(data, Mapping) or "resultType" not in data:
        raise QueryError(f"{name}: {shown_url(response.url)} answered without a result; is it a Prometheus?")
    samples, times = [], set()
    for labels, pair in _pairs(data, name, problems):
        try:
            at, value = _sample(pair, text=data["resultType"] == "string")
        except (ValueError, TypeError, OverflowError):
            problems.add("bad_sample", name, "expected a time and a number; the value is passed over")
            continue
        times.add(at)
        if value is None:
            problems.add("no_number", name, "NaN or Inf, which is no data")
        else:
            samples.append(Sample(labels, at, value))
    return Answer(samples, frozenset(times))


def _body(response: Response, name: str) -> Mapping[str, object]:
    try:
        body = response.json()
    except SourceError as error:
        if not response.ok:
            failed = refusal(response)
            raise QueryError(f"{name}: {failed.message}", permanent=failed.permanent) from None
        raise QueryError(f"{name}: {error.message}") from None
    if isinstance(body, Mapping) and response.ok and body.get("status") != "error":
        return {str(key): value for key, value in body.items()}
    if isinstance(body, Mapping) and ("errorType" in body or "error" in body):
        raise _failure(response, body, name)
    if response.ok:
        raise QueryError(f"{name}: {shown_url(response.url)} answered JSON that is none of Prometheus's")
    failed = refusal(response)
    raise QueryError(f"{name}: {failed.message}", permanent=failed.permanent)


def _failure(response: Response, body: Mapping[object, object], name: str) -> QueryError:
    """The query is to blame, or the server: its word for the error tells, else the status."""
    kind, said = str(body.get("errorType") or ""), str(body.get("error") or "").strip()
    said = said if len(said) <= 300 else said[:299] + "…"
    what = f"{kind}: {said}" if kind and said else kind or said
    if response.status in (401, 403, 407):
        return QueryError(f"{name}: {refusal(response).message}", permanent=True)
    outage = kind in _OUTAGES or (response.status >= 500 and kind not in ("bad_data", "execution"))
    if outage or response.status in (408, 429):
        return QueryError(f"{name}: {shown_url(response.url)} could not answer ({response.status}): {what}")
    return QueryError(
        f"{name}: refused ({response.status}): {what}; correct the query in the configuration",
        permanent=True,
    )


def _pairs(
    data: Mapping[object, object], name: str, problems: Problems
) -> Iterator[tuple[Mapping[str, str], object]]:
    """Labels and [time, value] of each value, whatever the type of result."""
    result = data.get("result")
    match data["resultType"]:
        case "scalar" | "string":
            yield {}, result
        case "vector" | "matrix" if isinstance(result, list):
            for series in result:
                yield from _of_series(series, name, problems)
        case kind:
            problems.add("bad_result", name, f"a result of type {str(kind)[:50]} is not known")


def _of_series(series: object, name: str, problems: Problems) -> Iterator[tuple[Mapping[str, str], object]]:
    if not isinstance(series, Mapping):
        problems.add("bad_sample", name, "expected a series with metric and value")
        return
    metric = series.get("metric")
    labels = {str(key): str(text) for key, text in metric.items()} if isinstance(metric, Mapping) else {}
    if "histogram" in series or "histograms" in series:
        problems.add("bad_sample", name, "a native histogram is no number; use histogram_count() or the like")
    if "value" in series:
        yield labels, series["value"]
    values = series.get("values")
    for pair in values if isinstance(values, list) else ():
        yield labels, pair


def _sample(pair: object, *, text: bool) -> tuple[datetime, float | str | None]:
    """Time and value; None for what is no number. Raises ValueError, TypeError, OverflowError."""
    if not isinstance(pair, list | tuple) or len(pair) != 2:
        raise ValueError("no pair")
    seconds = float(pair[0])
    if isinstance(pair[0], bool) or not math.isfinite(seconds):
        raise ValueError("no time")
    at = _EPOCH + timedelta(microseconds=round(seconds * 1_000_000))
    if isinstance(pair[1], bool) or not isinstance(pair[1], str | int | float):
        raise ValueError("no value")
    if text:
        try:
            value = float(pair[1])
        except ValueError:
            return at, str(pair[1])
    else:
        value = float(pair[1])
    return at, value if math.isfinite(value) else None
