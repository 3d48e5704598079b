"""Access tokens that sources logged in for: each got once, by whichever call needs it first, for all that need it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from core.errors import SourceError


@dataclass(frozen=True, slots=True, eq=False)
class Token:
    """An access token. expires_at: by time.monotonic(); None: not told. One of the same value is another token."""

    value: str = field(repr=False)
    expires_at: float | None = None

    @property
    def over(self) -> bool:
        """Whether it has expired."""
        return self.expires_at is not None and self.expires_at <= monotonic()


@dataclass(slots=True)
class Login:
    """What is known of one credential. token: the one in use; refresh: the refresh token given last, to be used
    instead of the configured one, where it is kept nowhere else; refused: the refresh token refused last; coming: the
    login under way; failed: for which refused token none was got, and why."""

    token: Token | None = None
    refresh: str | None = field(default=None, repr=False)
    refused: str | None = field(default=None, repr=False)
    coming: asyncio.Task[Token] | None = None
    failed: tuple[Token, SourceError] | None = None

    async def take(
        self, refused: Token | None, log_in: Callable[[Login], Coroutine[Any, Any, Token]]
    ) -> Token:
        """The token in use, or a new one where there is none, it is over, or it is the one refused.

        log_in: gets one; what it raises is raised for all that wait for it.
        """
        if self.token is not None and self.token is not refused and not self.token.over:
            return self.token
        if self.coming is None:
            if refused is not None and self.failed is not None and self.failed[0] is refused:
                raise self.failed[1]
            self.coming = asyncio.create_task(log_in(self))
            self.coming.add_done_callback(lambda task: self._came(task, refused))
        # A login is waited for though its poll is cancelled: it may replace what it was got with.
        return await asyncio.shield(self.coming)

    def _came(self, task: asyncio.Task[Token], refused: Token | None) -> None:
        self.coming = self.token = None
        if task.cancelled():
            return
        error = task.exception()
        if error is None:
            self.token = task.result()
        elif refused is not None and isinstance(error, SourceError):
            self.failed = refused, error


class Logins:
    """The logins of all sources, by a digest of what they are made with. Belongs to one event loop.

    last_wait_seconds: how long those that are under way at the end have to come in.
    """

    def __init__(self) -> None:
        self._by_key: dict[str, Login] = {}
        self.last_wait_seconds = 5.0

    def of(self, key: str) -> Login:
        """The one of a credential."""
        return self._by_key.setdefault(key, Login())

    async def close(self) -> None:
        """End what is under way; its answer is waited for, as it may replace a token that is used up by then."""
        coming = [login.coming for login in self._by_key.values() if login.coming is not None]
        if not coming:
            return
        await asyncio.wait(coming, timeout=self.last_wait_seconds)
        for task in coming:
            task.cancel()
        await asyncio.wait(coming)
