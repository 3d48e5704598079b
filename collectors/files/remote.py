"""Files on another machine or in a bucket (SFTP, S3, …), through fsspec: found and opened as local ones are."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, TypeVar, cast

from collectors.files.remote_connection import BUCKETS, FileSystem, connected, forget, not_listed, told
from core.errors import SourceError
from core.records import Json

if TYPE_CHECKING:
    from typing import BinaryIO

    from collectors.problems import Problems

T = TypeVar("T")

_TIMES = ("mtime", "LastModified", "last_modified", "modified", "created", "updated")
_TAGS = ("ETag", "etag", "md5Hash", "content_md5")
_MAGIC = frozenset("*?[")
_DEVICE = -1
"""Stands for the device of a remote file; the "inode" is a hash of its name."""


@dataclass(frozen=True, slots=True)
class RemotePath:
    """The name of a remote file; it opens as a `Path` does, and reads as an address without secrets."""

    system: FileSystem
    protocol: str
    path: str

    @property
    def name(self) -> str:
        """The last part of the name."""
        return PurePosixPath(self.path).name

    @property
    def suffix(self) -> str:
        """What stands after the last dot of the name."""
        return PurePosixPath(self.path).suffix

    def open(self, mode: str) -> BinaryIO:
        """The file, for reading. Raises OSError whatever the library raises."""
        return cast("BinaryIO", _RemoteFile(_or_os_error(lambda: self.system.open(self.path, mode))))

    def __str__(self) -> str:
        return f"{self.protocol}://{self.path}"


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A remote file there is now. tag: what the storage calls its content, "" where it does not."""

    path: RemotePath
    size: int
    mtime_ns: int
    tag: str

    @property
    def place(self) -> tuple[int, int]:
        """What stands for device and inode."""
        digest = hashlib.blake2b(str(self.path).encode(), digest_size=7).digest()
        return _DEVICE, int.from_bytes(digest, "big")


def is_remote(pattern: str) -> bool:
    """Whether a path is an address of another place than this machine's files."""
    return "://" in pattern and not pattern.startswith(("file://", "local://"))


def find_remote(pattern: str, storage: Mapping[str, Json], problems: Problems) -> list[RemoteFile]:
    """The files that match an address, in no order; none where its folder is there and holds none.

    Raises SourceError if the storage cannot be asked, or the folder or bucket is not there.
    """
    protocol = pattern.split("://", 1)[0]
    system, path = connected(pattern, protocol, storage)
    try:
        system.invalidate_cache()
        found = _listed(system, path)
        if not found:
            _look_into_place(system, protocol, path)
    except SourceError:
        raise
    except Exception as error:
        forget(system)
        raise not_listed(protocol, error) from error
    files = []
    for name, info in found.items():
        if info.get("type", "file") == "directory":
            continue
        if info.get("type", "file") not in ("file", "link"):
            problems.add("unreadable_file", f"{protocol}://{name}", "not a regular file; match files only")
            continue
        files.append(_file(RemotePath(system, protocol, name), info))
    return files


def _listed(system: FileSystem, path: str) -> Mapping[str, Mapping[str, object]]:
    if not _MAGIC.isdisjoint(path):
        return system.glob(path, detail=True)
    try:
        return {path: system.info(path)}
    except FileNotFoundError:
        return {}


def _look_into_place(system: FileSystem, protocol: str, path: str) -> None:
    """Makes sure that there is a place where nothing was found: a listing passes over what it cannot look into.

    Raises SourceError where there is none, and whatever the library raises where it cannot be looked into.
    """
    in_bucket = protocol in BUCKETS
    folder = PurePosixPath(path).parent
    while not _MAGIC.isdisjoint(str(folder)):
        folder = folder.parent
    place = path.strip("/").partition("/")[0] if in_bucket else str(folder)
    try:
        if in_bucket:
            system.info(place)
        else:
            system.ls(place, detail=False)
    except FileNotFoundError:
        what = "bucket" if in_bucket else "folder"
        raise SourceError(
            f"{protocol}: there is no {what} {place}; check path, and what the account may see"
        ) from None
    except PermissionError:
        # Who may list a part of a bucket need not see the bucket; that listing was allowed.
        if not in_bucket:
            raise


def look_remote(path: RemotePath) -> RemoteFile | None:
    """A remote file as it is now; None if it is gone or the storage does not answer."""
    try:
        path.system.invalidate_cache()
        return _file(path, path.system.info(path.path))
    except Exception:  # noqa: BLE001  whatever the library raises, the file cannot be looked at
        return None


def _file(path: RemotePath, info: Mapping[str, object]) -> RemoteFile:
    size = info.get("size")
    tag = next((str(info[name]) for name in _TAGS if info.get(name)), "")
    return RemoteFile(path, size if isinstance(size, int) else 0, _mtime_ns(info), tag)


def _mtime_ns(info: Mapping[str, object]) -> int:
    """When it was changed, in epoch nanoseconds; 0 where the storage does not tell."""
    at = next((info[name] for name in _TIMES if info.get(name) is not None), None)
    if isinstance(at, str):
        try:
            at = datetime.fromisoformat(at)
        except ValueError:
            return 0
    if isinstance(at, datetime):
        at = (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
    return int(at * 1_000_000) * 1000 if isinstance(at, int | float) else 0


def _or_os_error(work: Callable[[], T]) -> T:
    try:
        return work()
    except OSError:
        raise
    except Exception as error:
        raise OSError(told(error)) from error


class _RemoteFile:
    """An open remote file, whose every failure is an OSError."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def read(self, size: int = -1, /) -> bytes:
        return _or_os_error(lambda: self._file.read(size))

    def seek(self, place: int, whence: int = 0, /) -> int:
        _or_os_error(lambda: self._file.seek(place, whence))
        # Not every library says where it went.
        return self.tell()

    def tell(self) -> int:
        return _or_os_error(self._file.tell)

    def seekable(self) -> bool:
        return True

    def close(self) -> None:
        _or_os_error(self._file.close)

    def __enter__(self) -> _RemoteFile:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
