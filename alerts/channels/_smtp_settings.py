"""What stands in `monitor.yaml` for an `smtp` channel."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from alerts.channels._fields import MailAddress, MailAddresses
from core.settings.base import problem
from core.settings.channels import ChannelSettings
from core.settings.fields import NonEmpty, Secret

Security = Literal["starttls", "tls", "none"]
PORTS: dict[Security, int] = {"starttls": 587, "tls": 465, "none": 25}


class SmtpSettings(ChannelSettings):
    """A mail server that takes mail from us. Messages about one trouble make one conversation; a message
    sent again has the same `Message-ID`."""

    host: NonEmpty = Field(description="name of the mail server")
    port: int | None = Field(
        None, ge=1, le=65535, description="default: 587 for starttls, 465 for tls, 25 for none"
    )
    security: Security = Field("starttls", description="how the connection is encrypted")
    username: NonEmpty | None = Field(None, description="name to log in with; default: no login")
    password: Secret | None = Field(None, description="its password")
    sender: MailAddress = Field(alias="from", description="address that the mails come from")
    to: MailAddresses = Field(
        (), description="address or addresses that they go to; default: the contact's `email`"
    )

    @model_validator(mode="after")
    def _whole_login(self) -> Self:
        if (self.username is None) != (self.password is None):
            raise problem("username and password go together; write both or neither")
        if self.password is not None and self.security == "none":
            raise problem("a password does not travel in the clear; use security: starttls or tls")
        return self

    @property
    def personal(self) -> bool:
        """Each contact has a mail address of their own, unless all mails go to `to`."""
        return not self.to

    @property
    def server_port(self) -> int:
        """The port as written, else the usual one."""
        return self.port or PORTS[self.security]
