"""Every text for people, in every language there is a catalogue of."""

import re
from functools import cache

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

from core.i18n import KEYWORDS, LOCALES, languages

OTHERS = sorted(languages() - {"en"})
_PLACE = re.compile(r"\{(\w+)[^}]*\}")
Texts = dict[str | tuple[str, ...], str]


@cache
def texts() -> Texts:
    """Every message id of the code, and where it stands."""
    with (LOCALES / "babel.cfg").open(encoding="utf-8") as mapping:
        methods, options = parse_mapping_cfg(mapping)  # type: ignore[no-untyped-call]
    found: Texts = {}
    for file, line, message, *_ in extract_from_dir(LOCALES.parent, methods, options, dict(KEYWORDS)):
        if message:
            found.setdefault(message, f"{file}:{line}")
    return found


def catalogue(language: str) -> Catalog:
    with (LOCALES / language / "LC_MESSAGES" / "messages.po").open("rb") as stream:
        return read_po(stream, locale=language)


def untranslated(language: str) -> list[str]:
    """The texts without a translation, each with its place."""
    known = catalogue(language)
    missing = []
    for message, place in texts().items():
        entry = known.get(message if isinstance(message, str) else message[0])
        forms = forms_of(entry) if entry else []
        wanted = 1 if isinstance(message, str) else known.num_plurals
        if len(forms) != wanted or not all(forms) or (entry and entry.fuzzy):
            missing.append(f"{place}: {message!r}")
    return missing


def forms_of(entry: Message) -> list[str]:
    """The translation, or its plural forms."""
    return [entry.string] if isinstance(entry.string, str) else list(entry.string or ())


def test_texts_are_found() -> None:
    """The search itself works: health has texts for people."""
    assert any(place.startswith("health/") for place in texts().values())


@pytest.mark.parametrize("language", OTHERS)
def test_every_text_is_translated(language: str) -> None:
    """A text without a translation, with a doubtful one, or without all plural forms is named here."""
    missing = untranslated(language)
    if missing:
        pytest.fail(f"{len(missing)} untranslated in {language}:\n" + "\n".join(missing), pytrace=False)


@pytest.mark.parametrize("language", OTHERS)
def test_every_translation_fills_the_same_places(language: str) -> None:
    """A translation uses only the {names} that its text is given."""
    wrong = []
    for entry in catalogue(language):
        ids = [entry.id] if isinstance(entry.id, str) else list(entry.id)
        known = {name for text in ids for name in _PLACE.findall(text)}
        for text in filter(None, forms_of(entry)):
            if entry.id and not set(_PLACE.findall(text)) <= known | {"n", "count"}:
                wrong.append(f"{ids[0]!r} -> {text!r}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("language", OTHERS)
def test_every_catalogue_entry_is_still_in_use(language: str) -> None:
    """A translation of a text that no longer exists is named here, so that it gets removed."""
    used = {message if isinstance(message, str) else message[0] for message in texts()}
    entries = [
        entry.id if isinstance(entry.id, str) else entry.id[0] for entry in catalogue(language) if entry.id
    ]
    assert not [entry for entry in entries if entry not in used]
