"""The API keys of Butterboard's customers: whose each is and until when it holds."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from sandbox.feeds import FEEDS

MONITOR = "monitor"
HR = "hr"
_DAYS_LEFT = {"okta": 45, "hh": 11, "crm": 60}
_USUAL_DAYS = 180


@dataclass(frozen=True)
class Key:
    """One key. expires_at: None where it never ends."""

    consumer: str
    secret: str
    issued_at: datetime
    expires_at: datetime | None

    @property
    def hint(self) -> str:
        """The key as it may be shown."""
        return f"{self.secret[:8]}…{self.secret[-4:]}"

    def expired(self, now: datetime) -> bool:
        """Whether its time is over."""
        return self.expires_at is not None and self.expires_at <= now


class Keyring:
    """Every consumer's key; the same for one seed, written one a file for whoever watches."""

    def __init__(self, seed: int, origin: datetime, folder: Path, now: datetime) -> None:
        """origin: the sandbox's first start, which expiries are counted from; one that is over was renewed."""
        self._folder = folder
        self._by_consumer = {
            consumer: Key(consumer, _secret(seed, consumer), origin - timedelta(days=200), expires_at)
            for consumer, expires_at in [
                *((feed.key, _end(feed.key, origin, now)) for feed in FEEDS),
                (MONITOR, None),
                (HR, None),
            ]
        }

    def write(self) -> None:
        """Write each key to `<consumer>.key`, readable by the owner only."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._folder.chmod(0o700)
        for key in self._by_consumer.values():
            self._write(key.consumer, key.secret)
        self._write("okta-header", f"SSWS {self.of('okta').secret}")

    def _write(self, name: str, secret: str) -> None:
        path = self._folder / f"{name}.key"
        path.touch(mode=0o600, exist_ok=True)
        path.write_text(secret + "\n", encoding="utf-8")

    def of(self, consumer: str) -> Key:
        """A consumer's key; KeyError for a stranger."""
        return self._by_consumer[consumer]

    def find(self, secret: str) -> Key | None:
        """Whose key this is; None for a wrong one."""
        return next((key for key in self._by_consumer.values() if key.secret == secret), None)

    def expire(self, consumer: str, at: datetime) -> None:
        """End a key early."""
        self._by_consumer[consumer] = replace(self.of(consumer), expires_at=at)

    def renew(self, consumer: str, now: datetime) -> None:
        """Let a key hold for another half year; its secret stays."""
        key = self.of(consumer)
        self._by_consumer[consumer] = replace(
            key, issued_at=now, expires_at=now + timedelta(days=_USUAL_DAYS)
        )


def _end(consumer: str, origin: datetime, now: datetime) -> datetime:
    lasts = timedelta(days=_DAYS_LEFT.get(consumer, _USUAL_DAYS))
    return origin + lasts * ((now - origin) // lasts + 1)


def _secret(seed: int, consumer: str) -> str:
    return f"bb_demo_{hashlib.sha256(f'{seed}/{consumer}'.encode()).hexdigest()[:32]}"
