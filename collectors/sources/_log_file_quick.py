"""The quick way for the usual sync log: JSON lines whose fields are plain names, read by a generated type."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec

from collectors.expressions import equals_text, simple_name
from collectors.files.reader import Chunk
from collectors.merging import merged
from collectors.problems import Problems
from collectors.status_words import StatusWords
from collectors.times import parse_time
from core.records import SyncRun

LONGEST_QUICK_LINE = 8_000
"""A longer line may hold a text that has to be cut; it takes the thorough way."""

Runs = dict[tuple[str, str], SyncRun]
"""Runs by job and external id."""

Decode = Callable[[bytes], object]
Build = Callable[[object, Problems], SyncRun]

_LONG_FRACTION = re.compile(rb"\.\d{7}")
_Count = Annotated[int, msgspec.Meta(ge=0, le=2**62)]
_TEXTS = ("trigger", "error_code", "error_message", "url")
_COUNTS = ("attempt", "records_read", "records_written", "records_skipped", "records_failed", "bytes")
_TYPES: dict[str, tuple[object, object]] = {
    "external_id": (str | int, ""),
    "job": (str | int, ""),
    "status": (str | int | None, None),
    "started_at": (datetime | int | float | None, None),
    "finished_at": (datetime | int | float | None, None),
    "duration_seconds": (Annotated[float, msgspec.Meta(ge=0)] | None, None),
    **dict.fromkeys(_TEXTS, (str | None, None)),
    **dict.fromkeys(_COUNTS, (_Count | None, None)),
    "_where": (str | None, None),
}


class NotQuick(Exception):
    """The line is not as the generated type expects; the thorough way reads it, or says what is wrong."""


class QuickLines:
    """Reads one line to one run, at a fifth of the thorough way's cost.

    Only for mappings that `compile` accepts; a line that is not as expected is left to the thorough
    way, with the same outcome for every line that both can read.
    """

    __slots__ = ("_build", "_decode", "_decode_long", "_wanted")

    def __init__(self, decode: Decode, decode_long: Decode, build: Build, wanted: str | None) -> None:
        """decode_long: for chunks with times of more than six digits after the second, which the decoder
        would round up; wanted: the text that `_where` has in the lines to be read; None reads all."""
        self._decode, self._decode_long, self._build, self._wanted = decode, decode_long, build, wanted

    @classmethod
    def compile(
        cls, fields: Mapping[str, str], status_map: Mapping[str, str], where: str | None, zone: ZoneInfo
    ) -> QuickLines | None:
        """None if a field or `where` is more than a plain name (compared with a text)."""
        names = {field: simple_name(text) for field, text in fields.items()}
        condition = equals_text(where) if where is not None else None
        if where is not None:
            names["_where"] = condition[0] if condition else None
        plain = {field: name for field, name in names.items() if name is not None}
        if len(set(plain.values())) != len(names) or not plain.keys() <= _TYPES.keys():
            return None
        if "external_id" not in plain:
            return None
        times_as_text = dict.fromkeys(("started_at", "finished_at"), (str | int | float | None, None))
        decode, decode_long = _decoder(plain, _TYPES), _decoder(plain, _TYPES | times_as_text)
        build = _builder(fields, StatusWords(status_map), zone)
        return cls(decode, decode_long, build, condition[1] if condition else None)

    def take(self, chunk: Chunk, runs: Runs, problems: Problems, thoroughly: Callable[[int], None]) -> None:
        """Adds the runs of a chunk's lines; calls `thoroughly` with the index of each that is not as expected."""
        build, wanted = self._build, self._wanted
        decode = self._decode_long if _LONG_FRACTION.search(chunk.raw) else self._decode
        # Looked for in all of them at once, as it costs: databases refuse NUL, escaped or not; colours are left out.
        if b"\\u0000" in chunk.raw or b"\\u001" in chunk.raw:
            decode = _refuse
        for index, line in enumerate(chunk.lines):
            try:
                found = decode(line)
                if wanted is not None and found._where != wanted:  # type: ignore[attr-defined]
                    continue
                if not found.external_id or len(line) > LONGEST_QUICK_LINE:  # type: ignore[attr-defined]
                    raise NotQuick
                run = build(found, problems)
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, NotQuick):
                thoroughly(index)
                continue
            key = (run.job, run.external_id)
            earlier = runs.setdefault(key, run)
            if earlier is not run:
                runs[key] = merged(earlier, run)


def _decoder(plain: Mapping[str, str], types: Mapping[str, tuple[object, object]]) -> Decode:
    """A decoder for lines with these names; types: of our fields, each with what stands for no value."""
    fields = [(field, *types[field]) for field in plain]
    line = msgspec.defstruct("Line", fields, rename=dict(plain), gc=False, frozen=True)
    decode: Decode = msgspec.json.Decoder(line).decode
    return decode


def _refuse(_: bytes) -> object:
    raise NotQuick


def _builder(fields: Mapping[str, str], words: StatusWords, zone: ZoneInfo) -> Build:
    """A function that makes the run of a decoded line, passing the mapped fields only.

    Passing every field by keyword costs four times as much, and a loop over names more still; so the one
    expression is written out. It is made of our own field names, never of anything configured.
    """
    text = "t if (t := line.{0}).__class__ is str else str(t)"
    instant = "t if (t := line.{0}).__class__ is datetime and t.tzinfo is UTC and 1970 < t.year < 2262 else instant(t)"
    ways = {
        **dict.fromkeys(("external_id", "job"), text),
        **dict.fromkeys(("started_at", "finished_at"), instant),
        **dict.fromkeys(_TEXTS, "line.{0} or None"),
    }
    given = [f"{name}={ways.get(name, 'line.{0}').format(name)}" for name in fields if name != "status"]
    # The status comes last: a line given up for its times must not count an unmapped status too.
    source = f"lambda line, problems: SyncRun({', '.join(given)}, status=known(line.status) or status(line.status, problems))"
    build: Build = eval(  # noqa: S307  our own names only, see above
        source,
        {
            "SyncRun": SyncRun,
            "str": str,
            "datetime": datetime,
            "UTC": UTC,
            "instant": _instant_in(zone),
            "known": words.exact.get,
            "status": words.read,
            "__builtins__": {},
        },
    )
    return build


def _instant_in(zone: ZoneInfo) -> Callable[[object], datetime | None]:
    """`parse_time`, for what the decoder has not made a UTC instant already."""

    def instant(value: object) -> datetime | None:
        if value is None:
            return None
        try:
            return parse_time(value, zone)
        except ValueError:
            raise NotQuick from None

    return instant
