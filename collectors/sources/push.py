"""The `push` source: what sends its events and heartbeats by itself, and is only listened to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from collectors.source import BRINGS, FILES, Source, SourceContext
from core.records import Batch, Cursor
from core.settings import DurationField, Key, Secret, SizeField, SourceSettings
from core.settings.base import problem
from core.settings.fields import at_least

PUSH_BRINGS = BRINGS - {FILES}
SIGHTED = 3
"""A source is not seen any more after so many times its `every` (`health.sight`)."""

_FOR_AGES = timedelta(days=36_500)


class PushSettings(SourceSettings):
    """`type: push`: whose events and heartbeats are taken, and how soon their absence is told."""

    token: Secret = Field(description="the Bearer token it sends: `${NAME}`, or `file:/path` of its file")
    heartbeat: Key | None = Field(
        None,
        description="the key in the address of its heartbeats; default: integration and name, as in `crm-jobs`",
    )
    expect_every: Annotated[DurationField, AfterValidator(at_least(timedelta(seconds=30)))] | None = Field(
        None,
        description="something is sent at least so often, else the source is not seen; default: no matter",
    )
    max_per_minute: int = Field(600, ge=1, le=100_000, description="calls that are taken in a minute")
    max_body: SizeField = Field(5_000_000, description="the largest body that is taken", le=50_000_000)

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if "every" in self.model_fields_set:
            raise problem("every belongs to a source that is looked at; write expect_every instead")
        self.brings_only(PUSH_BRINGS)
        # Whoever asks how old the last look may be, asks the same of what pushes.
        every = self.expect_every / SIGHTED if self.expect_every else _FOR_AGES
        object.__setattr__(self, "every", every)
        return self

    def heartbeat_key(self, owner: str | None) -> str:
        """The key in the address of its heartbeats. owner: its integration, None at the top level."""
        return self.heartbeat or (f"{owner}-{self.name}" if owner else self.name)


async def collect(_settings: PushSettings, _cursor: Cursor, _ctx: SourceContext) -> AsyncIterator[Batch]:
    """Nothing to read: what is pushed comes in through the HTTP API."""
    nothing: tuple[Batch, ...] = ()
    for batch in nothing:
        yield batch


SOURCE = Source(settings=PushSettings, collect=collect, brings=PUSH_BRINGS, polled=False)
