"""What the settings of every source have that calls a system over HTTP."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from core.settings.base import problem
from core.settings.proxy import AnyProxy
from core.settings.sources import SourceSettings
from core.settings.tls import TlsSettings


class CallingSettings(SourceSettings):
    """A source over HTTP."""

    proxy: AnyProxy | None = Field(
        default=None,
        description="HTTP proxy of this source, in the place of the one at the top; `none` calls directly",
    )
    tls: TlsSettings | None = Field(
        default=None, description="a certificate of ours, where the system asks for one, and whom to trust"
    )

    @model_validator(mode="after")
    def _spoken(self) -> Self:
        called = getattr(self, "url", None) or getattr(getattr(self, "request", None), "url", None)
        if self.tls is not None and str(called).lower().startswith("http:"):
            raise problem("tls is for https alone; write https:// in the address, or leave tls out")
        return self
