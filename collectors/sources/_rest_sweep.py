"""One poll of a `rest` source: page after page, and the cursor that stands after each."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus

from collectors.auth import Caller
from collectors.exchange import Request, Response
from collectors.expressions import compile_expression, root_names
from collectors.problems import Problems
from collectors.request import Value, takes_values
from collectors.source import SourceContext
from collectors.sources._rest_body import body_of, error_beside, list_in
from collectors.sources._rest_cursor import Memory, Sweep, settings_digest
from collectors.sources._rest_detail import Budget, Detailed, Details
from collectors.sources._rest_ends import Ends
from collectors.sources._rest_notes import (
    say_no_mark,
    say_partial,
    say_repeated,
    say_truncated,
    say_unfollowed,
)
from collectors.sources._rest_pages import Walk
from collectors.sources._rest_parent import Parent
from collectors.sources._rest_parse import PageReader, Reading
from collectors.sources._rest_repeats import Repeats
from collectors.sources._rest_settings import RestSettings
from collectors.sources._rest_since import asked_from, placeholders
from collectors.sources._rest_validator import conditional, validator_of
from core.errors import SourceError
from core.records import Batch, Cursor

_ITEMS_AT_ONCE = 5_000
_STALE_POSITION = frozenset({400, 404, 410, 416, 422})


@dataclass(frozen=True, slots=True)
class _Page:
    """One answer. items: before any filter; after: the sweep at the next page, None at the end; error: what it
    says went wrong, though it gives items; broken: why there is no telling what comes after."""

    request: Request
    response: Response
    body: object
    items: Sequence[object]
    after: Sweep | None
    error: str | None
    broken: SourceError | None


class RestPoll:
    """Walks the list once, from where the last poll stopped.

    parent: whose list it is, where there is one for each; budget: of detail calls, where lists share it.
    """

    def __init__(
        self,
        settings: RestSettings,
        cursor: Cursor,
        ctx: SourceContext,
        parent: Parent | None = None,
        budget: Budget | None = None,
    ) -> None:
        self._settings = settings
        self._own = {} if parent is None else {"each": parent.value}
        self._ctx = ctx
        self._memory = Memory.of_cursor(cursor, settings_digest(settings))
        self._reader = PageReader(settings, ctx.now, parent)
        self._walk = Walk(settings.pages, settings.request)
        self._records = compile_expression(settings.records)
        lists = (settings.failed_records, settings.record_events, settings.counts)
        self._beside = {name for one in lists if one is not None for name in root_names(one.records)}
        self._caller = Caller(ctx.http, settings.auth, settings.request.url)
        detail, known = settings.detail, self._memory.detailed
        self._details = (
            Details(detail, self._caller, self._reader.converts, known, ctx.horizon, self._own, budget)
            if detail
            else None
        )
        since = asked_from(settings, self._memory, ctx.now, self._reader.zone)
        self._sweep = self._memory.sweep or Sweep(since=since, mark=self._memory.mark)
        # Whether this poll walks the list from its first page.
        self._whole = self._sweep.position is None
        self._ends = Ends(self._walk, self._reader.identity, self._reader.past)
        self._failed_seen: set[str] = set()
        fields = settings.fields or {}
        self._repeats = Repeats() if fields and "attempt" not in fields else None
        # Whether a page told an error beside its items: the mark stays, so that all is asked for again.
        self._partial = False
        self._anew = False
        self._any_mark = self._any_passed = False
        self._counted = (ctx.http.requests, ctx.http.bytes)

    async def batches(self) -> AsyncIterator[Batch]:
        """The pages as batches, each with the cursor after it. Raises SourceError after what was read."""
        pages = 0
        more = True
        while more:
            request = self._request()
            response = await self._caller.fetch(request)
            if response.status == 304 and self._memory.validator is not None:
                yield self._batch(Reading(), Problems(), 0, last=True)
                return
            over = self._past_the_end(response)
            if not over and self._lost(response, pages):
                continue
            body = None if over else body_of(response)
            items = () if over else self._items(response, body)
            pages += 1
            page = self._page(request, response, body, items)
            cut = page.after is not None and (pages >= self._settings.pages.max or self._ends.tired)
            more = page.after is not None and not cut
            async for batch, goes_on in self._read(page, cut=cut):
                more = more and goes_on
                yield batch
            if page.broken is not None:
                raise page.broken

    def _page(self, request: Request, response: Response, body: object, items: Sequence[object]) -> _Page:
        beside = items and items[0] is not body
        error = error_beside(body, self._settings.records, self._beside) if beside else None
        self._partial = self._partial or error is not None
        try:
            after, broken = self._ends.after(self._sweep, response, body, items), None
        except SourceError as trouble:
            after, broken = None, trouble
        return _Page(request, response, body, items, after, error, broken)

    def _request(self) -> Request:
        values: Mapping[str, Value] = {}
        if takes_values(self._settings.request):
            values = placeholders(self._settings, self._sweep.since, self._ctx.now, self._reader.zone)
        request = self._walk.page_request(self._sweep.position, {**values, **self._own})
        asking = conditional(request, self._memory.validator) if self._sweep.position is None else None
        if asking is None and self._memory.validator is not None:
            self._memory = replace(self._memory, validator=None)
        return asking or request

    def _items(self, response: Response, body: object) -> Sequence[object]:
        settings = self._settings
        return list_in(
            response,
            body,
            self._records,
            settings.records,
            single=settings.counts_only,
            known=self._beside,
        )

    def _past_the_end(self, response: Response) -> bool:
        """Whether pages were counted on past the last one, which some sources answer with a 404."""
        return self._walk.counted and response.status == 404 and self._sweep.position is not None

    def _lost(self, response: Response, pages: int) -> bool:
        """Whether the source no longer knows the position we stopped at: then we begin anew, once a poll."""
        stopped_here = not self._whole and not pages and response.status in _STALE_POSITION
        gone = self._sweep.position is not None and response.status == HTTPStatus.GONE
        if self._anew or not (stopped_here or gone):
            return False
        self._sweep, self._whole = Sweep(since=self._sweep.since, mark=self._memory.mark), True
        self._memory = replace(self._memory, sweep=None)
        self._ends, self._anew = Ends(self._walk, self._reader.identity, self._reader.past), True
        return True

    async def _read(self, page: _Page, *, cut: bool) -> AsyncIterator[tuple[Batch, bool]]:
        """The page's items in batches, and whether the walk may go on after each."""
        inside: set[str] = set()
        for first in range(0, max(1, len(page.items)), _ITEMS_AT_ONCE):
            chunk = page.items[first : first + _ITEMS_AT_ONCE]
            last = first + _ITEMS_AT_ONCE >= len(page.items)
            problems = Problems()
            reading = self._reader.read(chunk, first + 1, problems, page.body)
            inside |= reading.lists.inside
            reading.lists.inside = inside
            if last:
                self._reader.read_beside(page.body, reading, problems)
            if self._repeats is not None:
                reading.runs = self._repeats.latest(reading.runs, problems)
            detailed = await self._detailed(reading, problems)
            self._note_marks(reading)
            if detailed.unasked:
                # The page is read again next time; what was asked is remembered, so that it moves on.
                self._memory = replace(self._memory, sweep=self._sweep)
                say_truncated(problems, f"{detailed.unasked} details of runs are left")
                yield self._batch(reading, problems, len(chunk)), False
                if detailed.stopped is not None:
                    raise detailed.stopped
                return
            if last:
                self._turn(page, problems, cut=cut)
            else:
                self._memory = replace(self._memory, sweep=self._sweep)
            ends = last and page.broken is None and (cut or page.after is None)
            yield self._batch(reading, problems, len(chunk), last=ends), True
            if not ends:
                await asyncio.sleep(0)

    async def _detailed(self, reading: Reading, problems: Problems) -> Detailed:
        if self._details is None:
            return Detailed()
        detailed = await self._details.add(reading.runs, problems)
        reading.runs = detailed.runs
        self._failed_seen.update(detailed.again, detailed.learned)
        self._memory = self._memory.knowing(detailed.learned)
        return detailed

    def _note_marks(self, reading: Reading) -> None:
        self._any_passed = self._any_passed or reading.passed
        self._any_mark = self._any_mark or reading.marked
        self._sweep = self._sweep.noting(reading.mark, reading.open_mark, self._reader.zone)

    def _turn(self, page: _Page, problems: Problems, *, cut: bool) -> None:
        """What is remembered after a page: the next one, or the watermark if this was the last."""
        if page.error is not None:
            say_partial(problems, page.error)
        if page.broken is not None:
            # The page is asked for again: what comes after it may be told then.
            self._memory = replace(self._memory, sweep=self._sweep)
            return
        if page.after is not None:
            self._sweep = replace(page.after, mark=self._sweep.mark, open_mark=self._sweep.open_mark)
            self._memory = replace(self._memory, sweep=self._sweep)
            if cut:
                say_truncated(problems, "there are more pages")
            return
        self._end(page, problems)

    def _end(self, page: _Page, problems: Problems) -> None:
        """The list was walked to its last page: where the next poll begins, and what it need not ask."""
        if self._ends.ignored:
            say_repeated(problems)
        if self._ends.unnamed:
            say_unfollowed(self._settings, page.response, page.body, problems)
        say_no_mark(self._settings, self._any_passed and not self._any_mark, problems)
        validator = (
            validator_of(page.request, page.response)
            if self._whole and self._sweep.position is None and not self._partial
            else None
        )
        self._memory = self._memory.swept(self._sweep, validator, partial=self._partial)
        if self._whole:
            detailed = [digest for digest in self._memory.detailed if digest in self._failed_seen]
            self._memory = replace(self._memory, detailed=detailed)

    def _batch(self, reading: Reading, problems: Problems, items: int, *, last: bool = False) -> Batch:
        http, (requests, size) = self._ctx.http, self._counted
        self._counted = (http.requests, http.bytes)
        return Batch(
            cursor=self._memory.cursor(),
            runs=reading.runs,
            failed_records=reading.lists.failed_records,
            record_events=reading.lists.record_events,
            counts=reading.lists.counts,
            problems=problems.listed(),
            items=items,
            requests=http.requests - requests,
            bytes=http.bytes - size,
            last=last,
        )
