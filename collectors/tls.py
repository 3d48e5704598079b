"""The TLS of sources that show a certificate of their own, or trust an authority that the machine does not."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

import httpx

from core.errors import SourceError
from core.settings.tls import TlsSettings

_NO_PEM = "is it PEM? of a .p12 or .pfx make one: openssl pkcs12 -in file.p12 -out file.pem -nodes"


@dataclass(frozen=True, slots=True)
class OwnTls:
    """What is shown and trusted. stamps: of the files, so that one that was renewed is another one."""

    certificate: str | None
    key: str | None
    password: str | None = field(repr=False)
    authority: str | None
    stamps: tuple[int, ...] = ()

    @classmethod
    def of(cls, source: object) -> Self | None:
        """What a source's settings say under `tls`, as its files are now; None where they say nothing."""
        settings = getattr(source, "tls", None)
        if not isinstance(settings, TlsSettings):
            return None
        files = settings.certificate, settings.key, settings.authority
        password = settings.password.get_secret_value() if settings.password else None
        return cls(files[0], files[1], password, files[2], tuple(_stamp(file) for file in files))

    def renews(self, other: Self) -> bool:
        """Whether it is made of the same files, which changed since."""
        return self.stamps != other.stamps and replace(self, stamps=other.stamps) == other

    def context(self) -> ssl.SSLContext:
        """To connect with. Raises SourceError where a file cannot be used."""
        made = usual_context()
        if self.authority is not None:
            _read(self.authority, "authority", lambda: made.load_verify_locations(self.authority))
        if self.certificate is not None:
            self._show(made, self.certificate)
        return made

    def _show(self, made: ssl.SSLContext, file: str) -> None:
        asked: list[str] = []

        def password() -> str:
            """Called for an encrypted key only; without it OpenSSL would ask whoever sits at the terminal."""
            asked.append(file)
            return self.password or ""

        try:
            _read(file, "certificate", lambda: made.load_cert_chain(file, self.key, password), self.key)
        except SourceError as error:
            if not asked:
                raise
            why = "is not its password" if self.password else "is missing"
            raise SourceError(
                f"tls.certificate: the key of {file} is encrypted, and tls.password {why}", permanent=True
            ) from error


def usual_context() -> ssl.SSLContext:
    """What is trusted by itself: public authorities, and those of the machine and its environment."""
    made = httpx.create_ssl_context(trust_env=False)
    made.load_default_certs()
    made.set_alpn_protocols(["http/1.1"])
    return made


def ends_at(source: object) -> datetime | None:
    """Until when the certificate that a source shows is valid; None where it shows none, or that cannot be read."""
    settings = getattr(source, "tls", None)
    if not isinstance(settings, TlsSettings) or settings.certificate is None:
        return None
    # The only way in which the standard library tells a file's dates; an alternative Python may not have it.
    decode = getattr(getattr(ssl, "_ssl", None), "_test_decode_cert", None)
    if decode is None:
        return None
    try:
        return datetime.fromtimestamp(ssl.cert_time_to_seconds(decode(settings.certificate)["notAfter"]), UTC)
    except (TypeError, KeyError, ValueError, OSError):
        return None


def _stamp(file: str | None) -> int:
    try:
        return 0 if file is None else Path(file).stat().st_mtime_ns
    except OSError:
        return 0


def _read(file: str, name: str, work: Callable[[], object], key: str | None = None) -> None:
    files = f"{file}" if key is None else f"{file} and {key}"
    try:
        work()
    except ssl.SSLError as error:
        holds_key = name == "certificate" and key is None
        why = _why(error, holds_key=holds_key)
        raise SourceError(f"tls.{name}: {files} cannot be used: {why}", permanent=True) from None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise SourceError(
            f"tls.{name}: {files} cannot be read ({why.lower()}); check the path and its permissions",
            permanent=True,
        ) from None


def _why(error: ssl.SSLError, *, holds_key: bool) -> str:
    """holds_key: the key is looked for in the certificate's file."""
    reason = error.reason or "what is looked for does not stand in it"
    if reason == "KEY_VALUES_MISMATCH":
        return "the key is not that of the certificate, which must stand first in its file"
    where = ", and does the key stand in it? else write its file under tls.key" if holds_key else ""
    return f"{reason}; {_NO_PEM}{where}"
