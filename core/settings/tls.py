"""What stands in the configuration for TLS: a certificate of ours, and whose certificates are trusted."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from core.settings.base import SettingsModel, problem
from core.settings.fields import Secret
from core.settings.paths import PathText


class TlsSettings(SettingsModel):
    """How TLS is spoken: with a certificate of ours (mTLS), and whom else to trust. All files are PEM."""

    certificate: PathText | None = Field(
        default=None,
        description="file with our certificate, and behind it those of its authorities; the key may stand in it too",
    )
    key: PathText | None = Field(default=None, description="file with the certificate's private key")
    password: Secret | None = Field(default=None, description="of the private key, where it is encrypted")
    authority: PathText | None = Field(
        default=None,
        description="file with the authority that signed the server's certificate, trusted beside the machine's",
    )

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.certificate is None and (self.key is not None or self.password is not None):
            raise problem("has a key and no certificate; write the certificate's file under certificate")
        if self.certificate is None and self.authority is None:
            raise problem("says nothing; write certificate, or authority")
        return self
