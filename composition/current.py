"""The configuration at work: watches its file, takes a changed one over whole or refuses it whole."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from threading import Lock

import structlog

from composition.names import load_settings
from core.errors import ConfigurationError
from core.settings import Settings
from core.settings.secret_files import secret_files

log = structlog.get_logger(__name__)

Problems = Sequence[tuple[str, str]]
_Stamp = tuple[tuple[str, tuple[int, int, int] | None], ...]


class Current:
    """Holds the settings at work; threads may share it.

    loaded_at: when they were taken over; problems: (where, what and remedy) of a newer file that was
    refused, empty when there is none. Secrets of the environment are those of the process's start;
    `file:` secrets are read anew when their file changes.
    """

    def __init__(
        self, settings: Settings, now: datetime, read: Callable[[Path], Settings] = load_settings
    ) -> None:
        self._read = read
        self._lock = Lock()
        self._before: Settings | None = None
        self.settings = settings
        self.loaded_at = now
        self.problems: Problems = ()
        self._files = secret_files(settings.path, os.environ)
        self._content = self._candidate = self._digest()
        self._seen = self._pending = self._stamp()
        if hashlib.sha256(_content(settings.path)).hexdigest() != settings.digest:
            # It was changed since it was read: the first look finds that.
            self._seen, self._content = (), ""

    def redact(self, text: str) -> str:
        """The text without any secret of this configuration, or of the one before it, which polls may
        still be using."""
        before = self._before
        return self.settings.redact(before.redact(text) if before is not None else text)

    def look(self, now: datetime) -> Settings | None:
        """The settings of a changed file, ready to be taken over with `take`; None where there are none.

        A file is read when it looks the same twice in a row, so that one half written is left alone.
        """
        with self._lock:
            stamp = self._stamp()
            settled, self._pending = stamp == self._pending, stamp
            if stamp == self._seen or not settled:
                return None
            self._files = secret_files(self.settings.path, os.environ)
            self._seen = self._pending = self._stamp()
            self._candidate = self._digest()
            if self._candidate == self._content:
                self.problems = ()
                return None
            return self._newer()

    def _newer(self) -> Settings | None:
        try:
            newer = self._read(self.settings.path)
        except ConfigurationError as error:
            self.refuse(error.problems)
            return None
        if newer.database.get_secret_value() != self.settings.database.get_secret_value():
            self.refuse(
                [("database", "got another database; restart to move to it, or take the change back")]
            )
            return None
        return newer

    def take(self, newer: Settings, now: datetime) -> None:
        """Settings that `look` found are at work from now on."""
        self._before, self.settings = self.settings, newer
        self.loaded_at, self.problems, self._content = now, (), self._candidate

    def look_again(self) -> None:
        """What `look` found could not be taken over: it is found once more."""
        self._seen = ()

    def refuse(self, problems: Problems) -> None:
        """A newer file has these problems; the settings at work go on."""
        self.problems = tuple(problems)
        told = [f"{where}: {what}" for where, what in self.problems]
        log.error("configuration refused", file=str(self.settings.path), problems=told)

    def said(self) -> str:
        """How the configuration stands, in a line."""
        since = f"{self.loaded_at:%Y-%m-%dT%H:%M:%SZ}"
        if not self.problems:
            return f"ok, taken over {since}"
        count = f"{len(self.problems)} problem{'s' if len(self.problems) > 1 else ''}"
        return f"the changed file has {count} and was refused; the one of {since} is at work"

    def _stamp(self) -> _Stamp:
        return tuple((str(path), _stat(path)) for path in (self.settings.path, *self._files))

    def _digest(self) -> str:
        """Of everything that was read: a file that was only touched is no change."""
        whole = hashlib.sha256()
        for path in (self.settings.path, *self._files):
            for part in (str(path).encode(), _content(path)):
                whole.update(hashlib.sha256(part).digest())
        return whole.hexdigest()


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _stat(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
