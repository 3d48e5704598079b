"""What the settings of every source have that calls a system over HTTP."""

from __future__ import annotations

from pydantic import Field

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
