"""Finds the files that a path pattern means, each once, however many names it has."""

from __future__ import annotations

import glob
import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from collectors.files.marks import Mark
from collectors.problems import Problems
from core.errors import SourceError


@dataclass(frozen=True, slots=True)
class Found:
    """A regular file there is now.

    size: bytes on disk; mtime_ns: of its last change; matched: the pattern matches its name.
    """

    path: Path
    dev: int
    ino: int
    size: int
    mtime_ns: int
    matched: bool = True

    @property
    def place(self) -> tuple[int, int]:
        """Device and inode."""
        return self.dev, self.ino


def find(pattern: str, known: Iterable[Mark], problems: Problems) -> list[Found]:
    """The files that match, and known ones that were renamed out of the pattern; oldest first.

    Raises SourceError if there is none at all.
    """
    found: dict[tuple[int, int], Found] = {}
    for name in _matching(pattern):
        file = _look(Path(name), problems)
        if file is not None:
            found.setdefault(file.place, file)
    for file in _renamed_away([mark for mark in known if mark.place not in found]):
        found.setdefault(file.place, file)
    if not found and not problems.count:
        raise SourceError(_nothing_found(pattern))
    return sorted(found.values(), key=lambda file: (file.mtime_ns, file.path.name))


def _matching(pattern: str) -> list[str]:
    expanded = str(Path(pattern).expanduser())
    if os.path.lexists(expanded):
        return [expanded]
    return sorted(glob.glob(expanded, recursive=True))  # noqa: PTH207  Path.glob takes no absolute pattern


def _look(path: Path, problems: Problems) -> Found | None:
    try:
        status = path.stat()
    except FileNotFoundError:
        if path.is_symlink():
            problems.add(
                "unreadable_file", str(path), "a link to a file that is not there; mend or remove it"
            )
        return None
    except OSError as error:
        problems.add("unreadable_file", str(path), f"{error.strerror or error}; let the monitor read it")
        return None
    if not stat.S_ISREG(status.st_mode):
        if not stat.S_ISDIR(status.st_mode):
            problems.add("unreadable_file", str(path), "not a regular file; match files only")
        return None
    return Found(path, status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)


def _renamed_away(missing: Iterable[Mark]) -> list[Found]:
    """Files known by device and inode that now have a name which the pattern does not match."""
    by_folder: dict[Path, dict[int, Mark]] = {}
    for mark in missing:
        if mark.gone_at is None:
            by_folder.setdefault(Path(mark.path).parent, {})[mark.ino] = mark
    found: list[Found] = []
    for folder, marks in by_folder.items():
        try:
            with os.scandir(folder) as entries:
                paths = [Path(entry.path) for entry in entries if entry.inode() in marks]
        except OSError:
            continue
        for file in (_look(path, Problems()) for path in paths):
            if file is not None and file.ino in marks and file.dev == marks[file.ino].dev:
                found.append(replace(file, matched=False))
    return found


def _nothing_found(pattern: str) -> str:
    folder = Path(pattern).expanduser().absolute()
    while not folder.is_dir() and folder != folder.parent:
        folder = folder.parent
    if not os.access(folder, os.R_OK | os.X_OK):
        return f"no file matches {pattern}: the monitor may not read the folder {folder}"
    return f"no file matches {pattern} (looked in {folder}); check path, and the folder it starts from"
