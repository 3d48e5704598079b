"""Keeps a refresh token that replaced the configured one over a restart, in a file that its owner alone reads."""

from __future__ import annotations

import asyncio
import fcntl
import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

from core.errors import SourceError

_MOST_BYTES = 64 * 1024
_ROOM_BYTES = 4096
_LOOK_SECONDS = 0.05
MOST_WAITED_SECONDS = 60.0
"""For another's call for a token: longer than one takes that is given up."""

_REMEDY = "make auth.keep_in a folder that this program may write to"


@dataclass(frozen=True, slots=True)
class KeptToken:
    """The newest refresh token that came of one configured one.

    folder: `auth.keep_in`; name: of the file in it, the same for the same credentials and configured token in
    every process, so that a token configured anew is not passed over for what came of an older one.
    """

    folder: Path
    name: str = field(repr=False)

    @property
    def path(self) -> Path:
        """Where it is kept."""
        return self.folder / f"{self.name}.token"

    def read(self) -> str | None:
        """The token, or None where none is kept yet. Raises SourceError where it cannot be read."""
        try:
            with self.path.open("rb") as stream:
                content = stream.read(_MOST_BYTES)
            token = content.decode("utf-8").strip()
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise SourceError(
                f"the refresh token kept in {self.path} cannot be read ({_why(error)}); "
                "mend its permissions, or remove it and write a new refresh_token in auth.form",
                permanent=True,
            ) from None
        return token or None

    def make_room(self) -> None:
        """Make sure that a token can be kept, before the one there is is used up. Raises SourceError."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._fill(" " * _ROOM_BYTES).unlink()
        except OSError as error:
            raise SourceError(
                f"{self.folder} cannot keep a refresh token ({_why(error)}); {_REMEDY}", permanent=True
            ) from None

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """While nobody else uses up this token, in whichever process; where that is not to be had, all the same."""
        with ExitStack() as held:
            with suppress(OSError):
                lock = os.open(self.folder / f"{self.name}.lock", os.O_RDWR | os.O_CREAT, 0o600)
                held.callback(os.close, lock)
                await _locked(lock)
            yield

    def keep(self, token: str) -> None:
        """Put a token in the place of the one kept: wholly or not at all. Raises SourceError."""
        try:
            os.replace(self._fill(token), self.path)  # noqa: PTH105 - atomic, and the same on every system
        except (OSError, UnicodeEncodeError) as error:
            raise SourceError(
                f"a new refresh token came and cannot be kept in {self.folder} ({_why(error)}); {_REMEDY} "
                "before it is restarted, or a new refresh_token is needed",
                permanent=True,
            ) from None

    def _fill(self, text: str) -> Path:
        """A file of its own name that holds it, which its owner alone reads; gone where it cannot be filled."""
        opened, name = tempfile.mkstemp(".part", f"{self.name}.", self.folder)
        try:
            with os.fdopen(opened, "w", encoding="utf-8") as stream:
                stream.write(text)
                stream.flush()
                os.fsync(stream.fileno())
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        return Path(name)


async def _locked(opened: int) -> None:
    """Without a thread, which would be one more for each that waits. Raises OSError where nobody can lock."""
    until = monotonic() + MOST_WAITED_SECONDS
    while monotonic() < until:
        try:
            return fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            await asyncio.sleep(_LOOK_SECONDS)


def _why(error: OSError | UnicodeError) -> str:
    return (getattr(error, "strerror", None) or "it is no token").lower()
