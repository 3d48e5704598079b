"""Makes records of the items of one page, and tells what marks stand on them (pure)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from collectors.expressions import ExpressionError, Getter, compile_expression
from collectors.lists import Found, InnerLists
from collectors.mapping import Convert, RunMapping, run_converts
from collectors.marks import Mark, Raw
from collectors.problems import Problems
from collectors.sources._rest_parent import Parent
from collectors.sources._rest_settings import RestSettings
from collectors.times import Hints, parse_time
from collectors.values import as_json, as_text
from collectors.views import truthy
from core.records import OPEN_STATUSES, SyncRun
from core.same import Same, remembered

_LONGEST_OPEN = timedelta(days=7)

_ROW = (
    "; name its values in records, as in rows[*].{id: [0], state: [1]}, "
    "or in each(groups, 'rows', 'row')[*].{id: row[0], state: row[1], job: parent.name}"
)


@dataclass(slots=True)
class Reading:
    """What some items brought.

    passed: whether `where` let any item pass; mark: the furthest of what could be read; marked: whether any item had
    one; open_mark: the least one of runs not ended yet; lists: what stood in lists.
    """

    runs: list[SyncRun] = field(default_factory=list)
    lists: Found = field(default_factory=Found)
    passed: bool = False
    mark: Mark | None = None
    open_mark: Mark | None = None
    marked: bool = False


@dataclass(frozen=True, slots=True)
class _Compiled:
    """What of the settings is the same at each poll. mark: finds an item's; run: None where no runs are brought."""

    zone: ZoneInfo
    hints: Hints
    where: Getter | None
    mark: Callable[[object], Mark | None] | None
    newest_first: bool
    converts: Mapping[str, Convert]
    run: RunMapping | None
    identity: Sequence[Getter]


@remembered
def _compiled(held: Same[RestSettings]) -> _Compiled:
    settings = held.held
    zone, hints = ZoneInfo(settings.time.zone), Hints(order=settings.time.order)
    fields, unit = settings.fields or {}, settings.time.duration_unit
    identity = ("external_id", "job", "attempt" if "attempt" in fields else "started_at")
    return _Compiled(
        zone=zone,
        hints=hints,
        where=compile_expression(settings.where) if settings.where is not None else None,
        mark=_marks(compile_expression(settings.cursor.field), zone, hints) if settings.cursor else None,
        newest_first=settings.cursor is not None and settings.cursor.order == "newest_first",
        converts=run_converts(zone, unit, hints),
        run=RunMapping.compile(fields, settings.status_map, zone, unit, hints) if fields else None,
        identity=[compile_expression(fields[name]) for name in identity if name in fields],
    )


def _marks(get: Getter, zone: ZoneInfo, hints: Hints) -> Callable[[object], Mark | None]:
    """Finds an item's mark; a date whose order the settings name is written as ISO 8601, which sorts."""

    def mark(item: object) -> Mark | None:
        found = Mark.of(get(item), zone)
        if hints.order is None or found is None or found.at is not None:
            return found
        with suppress(ValueError):
            at = parse_time(found.raw, zone, hints)
            return found if at is None else Mark.of(at.isoformat().replace("+00:00", "Z"), zone)
        return found

    return mark


