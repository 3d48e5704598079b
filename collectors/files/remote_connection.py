"""Connections to another machine or a bucket, through fsspec, and what is told where there is none."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol, cast

from collectors.files.other_server import OtherServer
from core.errors import SourceError
from core.records import Json

if TYPE_CHECKING:
    from typing import BinaryIO

_PACKAGES = {
    "sftp": "paramiko",
    "ssh": "paramiko",
    "s3": "s3fs",
    "s3a": "s3fs",
    "gs": "gcsfs",
    "gcs": "gcsfs",
}
_CREDENTIALS = {"s3": "key and secret", "s3a": "key and secret", "sftp": "username", "ssh": "username"}
_BY_SSH = frozenset({"sftp", "ssh"})
HOST_FINGERPRINT = "host_fingerprint"
"""An option of ours among the library's: which keys the server may have."""

BUCKETS = frozenset({"s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "oss", "oci", "cos", "b2"})
"""Storages without folders: only their buckets exist by themselves, and a prefix where nothing lies is no fault."""

_LOGIN = re.compile(r"authenticat|log ?in|credential", re.IGNORECASE)
_UNANSWERED = re.compile(r"time[d ]*out|\bEOF\b|shut ?down", re.IGNORECASE)
"""paramiko has one name for a login that was refused and one during which the server fell silent or went."""


class FileSystem(Protocol):
    """What is used of a file system of fsspec."""

    def invalidate_cache(self) -> None:
        """What was listed is asked for anew."""

    def glob(self, path: str, *, detail: bool) -> Mapping[str, Mapping[str, object]]:
        """The files that match."""

    def ls(self, path: str, *, detail: bool) -> object:
        """What lies in a folder."""

    def info(self, path: str) -> Mapping[str, object]:
        """What is known of a file."""

    def open(self, path: str, mode: str) -> BinaryIO:
        """The file."""


def connected(pattern: str, protocol: str, storage: Mapping[str, Json]) -> tuple[FileSystem, str]:
    """The file system that an address names, and its path there. Raises SourceError."""
    from fsspec.core import url_to_fs

    # It logs each refusal with a traceback; what happened is told by the error, once.
    logging.getLogger("paramiko").setLevel(logging.CRITICAL)
    try:
        options = _checking(storage) if protocol in _BY_SSH else storage
        return cast("tuple[FileSystem, str]", url_to_fs(pattern, **options))
    except SourceError:
        raise
    except ImportError as error:
        package = _PACKAGES.get(protocol) or getattr(error, "name", None) or "a package"
        raise SourceError(
            f"{protocol}:// needs {package}, which is not installed; add it to this installation", True
        ) from error
    except ValueError as error:
        raise SourceError(f"{protocol}:// is no kind of storage known here: {told(error)}", True) from error
    except Exception as error:
        raise _closed(pattern, protocol, error) from error


def _checking(storage: Mapping[str, Json]) -> Mapping[str, object]:
    """The options with which only the server that is meant is talked to, where it is told which that is."""
    if HOST_FINGERPRINT not in storage:
        return storage
    from collectors.files.host_keys import only

    rest = {name: value for name, value in storage.items() if name != HOST_FINGERPRINT}
    return {**rest, "host_key_policy": only(storage[HOST_FINGERPRINT])}


def _closed(pattern: str, protocol: str, error: Exception) -> SourceError:
    """Where nobody was let in: a login that was refused stays so until somebody changes it."""
    server = f"{protocol}://{pattern.split('://', 1)[1].partition('/')[0].rpartition('@')[2]}"
    if isinstance(error, OtherServer):
        return SourceError(
            f"{server}: its key is {error.seen}, which is not among storage.{HOST_FINGERPRINT}: another server answers, or its"
            " key was changed; ask who runs it before you take it over",
            True,
        )
    if _LOGIN.search(told(error)) and not _UNANSWERED.search(str(error)):
        account = "the options" if protocol in BUCKETS else "username, and password or key_filename,"
        said = str(error).rstrip(". ")
        return SourceError(f"{server}: the login was refused: {said}; check {account} under storage", True)
    remedy = "" if protocol in BUCKETS else "; check host and port in path"
    return SourceError(f"{server}: cannot connect: {told(error)}{remedy}")


def not_listed(protocol: str, error: Exception) -> SourceError:
    """Where the files cannot be listed: what is not allowed stays so until somebody changes it.

    Storages of buckets have no login: wrong credentials are told at the first listing.
    """
    said = f"{protocol}: cannot be listed: {told(error)}"
    if not (isinstance(error, PermissionError) or _LOGIN.search(said)) or _UNANSWERED.search(str(error)):
        return SourceError(said)
    options = _CREDENTIALS.get(protocol, "the options")
    return SourceError(f"{said}; check {options} under storage, and what the account may see", True)


def forget(system: FileSystem) -> None:
    """Makes the next poll connect anew: the library keeps connections, broken ones too."""
    cache = getattr(type(system), "_cache", None)
    token = getattr(system, "_fs_token", None)
    if isinstance(cache, dict):
        cache.pop(token, None)


def told(error: Exception) -> str:
    """What a library's error says, with its kind."""
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
