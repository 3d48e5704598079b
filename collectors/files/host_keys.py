"""Whether a server of files is the one that is meant: its own key against the fingerprints that are told."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol

import paramiko

from collectors.files.other_server import OtherServer
from core.errors import SourceError
from core.records import Json

_FINGERPRINT = re.compile(r"SHA256:[A-Za-z0-9+/]{43}=?", re.ASCII)


class Key(Protocol):
    """What is used of a server's key."""

    @property
    def fingerprint(self) -> str:
        """`SHA256:` and the digest in Base64 without padding, as OpenSSH prints it."""


# Compared and printed by what it holds, because fsspec keeps one connection for equal options.
@dataclass(frozen=True)
class Only(paramiko.MissingHostKeyPolicy):  # type: ignore[misc]
    """Lets in only servers with one of these keys. fingerprints: as `ssh-keygen -l` prints them."""

    fingerprints: frozenset[str]

    def missing_host_key(self, client: object, hostname: str, key: Key) -> None:
        """Called with each server's key, before anything secret is sent. Raises OtherServer."""
        if key.fingerprint not in self.fingerprints:
            raise OtherServer(key.fingerprint)

    def __repr__(self) -> str:
        return f"Only({sorted(self.fingerprints)})"


def only(value: Json) -> Only:
    """The policy of one fingerprint or a list of them. Raises SourceError where one is none."""
    several = value if isinstance(value, list | tuple) else [value]
    texts = [one.strip() if isinstance(one, str) else one for one in several]
    wrong = [one for one in texts if not isinstance(one, str) or not _FINGERPRINT.fullmatch(one)]
    if wrong or not texts:
        got = wrong[0] if wrong else several
        raise SourceError(
            f"storage.host_fingerprint: got {got!r}; write what `ssh-keyscan host | ssh-keygen -lf -` prints, "
            "such as SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU, or a list of them",
            True,
        )
    return Only(frozenset(str(one).rstrip("=") for one in texts))
