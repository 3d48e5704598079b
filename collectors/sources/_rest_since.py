"""From where a `rest` source asks, and what its placeholders stand for (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from collectors.marks import Mark, Raw
from collectors.request import Value
from collectors.sources._rest_cursor import Memory
from collectors.sources._rest_settings import RestSettings

_A_MOMENT = timedelta(seconds=1)


def asked_from(settings: RestSettings, memory: Memory, now: datetime, zone: ZoneInfo) -> Raw | None:
    """The mark less lookback, or further back to the oldest run not ended; None for all there is.

    zone: of times that name none.
    """
    cursor = settings.cursor
    if cursor is None:
        return None
    start, mark = Mark.of(cursor.start, zone), Mark.of(memory.mark, zone)
    since = start
    if mark is not None:
        since = mark.back(settings.lookback, zone)
        still_open = Mark.of(memory.open_mark, zone)
        if still_open is not None:
            since = min(since, still_open.back(_A_MOMENT, zone))
        since = max(since, start) if start else since
    if cursor.within is not None:
        since = _no_further(since, now - cursor.within, zone)
    return since.raw if since else None


def placeholders(
    settings: RestSettings, since: Raw | None, now: datetime, zone: ZoneInfo
) -> Mapping[str, Value]:
    """What `{since}` and `{now}` are; both in one notation: the cursor's `written`, else that of the mark, else ISO 8601."""
    like = Mark.of(since, zone)
    present = like.moved_to(now, zone) if like is not None and like.at is not None else _iso(now, zone)
    notation = settings.cursor.written if settings.cursor is not None else None
    if notation is None:
        return {"since": "" if since is None else since, "now": present.raw}
    return {
        "since": "" if like is None else like.spelled(notation, zone),
        "now": present.spelled(notation, zone),
    }


def _no_further(since: Mark | None, furthest: datetime, zone: ZoneInfo) -> Mark | None:
    if since is None:
        return _iso(furthest, zone)
    if since.at is None or since.at >= furthest:
        return since
    return since.moved_to(furthest, zone)


def _iso(at: datetime, zone: ZoneInfo) -> Mark:
    return Mark("2000-01-01T00:00:00Z", None, None).moved_to(at, zone)
