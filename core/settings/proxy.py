"""What stands in the configuration for the HTTP proxy of an office: an address, or the word `none`."""

from __future__ import annotations

import base64
import ipaddress
import re
from collections.abc import Mapping
from typing import Annotated, Literal, Self
from urllib.parse import unquote, urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, model_validator

from core.settings.base import SettingsModel, context_of, problem
from core.settings.fields import NonEmpty, Secret, Words
from core.webaddress import NO_ADDRESS, fault_as_written

DIRECT = "none"
_REMEDY = "write the proxy's address, such as http://proxy.corp:3128"
_HOST = re.compile(r"(?:\*?\.)?[\w-]+(?:\.[\w-]+)*\.?(?::\d{1,5})?")


def basic_credentials(username: str, password: str) -> str:
    """What HTTP Basic sends for a user (RFC 7617, in UTF-8)."""
    return base64.b64encode(f"{username}:{password}".encode()).decode("ascii")


def _address(value: object) -> object:
    if not isinstance(value, str):
        return value
    scheme = value.partition("://")[0].lower()
    if scheme.startswith("socks"):
        raise problem(
            "SOCKS is not spoken; write the address of an HTTP proxy, such as http://proxy.corp:3128"
        )
    if scheme == "https":
        raise problem(
            "the proxy itself is spoken to by plain HTTP (an https target stays encrypted through it); "
            "write http:// in front of its host"
        )
    fault = fault_as_written(value)
    if fault is not None:
        why = "it is no address of an HTTP proxy" if fault == NO_ADDRESS else fault
        raise problem(f"{why}; {_REMEDY}")
    parts = urlsplit(value)
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise problem(f"a proxy's address ends with its port; {_REMEDY}")
    return value


def _user(name: str) -> str:
    if ":" in name:
        raise problem("a user's name for a proxy has no colon; write the part behind it as password")
    return name


def _exceptions(entries: tuple[str, ...]) -> tuple[str, ...]:
    for entry in entries:
        if entry != "*" and not _HOST.fullmatch(entry) and not _is_network(entry):
            raise problem(
                f'got "{entry}"; write a host, a domain such as .corp.example, an address, '
                f"a network such as 10.0.0.0/8, or *"
            )
    return entries


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text.strip("[]"), strict=False)
    except ValueError:
        return False
    return True


class ProxySettings(SettingsModel):
    """An HTTP proxy: plain HTTP is asked of it whole, https goes through it by CONNECT and stays encrypted.

    A text in its place is its `url`, with `user:password@` if need be; `none` is no proxy.
    """

    url: Annotated[NonEmpty, BeforeValidator(_address)] = Field(
        description="address of the proxy, http:// with its port; SOCKS is not spoken"
    )
    username: Annotated[NonEmpty, AfterValidator(_user)] | None = Field(
        None, description="user, where the proxy asks for one (Basic)"
    )
    password: Secret | None = Field(None, description="the user's password")
    no_proxy: Annotated[Words, AfterValidator(_exceptions)] = Field(
        ("localhost", "127.0.0.0/8", "::1"),
        description="what is called directly: hosts and domains with all beneath them, addresses, networks "
        "(of hosts written as addresses), each with a port or without; `*` is everything",
    )

    @model_validator(mode="before")
    @classmethod
    def _user_in_address(cls, value: object) -> object:
        """A user and password in the address stand under their own names, so that nothing shows them."""
        url = value.get("url") if isinstance(value, Mapping) else None
        if not isinstance(value, Mapping) or not isinstance(url, str) or "@" not in url:
            return value
        scheme, slashes, rest = url.partition("://")
        user, _, place = rest.rpartition("@")
        name, colon, password = user.partition(":")
        found = {"username": unquote(name)} | ({"password": unquote(password)} if colon and password else {})
        return {**found, **value, "url": f"{scheme}{slashes}{place}"}

    @model_validator(mode="after")
    def _whole(self, info: ValidationInfo) -> Self:
        if self.password is not None and self.username is None:
            raise problem("has a password and no username; write both, or neither")
        context = context_of(info)
        if context is not None and self.username is not None:
            # A proxy's page of an error may say back what it was sent.
            secret = self.password.get_secret_value() if self.password else ""
            context.secrets.add(basic_credentials(self.username, secret))
        return self


def _read(value: object, info: ValidationInfo) -> object:
    if isinstance(value, str) and value.strip().lower() == DIRECT:
        return DIRECT
    if isinstance(value, str):
        value = {"url": value}
    if not isinstance(value, Mapping):
        return value if isinstance(value, ProxySettings) else _refused()
    return ProxySettings.model_validate(value, context=info.context)


def _refused() -> object:
    raise problem(f"got a list; {_REMEDY}, or none")


AnyProxy = Annotated[Literal["none"] | str | ProxySettings, BeforeValidator(_read)]
"""An address, a mapping with one, or `none`; read, it is settings or `none`."""
