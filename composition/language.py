"""The language that a command speaks: the file's, or that of the environment where there is no file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from core.i18n import SOURCE_LANGUAGE, languages
from core.settings.tree import NotYamlError, parse

_VARIABLES = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
"""Where the environment says it, the first that says anything before the others, as gettext has it."""

_WORD = re.compile(r"[-_.@]")


def language_for(path: Path, environ: Mapping[str, str]) -> str:
    """What the file at a path says under `language`, whatever else is wrong with it; else the environment's."""
    try:
        root = parse(path.read_text(encoding="utf-8-sig")).root
    except (OSError, UnicodeDecodeError, NotYamlError):
        return language_of_environment(environ)
    asked = root.get("language") if isinstance(root, dict) else None
    return asked if isinstance(asked, str) and asked in languages() else SOURCE_LANGUAGE


def language_of_environment(environ: Mapping[str, str]) -> str:
    """The first language of `LANGUAGE`, or the locale's, that there is a catalogue of; else English."""
    said = next((environ[name] for name in _VARIABLES if environ.get(name)), "")
    wanted = (_WORD.split(locale, maxsplit=1)[0].lower() for locale in said.split(":"))
    return next((language for language in wanted if language in languages()), SOURCE_LANGUAGE)
