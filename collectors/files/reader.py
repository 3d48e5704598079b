"""Reads on, from a cursor, all files that a pattern means: chunks of new lines and the cursor after each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import accumulate

import msgspec

from collectors.files.comparing import edges
from collectors.files.content import Content
from collectors.files.entries import Begins
from collectors.files.finding import ROTATED, Found, find
from collectors.files.lines import LONGEST_LINE_BYTES, Piece, cut
from collectors.files.marks import Mark, Prefix, cursor_of, digest, marks_of
from collectors.files.parting import ENTRY_SECONDS, Parting
from collectors.files.plan import Planner, nothing_told
from collectors.problems import Problems
from core.errors import SourceError
from core.records import Cursor, Json

QUIET_SECONDS = 600
"""A file not written to for so long has no half-written last line: what stands there is a line."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some new lines of one file.

    path: its name now; place: its device and inode; id: of its content, whatever its name; lines: raw bytes without the line feed;
    offset: of the first of them, in bytes of content; first_line: its number, from 1; head: how the
    content begins (up to 4 KiB); too_long: over-long lines passed over after these; note: what was
    remembered of the file last; mtime_seconds: of its last change; raw: all bytes read for this chunk.
    """

    path: str
    place: tuple[int, int]
    id: str
    lines: list[bytes]
    offset: int
    first_line: int
    head: bytes
    too_long: int
    note: int | None
    mtime_seconds: float
    raw: bytes

    def offsets(self) -> list[int]:
        """Where each line begins, in bytes of content."""
        return list(accumulate((len(line) + 1 for line in self.lines), initial=self.offset))

    def changed_at(self, now: datetime) -> datetime:
        """When the file was changed last; now where a storage does not tell, or tells a later time."""
        seconds = self.mtime_seconds
        return datetime.fromtimestamp(seconds, UTC) if 0 < seconds < now.timestamp() else now


def never_whole(_: bytes) -> bool:
    """Nothing tells a whole last line from half of one."""
    return False


class LogReader:
    """One poll of all files that a pattern means.

    Take chunks, and at any moment between two of them `cursor()`: it stands after all chunks taken.
    """

    def __init__(
        self,
        pattern: str,
        cursor: Cursor,
        now: datetime,
        problems: Problems,
        *,
        encoding: str = "auto",
        whole: Callable[[bytes], bool] = never_whole,
        quoted: bool = False,
        parting: Parting | None = None,
        begins: Begins | None = None,
        settled: bool = False,
        told_by_path: Callable[[str], object] = nothing_told,
        storage: Mapping[str, Json] | None = None,
    ) -> None:
        """problems: where what cannot be read is counted; whole: tells a last line without an end that
        is complete from a half-written one; quoted: a line end within double quotes ends no line;
        parting: tells parts of lines, which no chunk tears from each other; begins: whether a line
        begins an entry, of which all lines come in one chunk; settled: no file is being written to; told_by_path: what
        a path says of who its file is, so that files of the same bytes are different ones; storage: options of a remote storage that the pattern names. Raises SourceError if nothing can be read at all."""
        marks = self._before = marks_of(cursor)
        self._now, self._problems = now, problems
        self._encoding, self._whole, self._quoted, self._parting = encoding, whole, quoted, parting
        self._begins, self._settled = begins, settled
        found = find(pattern, marks, problems, storage)
        self._plan = Planner(marks, encoding, int(now.timestamp()), problems, told_by_path).plan(found)
        if not self._plan.opened and problems.count:
            first = problems.listed()[0]
            raise SourceError(f"none of the files of {pattern} can be read; {first.where}: {first.message}")
        self._names = {str(file.path) for file in found if file.size}

    def cursor(self) -> dict[str, Json]:
        """The cursor that stands after every chunk taken so far."""
        return cursor_of(self._marks(), int(self._now.timestamp()))

    @property
    def moved(self) -> bool:
        """Whether the cursor differs from the one that the poll began with."""
        return sorted(self._before, key=repr) != sorted(self._marks(), key=repr)

    def _marks(self) -> list[Mark]:
        return [*self._plan.marks.values(), *self._plan.others]

    def remember(self, chunk: Chunk, note: int) -> None:
        """Keeps a note beside a chunk's file, for its next chunk."""
        mark = self._plan.marks[chunk.place]
        self._plan.marks[chunk.place] = msgspec.structs.replace(mark, note=note)

    def chunks(self) -> Iterator[Chunk]:
        """The new lines of every file, oldest file first."""
        for file in self._plan.reading:
            try:
                with Content.open(file.path, self._encoding) as content:
                    yield from self._read(file, content)
            except OSError as error:
                if not isinstance(error, FileNotFoundError):
                    self._problems.add(
                        "unreadable_file", str(file.path), f"{error.strerror or error}; reading stopped here"
                    )

    def _read(self, file: Found, content: Content) -> Iterator[Chunk]:
        mark = self._plan.marks[file.place]
        prefix = _resume(content, mark)
        if prefix is None:
            return
        first = mark.offset == 0
        pieces = cut(
            content,
            at_start=first,
            skipping=mark.skipping,
            last_is_whole=lambda last: self._finished(file, content, last),
            quoted=self._quoted,
            parting=self._parting,
            begins=self._begins,
            at_rest=self._at_rest(file, content),
        )
        for piece in pieces:
            chunk = self._take(file, prefix, piece)
            if chunk is not None:
                yield chunk
        if content.problem is not None:
            self._problems.add("unreadable_file", str(file.path), f"{content.problem}; read up to there")
        if not content.seekable:
            mark = self._plan.marks[file.place]
            self._plan.marks[file.place] = msgspec.structs.replace(
                mark, size=file.size, mtime_ns=file.mtime_ns
            )

    def _take(self, file: Found, prefix: Prefix, piece: Piece) -> Chunk | None:
        """Moves the file's mark behind a piece; the chunk, if the piece brings one."""
        mark = self._plan.marks[file.place]
        offset, lines = prefix.offset + piece.skip, piece.lines
        breaks = piece.breaks
        if (
            lines
            and mark.offset
            and prefix.tail[-1:] != b"\n"
            and not mark.skipping
            and not lines[0].strip(b"\r")
        ):
            # The line end of a last line that was taken without one.
            offset, lines, breaks = offset + len(lines[0]) + 1, lines[1:], breaks - 1
        prefix.feed(piece.raw)
        if not mark.id and (lines or piece.too_long):
            mark = msgspec.structs.replace(
                mark, id=self._new_id(lines[0] if lines else piece.raw[:4096], file)
            )
        self._plan.marks[file.place] = prefix.on(mark, lines=mark.lines + breaks, skipping=piece.skipping)
        if piece.too_long:
            self._problems.add(
                "long_line", f"{file.path}: byte {offset}",
                f"line {mark.lines + 1} is longer than {LONGEST_LINE_BYTES} bytes; it is passed over",
            )  # fmt: skip
        if not lines and not piece.too_long:
            return None
        return Chunk(
            path=str(file.path), place=file.place, id=mark.id, lines=lines, offset=offset, first_line=mark.lines + 1, head=prefix.head,
            too_long=int(piece.too_long), note=mark.note, mtime_seconds=file.mtime_ns / 1e9, raw=piece.raw,
        )  # fmt: skip

    def _new_id(self, first_line: bytes, file: Found) -> str:
        """Named by the first line, so that the same file always gets the same id."""
        name = digest(first_line)
        taken = any(mark.id == name for mark in (*self._plan.marks.values(), *self._plan.others))
        return digest(f"{name}:{file.dev}:{file.ino}".encode()) if taken else name

    def _finished(self, file: Found, content: Content, last: bytes) -> bool:
        """Whether a last line without an end is a line: nobody will write the rest of it."""
        if content.ended or self._whole(last):
            return True
        if content.compressed:
            return False
        rotated = ROTATED.search(str(file.path))
        if rotated and str(file.path)[: rotated.start()] in self._names:
            return True
        return self._quiet_seconds(file) > QUIET_SECONDS

    def _at_rest(self, file: Found, content: Content) -> bool:
        """Whether no entry is half-written; of a clock that is ahead of ours nothing can be told."""
        # Content that cannot be gone to again is read once: what waited in it would not be seen.
        fresh = 0 <= self._quiet_seconds(file) < ENTRY_SECONDS
        return self._settled or not content.seekable or not fresh

    def _quiet_seconds(self, file: Found) -> float:
        return self._now.timestamp() - file.mtime_ns / 1e9


def _resume(content: Content, mark: Mark) -> Prefix | None:
    """Goes to a mark; None if the content is no longer what was read (the next poll looks anew)."""
    if content.seekable:
        prefix = Prefix.resumed(mark, *edges(content, mark.offset))
    else:
        prefix = Prefix()
        while prefix.offset < mark.offset and (
            block := content.read(min(1 << 19, mark.offset - prefix.offset))
        ):
            prefix.feed(block)
    return prefix if not mark.offset or prefix.stands_at(mark) else None
