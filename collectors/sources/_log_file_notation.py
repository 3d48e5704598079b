"""How the lines of a `log_file` source are read, by its settings (pure)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from collectors.expressions import looked_into, root_names
from collectors.files.csv_lines import CsvLines
from collectors.files.formats import JsonLines, LineFormat, LogfmtLines, PatternLines
from collectors.files.text import TextDecoder
from collectors.sources._log_file_quick import QuickLines
from core.settings.fields import zone_named

if TYPE_CHECKING:
    from collectors.sources._log_file_settings import LogFileSettings


CARRIED_AT = "carried_at"
"""The field that a line has beside its own: when it was carried."""


def asks_when_carried(settings: LogFileSettings) -> bool:
    """Whether an expression names the carrier's time, which costs another look at each line."""
    lists = (settings.failed_records, settings.record_events, settings.counts)
    expressions = [*(settings.fields or {}).values(), settings.where or ""]
    for part in (one for one in lists if one is not None):
        expressions += [*part.fields.values(), part.where or ""]
    return settings.wrapped is not None and any(CARRIED_AT in text for text in expressions)


def texts_with_json(settings: LogFileSettings) -> frozenset[str]:
    """The fields of a line that expressions look into; a text in one of them may hold JSON."""
    expressions = [*(settings.fields or {}).values(), *([settings.where] if settings.where else [])]
    found = {name for text in expressions for name in looked_into(text)}
    lists = (settings.failed_records, settings.record_events, settings.counts)
    for part in (one for one in lists if one is not None):
        found |= root_names(part.records)
        found |= {name for text in part.fields.values() for name in looked_into(text)}
    return frozenset(found)


def format_of(settings: LogFileSettings) -> LineFormat:
    """The notation that the settings name."""
    decoder = TextDecoder(settings.encoding)
    match settings.format:
        case "jsonl":
            return JsonLines(decoder)
        case "csv":
            return CsvLines(decoder, None if settings.delimiter == "auto" else settings.delimiter)
        case "logfmt":
            return LogfmtLines(decoder)
        case "regex":
            return PatternLines(decoder, re.compile(settings.pattern or ""))


def quick_of(settings: LogFileSettings) -> QuickLines | None:
    """The quick way, where the settings allow it."""
    others = settings.failed_records or settings.record_events or settings.counts
    if (
        settings.format != "jsonl"
        or settings.fields is None
        or others
        or settings.wrapped
        or settings.begins
        or settings.path_pattern
        or settings.encoding not in ("auto", "utf-8")
        or ("duration_seconds" in settings.fields and settings.time.duration_unit != "s")
    ):
        return None
    return QuickLines.compile(
        settings.fields, settings.status_map, settings.where, zone_named(settings.time.zone)
    )
