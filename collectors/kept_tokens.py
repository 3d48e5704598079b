"""Keeps a refresh token that replaced the configured one over a restart, in a file that its owner alone reads."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from core.errors import SourceError

_MOST_BYTES = 64 * 1024
_OWNER_READS_AND_WRITES = 0o600
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
            self._fill("")
            self._partial.unlink()
        except OSError as error:
            raise SourceError(
                f"{self.folder} cannot keep a refresh token ({_why(error)}); {_REMEDY}", permanent=True
            ) from None

    def keep(self, token: str) -> None:
        """Put a token in the place of the one kept: wholly or not at all. Raises SourceError."""
        try:
            self._fill(token)
            os.replace(self._partial, self.path)  # noqa: PTH105 - atomic, and the same on every system
        except (OSError, UnicodeEncodeError) as error:
            raise SourceError(
                f"a new refresh token came and cannot be kept in {self.folder} ({_why(error)}); {_REMEDY} "
                "before it is restarted, or a new refresh_token is needed",
                permanent=True,
            ) from None

    @property
    def _partial(self) -> Path:
        return self.folder / f"{self.name}.{os.getpid()}.part"

    def _fill(self, token: str) -> None:
        opened = os.open(self._partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _OWNER_READS_AND_WRITES)
        with os.fdopen(opened, "w", encoding="utf-8") as stream:
            stream.write(token)
            stream.flush()
            os.fsync(stream.fileno())


def _why(error: OSError | UnicodeError) -> str:
    return (getattr(error, "strerror", None) or "it is no token").lower()
