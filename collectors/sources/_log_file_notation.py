"""How the lines of a `log_file` source are read, by its settings (pure)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

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


class Expressions(NamedTuple):
    """What the settings look up. of_values: of a line or an entry in it; of_lists: where entries stand in a line."""

    of_values: Sequence[str]
    of_lists: Sequence[str]

    @classmethod
    def of(cls, settings: LogFileSettings) -> Expressions:
        """All that stand in the settings."""
        of_values, of_lists = [*(settings.fields or {}).values(), settings.where], list[str]()
        for part in (settings.failed_records, settings.record_events, settings.counts):
            if part is not None:
                of_values += [*part.fields.values(), part.where]
                of_lists.append(part.records)
        return cls([one for one in of_values if one], of_lists)

    @property
    def ask_when_carried(self) -> bool:
        """Whether one names the carrier's time."""
        return any(CARRIED_AT in text for text in (*self.of_values, *self.of_lists))

    @property
    def texts_with_json(self) -> frozenset[str]:
        """The fields of a line that expressions look into; a text in one of them may hold JSON."""
        found = [looked_into(text) for text in self.of_values] + [root_names(text) for text in self.of_lists]
        return frozenset().union(*found)


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
