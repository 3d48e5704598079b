"""One poll of a `rest` source with a list for each job: they are listed, then the list of each is walked."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from http import HTTPStatus

import msgspec

from collectors.auth import Caller
from collectors.expressions import compile_expression
from collectors.problems import Problems
from collectors.source import SourceContext
from collectors.sources._rest_body import body_of, list_in
from collectors.sources._rest_cursor import Sweep, settings_digest
from collectors.sources._rest_detail import Budget
from collectors.sources._rest_each_settings import EachSettings
from collectors.sources._rest_ends import Ends
from collectors.sources._rest_notes import say_truncated
from collectors.sources._rest_pages import Walk
from collectors.sources._rest_parent import Parent, ParentReader, Turns
from collectors.sources._rest_parse import digest_of
from collectors.sources._rest_settings import RestSettings
from collectors.sources._rest_sweep import RestPoll
from collectors.token_answer import LoginError
from core.errors import SourceError
from core.records import Batch, Cursor, Problem, SyncRun

_MOST_SILENT = 3
"""So many in a row without an answer, or with a refused key, and it is not they that are at fault."""

_MOST_NAMED = 10
"""Of those that answered wrong in one poll so many are named; the others are counted together."""

_MOST_COMPARED = 100_000
"""Runs of one poll that are remembered to see whether others share their ids."""


class EachPoll:
    """Lists them, and reads on the list of each, from where the last poll stopped."""

    def __init__(
        self, settings: RestSettings, each: EachSettings, cursor: Cursor, ctx: SourceContext
    ) -> None:
        self._settings, self._each, self._ctx = settings, each, ctx
        self._caller = Caller(ctx.http, settings.auth, settings.request.url)
        self._turns = Turns.of_cursor(cursor, settings_digest(settings))
        self._budget = Budget(settings.detail.max) if settings.detail is not None else None
        self._shared = _Shared("job" in (settings.fields or {}))
        self._failures: list[SourceError] = []
        self._silent = 0
        # Whether this poll may go on with another one.
        self._stopped = False

    async def batches(self) -> AsyncIterator[Batch]:
        """The pages of one after another, each with the cursor after it. Raises SourceError after what was read."""
        problems = Problems()
        listed, whole = await self._listed(problems)
        waiting = self._turns.waiting(listed.values())
        turn = waiting[: self._each.max]
        for parent in turn:
            async for batch in self._read(parent):
                yield batch
            if self._stopped:
                break
        if not listed:
            problems.add("no_parents", "each", f"{self._each.records} lists nothing that can be asked for")
        left = [one for one in waiting if one.key not in self._turns.asked]
        behind = [one for one in listed.values() if self._turns.under_way(one) and one not in turn]
        if left:
            say_truncated(problems, f"{len(left)} of {len(listed)} that each lists are left")
        elif behind:
            say_truncated(problems, f"of {len(behind)} that each lists there are more pages")
        if not left:
            self._turns.end_round(listed, whole=whole)
        yield Batch(cursor=self._turns.cursor(), problems=problems.listed())
        all_failed = len(self._failures) == len(turn) >= min(len(listed), self._each.max)
        if self._failures and (all_failed or self._silent >= _MOST_SILENT):
            raise self._failures[-1]

    async def _listed(self, problems: Problems) -> tuple[dict[str, Parent], bool]:
        """Key → what is listed, and whether that is all. Raises SourceError where it cannot be read."""
        each, found = self._each, dict[str, Parent]()
        walk, reader = Walk(each.pages, each.request), ParentReader(each)
        ends = Ends(walk, digest_of, lambda _items, _since: False)
        records, sweep = compile_expression(each.records), Sweep()
        for _ in range(each.pages.max):
            response = await self._caller.fetch(walk.page_request(sweep.position, {}))
            if response.status == HTTPStatus.NOT_FOUND and sweep.position is not None and walk.counted:
                return found, True
            body = body_of(response)
            items = list_in(response, body, records, each.records)
            reader.read(items, found, problems)
            try:
                following = ends.after(sweep, response, body, items)
            except SourceError as error:
                problems.add("truncated", "each", f"those on the pages to come are not read: {error.message}")
                return found, False
            if following is None:
                return found, True
            sweep = following
            if ends.tired:
                break
        problems.add("truncated", "each", "there are more pages of them than are read; raise each.pages.max")
        return found, False

    async def _read(self, parent: Parent) -> AsyncIterator[Batch]:
        """The pages of one of them. What it answers wrong becomes a problem, unless nobody is to be asked now."""
        http = self._ctx.http
        last, whole = http.last, False
        poll = RestPoll(self._settings, self._turns.state(parent), self._ctx, parent, self._budget)
        try:
            async for batch in poll.batches():
                whole = self._turns.stands(parent, batch.cursor)
                yield self._told(parent, batch)
        except SourceError as error:
            if error.retry_after is not None or isinstance(error, LoginError):
                raise
            answered = http.last is not last and http.last is not None
            refused = http.last is not None and http.last.status == HTTPStatus.UNAUTHORIZED
            self._silent = 0 if answered and not refused else self._silent + 1
            self._stopped = self._silent >= _MOST_SILENT
            self._turns.asked[parent.key] = None
            yield self._failed(parent, error)
            return
        self._silent = 0
        if not whole and self._budget is not None and self._budget.left <= 0:
            self._stopped = True
            return
        self._turns.asked[parent.key] = None

    def _failed(self, parent: Parent, error: SourceError) -> Batch:
        self._failures.append(error)
        named = len(self._failures) <= _MOST_NAMED
        where = f"each: {parent.key[:100]}" if named else "each: others"
        problem = Problem(kind="parent_failed", where=where, message=error.message[:300], count=1)
        return Batch(cursor=self._turns.cursor(), problems=[problem])

    def _told(self, parent: Parent, batch: Batch) -> Batch:
        """A batch of one of them: with the cursor of all, and its problems under its name."""
        name = f"each: {parent.key[:100]}"
        problems = [
            msgspec.structs.replace(one, where=f"{name}: {one.where}") if one.kind in _OF_ONE else one
            for one in batch.problems
        ]
        problems += self._shared.told(parent, batch.runs)
        return msgspec.structs.replace(batch, cursor=self._turns.cursor(), problems=problems, last=False)


_OF_ONE = frozenset({"truncated", "detail_failed", "partial_answer", "repeated_id", "missing_id", "bad_item"})
"""Kinds of problems that one has and others have not; those of the settings are alike for all."""


class _Shared:
    """Sees, within one poll, whether runs of two of them have one identity. looks: the job is mapped, so they may."""

    def __init__(self, looks: bool) -> None:
        self._looks = looks
        self._of: dict[tuple[str, str], str] = {}

    def told(self, parent: Parent, runs: Sequence[SyncRun]) -> list[Problem]:
        """The problem, with how many runs it is about; none where all are told apart."""
        if not self._looks:
            return []
        count, other = 0, ""
        for run in runs:
            known = self._of.get((run.job, run.external_id))
            if known is None and len(self._of) < _MOST_COMPARED:
                self._of[run.job, run.external_id] = parent.key
            elif known not in (None, parent.key):
                count, other = count + 1, str(known)
        if not count:
            return []
        text = (
            f"has runs with the job and id of runs of {other[:100]}, and replaces them; leave fields.job out"
        )
        return [Problem(kind="repeated_id", where=f"each: {parent.key[:100]}", message=text, count=count)]
