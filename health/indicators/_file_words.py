"""What a file can break of its contract, as people say it, by the word that its record carries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from core.i18n import N_, Message
from health.words import say, shortened

_MOST_SAID = 5

VIOLATIONS: Mapping[str, str] = {
    "late": N_("it came later than agreed"),
    "too_many": N_("more files came that day than agreed"),
    "too_large": N_("it is larger than agreed"),
    "delimiter": N_("its columns are separated by another character"),
    "encoding": N_("it is in another encoding"),
    "not_csv": N_("it is no CSV"),
    "empty": N_("it is empty"),
    "broken_archive": N_("its archive cannot be opened"),
    "archive_files": N_("its archive does not hold exactly one file"),
    "unpacked_too_large": N_("its archive holds more than is read"),
    "nul_bytes": N_("NUL bytes stand in it"),
    "header_below": N_("something stands above its header"),
    "duplicate_header": N_("a column stands in its header more than once"),
    "missing_column": N_("a column that was agreed is missing"),
    "unknown_column": N_("it has a column that was not agreed"),
    "header_order": N_("its columns stand in another order"),
    "no_trailer": N_("the line that ends it is missing"),
    "trailer_rows": N_("its last line tells another number of rows"),
}
"""Message ids; each goes on after "The file … is not as agreed:"."""


def spoken(violations: Iterable[str]) -> list[Message | str]:
    """The violations in words; one that has none is said as it stands, and of many the first are said."""
    every = list(violations)
    said = [say(VIOLATIONS[one]) if one in VIOLATIONS else shortened(one) for one in every[:_MOST_SAID]]
    return [*said, *(["…"] if len(every) > _MOST_SAID else [])]
