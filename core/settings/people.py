"""The models of those who are called, and the language a text is in."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from core.i18n import languages
from core.settings.base import SettingsModel, one_of, problem
from core.settings.fields import NonEmpty, Words, ZoneName


def _language(value: object) -> object:
    if isinstance(value, str) and value not in languages():
        raise problem(f'got "{value}"; use {one_of(sorted(languages()))}')
    return value


Language = Annotated[str, BeforeValidator(_language)]
"""The key of a language that there is a catalogue for."""


class Contact(SettingsModel):
    """A person or a group that is called."""

    name: NonEmpty = Field(description="the name shown to people")
    email: str | None = Field(None, description="mail address")
    phone: str | None = Field(None, description="telephone, as people dial it")
    telegram: str | None = Field(None, description="Telegram name")
    channels: Words = Field((), description="keys of `channels` that reach them; default: none")
    language: Language | None = Field(
        None, description="language of their messages; default: the installation's"
    )
    timezone: ZoneName | None = Field(None, description="their time zone; default: the installation's")
