"""Finds the files that a path pattern means, each once, however many names it has."""

from __future__ import annotations

import glob
import os
import re
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from collectors.files.marks import Mark
from collectors.files.remote import RemoteFile, RemotePath, find_remote, is_remote, look_remote
from collectors.problems import Problems
from core.errors import SourceError
from core.records import Json

ROTATED = re.compile(r"([.-](\d+|\d{4}-\d\d-\d\d\S*|old))(\.(gz|bz2|xz|zst))?$")
"""What rotation puts behind a log's name."""

_COPIED = re.compile(r"[._-](?:\d[\w.:-]*|old|bak|copy|orig|prev)(?:\.\w+){0,2}")
"""What a copy's name has more than the stem of its original's."""

MOST_COPIES_LOOKED_AT = 50


@dataclass(frozen=True, slots=True)
class Found:
    """A regular file there is now.

    size: bytes on disk; mtime_ns: of its last change, 0 where a storage does not tell; matched: the
    pattern matches its name; tag: what a remote storage calls its content, else "".
    """

    path: Path | RemotePath
    dev: int
    ino: int
    size: int
    mtime_ns: int
    matched: bool = True
    tag: str = ""

    @property
    def place(self) -> tuple[int, int]:
        """Device and inode."""
        return self.dev, self.ino


def find(
    pattern: str, known: Iterable[Mark], problems: Problems, storage: Mapping[str, Json] | None = None
) -> list[Found]:
    """The files that match, and known ones that were renamed out of the pattern; oldest first.

    storage: options of the remote storage that the pattern names (`sftp://…`); there a file is known by
    its name and content. Raises SourceError if there is none at all.
    """
    found = matching_files(pattern, problems, storage)
    if not is_remote(pattern):
        places = {file.place for file in found}
        renamed = _renamed_away([mark for mark in known if mark.place not in places])
        found += [file for file in renamed if file.place not in places]
    if not found and not problems.count:
        raise SourceError(_nothing_found(pattern))
    return sorted(found, key=lambda file: (file.mtime_ns, file.path.name))


def matching_files(
    pattern: str, problems: Problems, storage: Mapping[str, Json] | None = None
) -> list[Found]:
    """The files that match, each once, oldest first; perhaps none. Raises SourceError."""
    if is_remote(pattern):
        remote = find_remote(pattern, storage or {}, problems)
        files = [_found_remote(one) for one in remote]
        return sorted(files, key=lambda file: (file.mtime_ns, str(file.path)))
    found: dict[tuple[int, int], Found] = {}
    for name in _matching(_local(pattern)):
        file = _look(Path(name), problems)
        if file is not None:
            found.setdefault(file.place, file)
    return sorted(found.values(), key=lambda file: (file.mtime_ns, file.path.name))


def look_again(file: Found) -> Found | None:
    """The file as it is now; None if it is gone or cannot be looked at."""
    if isinstance(file.path, RemotePath):
        remote = look_remote(file.path)
        return _found_remote(remote) if remote is not None else None
    return _look(file.path, Problems())


def _found_remote(one: RemoteFile) -> Found:
    return Found(one.path, *one.place, one.size, one.mtime_ns, tag=one.tag)


def _local(pattern: str) -> str:
    return pattern.removeprefix("file://").removeprefix("local://")


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


def copies_beside(file: Found) -> list[Found]:
    """Files that may be copies made of a local one before it was truncated: named as it is, with a number or a day.

    `crm-prod.log` and `crm2.log` are no copies of `crm.log`, whatever they begin with.
    """
    if isinstance(file.path, RemotePath):
        return []
    try:
        with os.scandir(file.path.parent) as entries:
            paths = [Path(entry.path) for entry in entries if _is_copys_name(entry.name, file.path)]
    except OSError:
        return []
    found = (_look(path, Problems()) for path in paths)
    newest = sorted((one for one in found if one is not None), key=lambda one: -one.mtime_ns)
    return [replace(one, matched=False) for one in newest[:MOST_COPIES_LOOKED_AT]]


def _is_copys_name(name: str, original: Path) -> bool:
    return any(
        name.startswith(start) and _COPIED.fullmatch(name, len(start)) is not None
        for start in (original.name, original.stem)
    )


def _renamed_away(missing: Iterable[Mark]) -> list[Found]:
    """Files known by device and inode that now have a name which the pattern does not match."""
    by_folder: dict[Path, dict[int, Mark]] = {}
    for mark in missing:
        if mark.gone_at is None:
            for folder in _folders_of(Path(mark.path)):
                by_folder.setdefault(folder, {})[mark.ino] = mark
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


def _folders_of(path: Path) -> set[Path]:
    """Where a file may have been renamed: beside its name, and (a container's log) beside what its name links to."""
    return {path.parent, Path(os.path.realpath(path)).parent} if path.is_symlink() else {path.parent}


def no_folder(pattern: str) -> str | None:
    """What is wrong where not even the folder that a local pattern names can be looked into; None if it can."""
    if is_remote(pattern):
        return None
    folder = Path(_local(pattern)).expanduser().parent
    while glob.has_magic(str(folder)):
        folder = folder.parent
    if folder.is_dir() and os.access(folder, os.R_OK | os.X_OK):
        return None
    return _nothing_found(pattern)


def _nothing_found(pattern: str) -> str:
    if is_remote(pattern):
        return f"no file matches {pattern.rpartition('@')[2]}; check path, and what the account may see"
    folder = Path(_local(pattern)).expanduser().absolute()
    while not folder.is_dir() and folder != folder.parent:
        folder = folder.parent
    if not os.access(folder, os.R_OK | os.X_OK):
        return f"no file matches {pattern}: the monitor may not read the folder {folder}"
    return f"no file matches {pattern} (looked in {folder}); check path, and the folder it starts from"
