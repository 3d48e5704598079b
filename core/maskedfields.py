"""Takes personal values out of identities and addresses, and leaves plain ones exactly as they are (pure)."""

from __future__ import annotations

import re
from urllib.parse import unquote_plus

from core.personal import FieldNames, may_name_a_person, words_of

HIDDEN = "***"
_SECRET_WORDS = frozenset(["key", "sig", "signature", "token", "secret", "password", "hash", "ticket", "otp"])
_AT = r"(?:@|%40|%2540|\\u0040|&#0*64;|&commat;)"
_AT_MARK = re.compile(_AT, re.IGNORECASE)
_MAIL = re.compile(rf"[^\s/?&=#,;:<>()\"'|]{{1,256}}?{_AT}[\w-]+(?:\.[\w-]+)*\.[^\W\d_]{{2,}}", re.IGNORECASE)
_PHONE = re.compile(
    r"(?:\+|%2B)(?<![\d.:]\+)(?<![\d.:]%2B)[1-9](?:(?:[ ().\u00a0-]|%20){0,3}\d){9,14}(?![\w])", re.IGNORECASE
)
_USERINFO = re.compile(r"^([a-z][a-z0-9+.-]*:)?//[^/?#]*@", re.IGNORECASE)
_PLAIN_ID = re.compile(r"[\w:./#-]*\d[\w:./#-]*")


def holds_a_person(text: str) -> bool:
    """Whether a mail or a phone (`+` and ten digits or more) stands in it; an id, a time or a slug is none."""
    # What a pattern cannot do without is looked for first: this is asked of every run.
    if ("@" in text or "40" in text or "&" in text) and _AT_MARK.search(text) and _MAIL.search(text):
        return True
    return ("+" in text or "%" in text) and _PHONE.search(text) is not None


def masked_url(url: str, names: FieldNames) -> str:
    """An address without userinfo, mails, phones, and the values of personal and secret parameters."""
    if "@" in url:
        url = _USERINFO.sub(r"\1//", url)
    rest, hash_sign, fragment = url.partition("#")
    path, question_mark, query = rest.partition("?")
    if question_mark:
        query = _parameters(query, names)
    if "=" in fragment:
        before, mark, parameters = fragment.rpartition("?")
        fragment = before + mark + _parameters(parameters, names)
    return _without_people(f"{path}{question_mark}{query}{hash_sign}{fragment}")


def _without_people(text: str) -> str:
    return _PHONE.sub(HIDDEN, _MAIL.sub(HIDDEN, text)) if holds_a_person(text) else text


def _parameters(query: str, names: FieldNames) -> str:
    return "&".join(_parameter(part, names) for part in query.split("&"))


def _parameter(part: str, names: FieldNames) -> str:
    name, equals, value = part.partition("=")
    if not value:
        return part
    plain_name, plain = unquote_plus(name), unquote_plus(value)
    personal = names.denied(plain_name) or not _SECRET_WORDS.isdisjoint(words_of(plain_name))
    if not personal and may_name_a_person(plain_name):
        personal = not _PLAIN_ID.fullmatch(plain)
    return f"{name}{equals}{HIDDEN}" if personal or holds_a_person(plain) else part
