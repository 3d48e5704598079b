"""One poll of a `prometheus` source: query after query, window after window."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import quote, urlencode, urlsplit

from collectors.auth import Caller
from collectors.exchange import Request
from collectors.problems import Problems
from collectors.source import SourceContext
from collectors.sources._prometheus_answer import Answer, QueryError, Sample, answer_of
from collectors.sources._prometheus_calls import MINUTE, Rounding, minute_of, no_calls, sums
from collectors.sources._prometheus_notes import tell
from collectors.sources._prometheus_records import fixed_limit, quotas_of, runs_of, wanted
from collectors.sources._prometheus_settings import CallsQuery, PrometheusSettings, QuotaQuery, RunsQuery
from collectors.sources._prometheus_windows import State, Window, floor, key_of, windows
from core.errors import SourceError
from core.records import ApiCalls, Batch, Cursor, QuotaReading

AnyQuery = CallsQuery | RunsQuery | QuotaQuery


class PrometheusPoll:
    """Asks every query once; one that is refused leaves the others their answers."""

    def __init__(self, settings: PrometheusSettings, cursor: Cursor, ctx: SourceContext) -> None:
        self._settings, self._ctx = settings, ctx
        self._caller = Caller(ctx.http, settings.auth, settings.url)
        kept = cursor.get("queries")
        keys = [key_of(query) for query in settings.queries]
        self._states = {
            key: State.restored(kept.get(key) if isinstance(kept, dict) else None) for key in keys
        }
        self._counted = (0, 0)

    async def batches(self) -> AsyncIterator[Batch]:
        """A batch for each answer. Raises SourceError after the last one, naming every query that failed."""
        errors: list[QueryError] = []
        for number, query in enumerate(self._settings.queries, start=1):
            name = query.name or f"query {number}"
            try:
                async for batch in self._asked(query, name):
                    yield batch
            except QueryError as error:
                errors.append(error)
        if errors:
            text = "; ".join(error.message for error in errors)
            raise SourceError(text, permanent=all(error.permanent for error in errors))

    async def _asked(self, query: AnyQuery, name: str) -> AsyncIterator[Batch]:
        key = key_of(query)
        if query.range is None:
            problems = Problems()
            at = floor(self._ctx.now, MINUTE) if isinstance(query, CallsQuery) else None
            answer = await self._instant(query.query, at, name, problems)
            yield await self._read_instant(query, answer, at, name, problems)
            return
        step = query.range.step
        for window in windows(query.range, self._states[key], self._ctx.now, self._ctx.horizon):
            problems = Problems()
            answer = await self._range(query.query, window, step, name, problems)
            samples = [one for one in answer.samples if not window.settled or one.at > window.after]
            yield await self._read_window(query, replace(answer, samples=samples), window, name, problems)

    async def _read_instant(
        self, query: AnyQuery, answer: Answer, at: datetime | None, name: str, problems: Problems
    ) -> Batch:
        samples = wanted(query, answer.samples, self._ctx.integration, name, problems)
        tell(query, samples, name, problems)
        empty = query.empty == "zero" and not answer.times
        if isinstance(query, RunsQuery):
            return self._batch(problems, len(samples), runs=runs_of(query, samples, name, problems))
        if isinstance(query, QuotaQuery):
            samples = [Sample({}, self._ctx.now, 0.0)] if empty else samples
            limits = await self._limits(query, None, name, problems)
            readings = self._quotas(query, samples, limits, self._ctx.now, name, problems)
            return self._batch(problems, len(samples), quotas=readings)
        key, state = key_of(query), self._states[key_of(query)]
        # The same minute read again is rounded from where it was rounded before.
        before = state.carry if state.at == at else state.later
        rounding = Rounding(before)
        calls = _rounded(query, samples, MINUTE, rounding, name, problems)
        if empty and at is not None:
            calls = no_calls(query, [minute_of(at)])
        self._states[key] = State(at, before, rounding.carry())
        return self._batch(problems, len(samples), calls=calls)

    async def _read_window(
        self, query: AnyQuery, answer: Answer, window: Window, name: str, problems: Problems
    ) -> Batch:
        assert query.range is not None
        samples = wanted(query, answer.samples, self._ctx.integration, name, problems)
        tell(query, samples, name, problems)
        key, state = key_of(query), self._states[key_of(query)]
        if isinstance(query, RunsQuery):
            self._states[key] = State(window.next)
            return self._batch(problems, len(samples), runs=runs_of(query, samples, name, problems))
        if isinstance(query, QuotaQuery):
            limits = await self._limits(query, window, name, problems)
            readings = self._quotas(query, samples, limits, None, name, problems)
            self._states[key] = State(window.next)
            return self._batch(problems, len(samples), quotas=readings)
        # Rounded up to where the next window begins, and from there on: so it is rounded alike next time.
        rounding = Rounding(state.carry if state.at == window.after else {})
        early = [one for one in samples if one.at <= window.next]
        calls = _rounded(query, early, query.range.step, rounding, name, problems)
        self._states[key] = State(window.next, rounding.carry())
        late = [one for one in samples if one.at > window.next]
        calls += _rounded(query, late, query.range.step, rounding, name, problems)
        if query.empty == "zero":
            calls += no_calls(query, _missing(answer, window, query.range.step))
        return self._batch(problems, len(samples), calls=calls)

    async def _limits(
        self, query: QuotaQuery, window: Window | None, name: str, problems: Problems
    ) -> Sequence[Sample]:
        """What a limit in PromQL is now; over a stretch of time, what it is at its end."""
        if query.limit is None or fixed_limit(query) is not None:
            return ()
        at = window.until if window is not None else None
        return (await self._instant(query.limit, at, f"{name}: limit", problems)).samples

    def _quotas(
        self,
        query: QuotaQuery,
        samples: Sequence[Sample],
        limits: Sequence[Sample],
        observed_at: datetime | None,
        name: str,
        problems: Problems,
    ) -> list[QuotaReading]:
        scope = query.scope or urlsplit(self._settings.url).netloc.rpartition("@")[2]
        return quotas_of(query, samples, limits, scope, observed_at, name, problems)

    async def _instant(self, text: str, at: datetime | None, name: str, problems: Problems) -> Answer:
        times = [("time", _seconds(at))] if at is not None else []
        return await self._fetch("query", [("query", text), *times], name, problems)

    async def _range(
        self, text: str, window: Window, step: timedelta, name: str, problems: Problems
    ) -> Answer:
        times = [
            ("start", _seconds(window.after + step)),
            ("end", _seconds(window.until)),
            ("step", f"{step.total_seconds():g}"),
        ]
        return await self._fetch("query_range", [("query", text), *times], name, problems)

    async def _fetch(self, path: str, params: list[tuple[str, str]], name: str, problems: Problems) -> Answer:
        more = [(key, text) for key, texts in self._settings.params.items() for text in texts]
        address = f"{self._settings.url}/api/v1/{path}?{urlencode([*params, *more], quote_via=quote)}"
        request = Request("GET", address, tuple(self._settings.headers.items()))
        return answer_of(await self._caller.fetch(request), name, problems)

    def _batch(self, problems: Problems, items: int, **records: object) -> Batch:
        http, (requests, size) = self._ctx.http, self._counted
        self._counted = (http.requests, http.bytes)
        return Batch(
            cursor={"queries": {key: state.stored() for key, state in self._states.items()}},
            problems=problems.listed(),
            items=items,
            requests=http.requests - requests,
            bytes=http.bytes - size,
            **records,  # type: ignore[arg-type]
        )


def _rounded(
    query: CallsQuery,
    samples: Sequence[Sample],
    step: timedelta,
    rounding: Rounding,
    name: str,
    problems: Problems,
) -> list[ApiCalls]:
    found = sums(query, samples, step.total_seconds(), name, problems)
    return [call for minute in sorted(found) for call in rounding.calls(minute, found[minute])]


def _missing(answer: Answer, window: Window, step: timedelta) -> list[datetime]:
    """The minutes of a window that have no value of any series."""
    known = {minute_of(at) for at in answer.times}
    unit = max(step, MINUTE)
    ends = (window.after + unit * n for n in range(1, (window.until - window.after) // unit + 1))
    return [minute for end in ends if (minute := minute_of(end)) not in known]


def _seconds(at: datetime) -> str:
    return f"{at.timestamp():.3f}".removesuffix(".000")
