"""Two lines about one run are one run: the later line over the earlier, what it leaves out from before (pure)."""

from __future__ import annotations

import msgspec

from core.records import OPEN_STATUSES, RunStatus, SyncRun

_IDENTITY = frozenset({"external_id", "job", "status"})
_ERRORS = frozenset({"error_origin", "error_class", "error_code", "error_message"})
_OTHERS = tuple(field for field in SyncRun.__struct_fields__ if field not in _IDENTITY)
_BUT_ERRORS = tuple(field for field in _OTHERS if field not in _ERRORS)


def merged(earlier: SyncRun, later: SyncRun) -> SyncRun:
    """The run that both lines tell of.

    A field that the later line does not have keeps its value (a success has no error); a start does not reopen an ended run,
    unless it began after that end (a rerun, which stands alone). Attempts stand alone too, and the
    last one is the run, in whatever order the lines come; a line that tells no attempt is about the
    one that is known. So does the writer between two polls.
    """
    if earlier.attempt and later.attempt and earlier.attempt != later.attempt:
        return earlier if earlier.attempt > later.attempt else later
    old, new = earlier, later
    if new.status in OPEN_STATUSES and old.status not in OPEN_STATUSES:
        if old.finished_at and new.started_at and new.started_at > old.finished_at:
            return new
        old, new = new, old
    known = {
        name: value
        for name in (_BUT_ERRORS if new.status is RunStatus.SUCCEEDED else _OTHERS)
        if getattr(new, name) is None and (value := getattr(old, name)) is not None
    }
    return msgspec.structs.replace(new, **known) if known else new
