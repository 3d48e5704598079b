"""Kinds of value that several channels' settings hold."""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, SecretStr, ValidationInfo

from core.settings.base import context_of, problem
from core.settings.fields import NonEmpty, Secret
from core.webaddress import fault_as_written

_MAIL = re.compile(r"[^@\s<>,;\x00-\x1f]+@[^@\s<>,;\x00-\x1f]+")
_TELLING_PATH = 16
"""A path this long may hold a key, as those of Slack and others do."""


def _address(value: SecretStr, info: ValidationInfo) -> SecretStr:
    url = value.get_secret_value()
    fault = fault_as_written(url)
    if fault is not None:
        raise problem(f"{fault}; write one such as https://host/path")
    context, path = context_of(info), urlsplit(url).path
    if context is not None and len(path) >= _TELLING_PATH:
        context.secrets.add(path)
    return value


def _one_line(value: SecretStr) -> SecretStr:
    if re.search(r"[\x00-\x1f\x7f]", value.get_secret_value()):
        raise problem("it has a line break or another control character; write it in one line")
    return value


def _header_name(value: str) -> str:
    if not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", value):
        raise problem(f'got "{value}"; a header\'s name has letters, digits and "-"')
    return value


def _mail(value: object) -> object:
    if isinstance(value, str) and not _MAIL.fullmatch(value):
        raise problem(f'got "{value}"; write a mail address such as support@example.org')
    return value


def _mails(value: object) -> object:
    return [value] if isinstance(value, str) else value


SecretUrl = Annotated[Secret, AfterValidator(_address)]
"""An http or https address that is itself a secret: whoever knows it can send."""

HeaderName = Annotated[str, AfterValidator(_header_name)]
HeaderValue = Annotated[Secret, AfterValidator(_one_line)]

MailAddress = Annotated[NonEmpty, BeforeValidator(_mail)]
"""`name@host`."""

MailAddresses = Annotated[tuple[MailAddress, ...], BeforeValidator(_mails)]
"""One mail address or a list of them."""
