"""What a `rest` source remembers between polls: its mark, a sweep under way, details already asked (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from collectors.marks import Mark, Raw
from collectors.sources._rest_pages import Position, Structured
from collectors.sources._rest_parse import digest_of
from collectors.sources._rest_settings import RestSettings
from core.records import Cursor, Json
from core.same import Same, remembered

MOST_DETAILED = 10_000
"""Failed runs whose detail is remembered; beyond it the oldest are asked for again."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """One walk through the list that is not at its end.

    since: the mark it was asked from, None for all; position: of the page to come; mark, open_mark:
    what the watermark becomes when it ends; last_page: digest of the page before.
    """

    since: Raw | None = None
    position: Position = None
    mark: Raw | None = None
    open_mark: Raw | None = None
    last_page: str = ""

    def noting(self, mark: Mark | None, open_mark: Mark | None, zone: ZoneInfo) -> Sweep:
        """After items of this latest mark, and of this earliest one among open runs. zone: of marks that name none."""
        if mark is None and self.mark is None and self.open_mark is None:
            return self
        marks = [one for one in (mark, Mark.of(self.mark, zone)) if one is not None]
        open_marks = [one for one in (open_mark, Mark.of(self.open_mark, zone)) if one is not None]
        return replace(
            self,
            mark=max(marks).raw if marks else None,
            open_mark=min(open_marks).raw if open_marks else None,
        )


@dataclass(frozen=True, slots=True)
class Validator:
    """What a server gave to ask whether its answer changed. request: digest of the call it belongs to."""

    request: str
    etag: str | None
    modified: str | None


@dataclass(frozen=True, slots=True)
class Memory:
    """Everything remembered. mark: how far complete sweeps have read; open_mark: the oldest open run's.

    of: digest of the settings that positions and marks belong to; detailed: digests of failed runs
    whose detail is known, oldest first.
    """

    of: str
    mark: Raw | None = None
    open_mark: Raw | None = None
    sweep: Sweep | None = None
    validator: Validator | None = None
    detailed: Sequence[str] = field(default=())

    @classmethod
    def of_cursor(cls, cursor: Cursor, of: str) -> Memory:
        """What a stored cursor says; nothing if it was written under other settings."""
        if cursor.get("of") != of:
            return cls(of)
        sweep, seen = cursor.get("sweep"), cursor.get("validator")
        detailed = cursor.get("detailed")
        return cls(
            of=of,
            mark=_raw(cursor.get("mark")),
            open_mark=_raw(cursor.get("open")),
            sweep=_sweep(sweep) if isinstance(sweep, Mapping) else None,
            validator=_validator(seen) if isinstance(seen, Mapping) else None,
            detailed=[str(one) for one in detailed] if isinstance(detailed, Sequence) else (),
        )

    def cursor(self) -> Cursor:
        """As it is stored."""
        stored: dict[str, Json] = {"of": self.of}
        if self.mark is not None:
            stored["mark"] = self.mark
        if self.open_mark is not None:
            stored["open"] = self.open_mark
        if self.sweep is not None:
            stored["sweep"] = {
                "since": self.sweep.since,
                "position": _stored(self.sweep.position),
                "mark": self.sweep.mark,
                "open": self.sweep.open_mark,
                "last": self.sweep.last_page,
            }
        if self.validator is not None:
            stored["validator"] = {
                "request": self.validator.request,
                "etag": self.validator.etag,
                "modified": self.validator.modified,
            }
        if self.detailed:
            stored["detailed"] = list(self.detailed)
        return stored

    def swept(self, sweep: Sweep, validator: Validator | None, *, partial: bool) -> Memory:
        """At the end of a sweep; partial: a page left something out, so the marks stay and all is asked for again."""
        marks = self if partial else sweep
        return replace(self, mark=marks.mark, open_mark=marks.open_mark, sweep=None, validator=validator)

    def knowing(self, digests: Iterable[str]) -> Memory:
        """With more details known."""
        kept = dict.fromkeys([*self.detailed, *digests])
        return replace(self, detailed=list(kept)[-MOST_DETAILED:])


def _raw(value: Json) -> Raw | None:
    return value if isinstance(value, str | int | float) and not isinstance(value, bool) else None


def _stored(position: Position) -> Json:
    return {"json": position.text} if isinstance(position, Structured) else position


def _position(value: Json) -> Position:
    if isinstance(value, Mapping):
        text = _text(value.get("json"))
        return Structured(text) if text else None
    return _raw(value)


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) else None


def _sweep(stored: Mapping[str, Json]) -> Sweep:
    return Sweep(
        since=_raw(stored.get("since")),
        position=_position(stored.get("position")),
        mark=_raw(stored.get("mark")),
        open_mark=_raw(stored.get("open")),
        last_page=_text(stored.get("last")) or "",
    )


def _validator(stored: Mapping[str, Json]) -> Validator:
    return Validator(
        _text(stored.get("request")) or "", _text(stored.get("etag")), _text(stored.get("modified"))
    )


def settings_digest(settings: RestSettings) -> str:
    """What positions and marks belong to: another list or another mark makes them worthless.

    Values of parameters are left out: a renewed key in one is no other list.
    """
    return _settings_digest(Same(settings))


@remembered
def _settings_digest(held: Same[RestSettings]) -> str:
    settings = held.held
    parts = urlsplit(settings.request.url)
    pages = settings.pages.model_dump(exclude={"max", "size"})
    cursor = settings.cursor.field if settings.cursor else None
    of = [
        settings.request.method,
        f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}",
        sorted(settings.request.params),
        pages,
        cursor,
        settings.records,
    ]
    return digest_of(of if settings.each is None else [*of, settings.each.field])