class PageReader:
    """Reads items by the settings' mappings. now: when the poll began; parent: whose list it is, if anybody's."""

    def __init__(self, settings: RestSettings, now: datetime, parent: Parent | None = None) -> None:
        compiled = _compiled(Same(settings))
        self._parent, self._now = parent, now
        self.zone, self.converts = compiled.zone, compiled.converts
        self._oldest_open = now - (settings.stale_after or _LONGEST_OPEN)
        self._where, self._mark, self._run = compiled.where, compiled.mark, compiled.run
        self._newest_first, self._identity = compiled.newest_first, compiled.identity
        self._lists = InnerLists(settings, compiled.zone, now, compiled.hints)

    def identity(self, item: object) -> Hashable:
        """What tells an item from others in a sweep: the run's id, job and attempt (or start), or all of it."""
        if self._identity:
            seen = self._seen(item)
            try:
                found = tuple(as_text(get(seen)) for get in self._identity)
            except ExpressionError:
                return digest_of(item)
            if found[0] is not None:
                return found
        return digest_of(item)

    def past(self, items: Sequence[object], since: Raw | None) -> bool:
        """Whether a list that begins with the newest is past `since`: every item of a page is older."""
        least = Mark.of(since, self.zone)
        if not self._newest_first or self._mark is None or least is None:
            return False
        return all(self._older(self._mark, item, least) for item in items)

    def _older(self, mark_of: Callable[[object], Mark | None], item: object, least: Mark) -> bool:
        try:
            mark = mark_of(item)
        except ExpressionError:
            return False
        return mark is not None and mark < least

    def read(self, items: Sequence[object], first: int, problems: Problems, body: object = None) -> Reading:
        """The records of some items. first: the number of the first one, for problems; body: all of the answer."""
        reading = Reading()
        beside = self._lists.told_beside(self._seen(body))
        for number, item in enumerate(items, first):
            self._read_item(item, f"item {number}", reading, problems, beside)
        return self._owned(reading)

    def read_beside(self, body: object, reading: Reading, problems: Problems) -> None:
        """Add what stands in lists beside the items, of the kinds that stood in none of them."""
        self._lists.beside(self._seen(body), problems, reading.lists)
        self._owned(reading)

    def _seen(self, found: object) -> object:
        """What expressions see of an item or an answer: its fields, and whose list it is as `each`."""
        if self._parent is None or not isinstance(found, Mapping):
            return found
        return {**found, "each": self._parent.item}

    def _owned(self, reading: Reading) -> Reading:
        """With whose list it is as the job of what names none."""
        if self._parent is not None:
            job, lists = self._parent.key, reading.lists
            lists.failed_records = [one if one.job else replace(one, job=job) for one in lists.failed_records]
        return reading

    def _read_item(
        self, item: object, name: str, reading: Reading, problems: Problems, beside: Collection[str]
    ) -> None:
        if not isinstance(item, Mapping):
            # Some answer as a table: a list of values for each row.
            hint = _ROW * isinstance(item, list)
            problems.add("bad_item", name, f"expected an object, got {as_json(item)[:100]}{hint}")
            return
        item = self._seen(item)
        try:
            if self._where is not None and not truthy(self._where(item)):
                return
        except ExpressionError as error:
            problems.add("bad_expression", f"{name}: where", str(error))
            return
        reading.passed = True
        run = self._run.run(item, problems, name) if self._run is not None else None
        if run is not None:
            if self._parent is not None and not run.job:
                run = replace(run, job=self._parent.key)
            reading.runs.append(run)
        if self._mark is not None:
            self._note_mark(self._mark, item, run, reading, problems, name)
        nameless = self._run is not None and run is None
        self._lists.read(item, problems, name, run, reading.lists, but=beside, nameless=nameless)

    def _note_mark(
        self,
        mark_of: Callable[[object], Mark | None],
        item: object,
        run: SyncRun | None,
        reading: Reading,
        problems: Problems,
        name: str,
    ) -> None:
        try:
            mark = mark_of(item)
        except ExpressionError as error:
            problems.add("bad_expression", f"{name}: cursor", str(error))
            return
        if mark is None:
            return
        reading.marked = True
        if self._run is not None and run is None:
            # It has no id: once it has one (a field that was renamed, mapped anew) it is read after all.
            return
        # Runs planned for later are listed today: the mark never runs ahead of the clock.
        if mark.at is not None and mark.at > self._now:
            mark = mark.moved_to(self._now, self.zone)
        if reading.mark is None or mark > reading.mark:
            reading.mark = mark
        if run is None or run.status not in OPEN_STATUSES:
            return
        since = run.started_at or mark.at
        if since is not None and since < self._oldest_open:
            return
        if reading.open_mark is None or mark < reading.open_mark:
            reading.open_mark = mark


def digest_of(value: object) -> str:
    """A short digest of anything that JSON can hold."""
    return hashlib.blake2b(as_json(value).encode(), digest_size=8).hexdigest()
