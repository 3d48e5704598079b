"""Decides for each file there is who it is and where its reading goes on, before a line is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec

from collectors.files.comparing import begins, matching, stands
from collectors.files.content import Content
from collectors.files.finding import ROTATED, Found, copies_beside
from collectors.files.marks import Mark, Prefix
from collectors.problems import Problems

_START_BYTES = 64


def nothing_told(_: str) -> object:
    """A path that says nothing of who its file is."""
    return None


@dataclass(slots=True)
class Plan:
    """reading: files with something to read, each with its mark; marks: of all files present, by
    place; others: of files that are gone; opened: how many could be opened."""

    reading: list[Found] = field(default_factory=list)
    marks: dict[tuple[int, int], Mark] = field(default_factory=dict)
    others: list[Mark] = field(default_factory=list)
    opened: int = 0


class Planner:
    """Matches files with the marks of the last poll.

    A file is known by device and inode as long as the part read of it is unchanged. Any other file is
    compared by its content: with files that are there (then it is a copy, perhaps one being made, and
    not read), and with those that are gone or were truncated (then it is that file, and its reading goes on).
    Files of which the path says that they are different ones are never compared.
    """

    def __init__(
        self,
        marks: list[Mark],
        encoding: str,
        now_seconds: int,
        problems: Problems,
        told_by_path: Callable[[str], object] = nothing_told,
    ) -> None:
        self._told = told_by_path
        self._known = {mark.place: mark for mark in marks if mark.ino}
        self._loose = [mark for mark in marks if not mark.ino]
        self._encoding, self._now, self._problems = encoding, now_seconds, problems
        self._living: list[tuple[Found, bytes]] = []
        self._begun: list[tuple[Found, Mark]] = []
        self._plan = Plan()

    def plan(self, found: list[Found]) -> Plan:
        """found: oldest first; the plan's reading keeps that order."""
        unsettled = [file for file in found if not self._settle_known(file)]
        self._loosen({file.place for file in found}, unsettled)
        beside = self._copies_beside({file.place for file in found})
        found, unsettled = [*found, *beside], [*unsettled, *beside]
        # Whole files before those that may be copies in the making: plain first, large first.
        for file in sorted(unsettled, key=lambda file: (file.path.suffix in _PACKED, -file.size)):
            try:
                self._settle_unknown(file)
            except OSError as error:
                self._report(file, error)
        self._plan.reading.sort(key=lambda file: (file.mtime_ns, file.path.name))
        self._tell_begun()
        self._plan.others = self._loose
        return self._plan

    def _report(self, file: Found, error: OSError) -> None:
        if not isinstance(error, FileNotFoundError):
            self._problems.add(
                "unreadable_file", str(file.path), f"{error.strerror or error}; let the monitor read it"
            )

    def _settle_known(self, file: Found) -> bool:
        """Goes on with a file known by its inode; False if its content has to say who it is."""
        mark = self._known.get(file.place)
        # An inode number is given again after a file is gone: without content read it proves nothing.
        if mark is None or not mark.offset or self._is_another(file, mark):
            return False
        try:
            return self._settle_by_inode(file, mark)
        except OSError as error:
            self._report(file, error)
            self._plan.marks[file.place] = mark
            return True

    def _is_another(self, file: Found, mark: Mark) -> bool:
        """Whether both paths say who their file is, and not the same."""
        before, now = self._told(mark.path), self._told(str(file.path))
        return bool(before) and bool(now) and before != now

    def _settle_by_inode(self, file: Found, mark: Mark) -> bool:
        with Content.open(file.path, self._encoding) as content:
            self._plan.opened += 1
            if mark.size or not content.seekable:
                if not _unchanged(file, mark):
                    return False
            elif not stands(content, file, mark):
                return False
            elif file.size > mark.offset:
                self._plan.reading.append(file)
        self._keep(file, mark)
        return True

    def _loosen(self, present: set[tuple[int, int]], unsettled: list[Found]) -> None:
        """Marks of files that are gone, or whose content is another now, wait for their heirs."""
        changed = {file.place: file for file in unsettled}
        named = {str(file.path): file for file in unsettled}
        for place, mark in self._known.items():
            gone_at = self._now if mark.gone_at is None else mark.gone_at
            if not mark.offset or (place in present and place not in changed):
                continue
            where = {"dev": 0, "ino": 0} if place in changed else {}
            waiting = msgspec.structs.replace(mark, gone_at=gone_at, **where)
            self._loose.append(waiting)
            heir = changed.get(place) or (named.get(mark.path) if mark.gone_at is None else None)
            if heir and mark.path == str(heir.path) and not ROTATED.search(mark.path):
                self._begun.append((heir, waiting))

    def _copies_beside(self, present: set[tuple[int, int]]) -> list[Found]:
        """Copies that the pattern does not match, of files truncated or replaced: they hold what was not read."""
        found = {copy.place: copy for file, _ in self._begun for copy in copies_beside(file)}
        return [copy for place, copy in found.items() if place not in present]

    def _tell_begun(self) -> None:
        """Tells the files that were begun anew and left nothing in which reading could go on."""
        for file, mark in self._begun:
            if any(waiting is mark for waiting in self._loose):
                self._problems.add(
                    "begun_anew",
                    str(file.path),
                    f"was truncated or written anew after line {mark.lines}, and is read from its start; what was written "
                    "to it after the last poll is known only if a copy was kept beside it (logrotate's copytruncate does)",
                )

    def _keep(self, file: Found, mark: Mark) -> None:
        self._plan.marks[file.place] = msgspec.structs.replace(
            mark, dev=file.dev, ino=file.ino, path=str(file.path), gone_at=None
        )
        self._living.append((file, b""))

    def _settle_unknown(self, file: Found) -> None:
        if not file.matched:
            heir = self._heir(file)
            if heir is not None:
                self._keep(file, heir)
                self._plan.reading.append(file)
            return
        old = self._known.get(file.place)
        copied = old if old is not None and old.copy_of and _unchanged(file, old) else None
        if copied is not None and any(_name(other) == copied.copy_of for other, _ in self._living):
            self._plan.marks[file.place] = copied
            return
        with Content.open(file.path, self._encoding) as content:
            self._plan.opened += 1
            start = content.read(_START_BYTES)
        original = self._original_of(file, start)
        if original is not None:
            self._plan.marks[file.place] = _copy_mark(file, original)
            return
        self._keep(file, self._heir(file) or self._read_copy(file, copied) or _new_mark(file))
        self._plan.reading.append(file)

    def _original_of(self, file: Found, start: bytes) -> Found | None:
        """The living file that this one is a copy of, or the beginning of one."""
        if not start:
            return None
        told = self._told(str(file.path))
        for index, (other, other_start) in enumerate(self._living):
            if self._told(str(other.path)) != told:
                continue
            if not other_start:
                with Content.open(other.path, self._encoding) as content:
                    other_start = content.read(_START_BYTES)
                self._living[index] = (other, other_start)
            if other_start.startswith(start) and begins(other, file, self._encoding):
                return other
        return None

    def _heir(self, file: Found) -> Mark | None:
        """The mark of a file that is gone, if this is that file; taken from those that wait."""
        told = self._told(str(file.path))
        # One line, a header, the files of several systems may have in common.
        least = 0 if file.matched else 2
        waiting = [mark for mark in self._loose if self._told(mark.path) == told and mark.lines >= least]
        with Content.open(file.path, self._encoding) as content:
            best = matching(content, waiting)
        if best is None:
            return None
        self._loose.remove(best)
        return msgspec.structs.replace(best, copy_of=None, size=0, mtime_ns=0)

    def _read_copy(self, file: Found, copied: Mark | None) -> Mark | None:
        """A copy whose original is gone, and was read further than the copy goes: its whole lines are read."""
        original = next(
            (mark for mark in self._known.values() if copied and _name(mark) == copied.copy_of), None
        )
        if original is None:
            return None
        prefix, lines, carry = Prefix(), 0, b""
        with Content.open(file.path, self._encoding) as content:
            while block := content.read():
                whole, feed, rest = (carry + block).rpartition(b"\n")
                prefix.feed(whole + feed)
                lines += whole.count(b"\n") + len(feed)
                carry = rest
        # The rest may be the beginning of a new file's first line: that, two files may have in common.
        if not prefix.offset or original.offset < prefix.offset:
            return None
        return prefix.on(msgspec.structs.replace(_new_mark(file), id=original.id), lines=lines)


_PACKED = {".gz", ".bz2", ".xz", ".zst"}


def _copy_mark(file: Found, original: Found) -> Mark:
    return msgspec.structs.replace(
        _new_mark(file), size=file.size, mtime_ns=file.mtime_ns, copy_of=_name(original)
    )


def _name(file: Found | Mark) -> str:
    return f"{file.dev}:{file.ino}"


def _unchanged(file: Found, mark: Mark) -> bool:
    return (mark.size, mark.mtime_ns) == (file.size, file.mtime_ns)


def _new_mark(file: Found) -> Mark:
    return Mark(id="", dev=file.dev, ino=file.ino, path=str(file.path))
