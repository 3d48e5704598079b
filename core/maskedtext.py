"""Takes mails, phones, documents, secrets and people's names out of a text, and leaves what explains it."""

from __future__ import annotations

import re

from core.maskedwords import NO_NAMES, PROSE, SAID
from core.personal import FieldNames

_MARK = r"\[(?:email|phone|number|name|hidden|secret)\]"
MARK = re.compile(_MARK)
_PASSES = 6
_AT = r"(?:@|%40|\\u0040|&#0*64;|&commat;)"
_LOCAL = r"[\w.!#$%&'*+/=?^`{|}~\\-]"

_MAIL = re.compile(
    rf"(?:{_LOCAL}{{1,256}}|\"[^\"\n]{{1,64}}\"){_AT}(?:\[[\w.:]+\]|[\w-]+(?:\.[\w-]+)+)", re.IGNORECASE
)
_LEAD = re.compile(r"^(?:.*[=/?&{}|`]|['\\]+)(?=.)", re.DOTALL)
_JWT = re.compile(r"\beyJ[\w-]{5,}(?:\.[\w-]+){1,4}")
_PEM = re.compile(r"-----BEGIN [A-Z ]+-----.*?(?:-----END [A-Z ]+-----|\Z)", re.DOTALL)
_SCHEME = re.compile(r"\b(bearer|basic|digest|token|apikey|api-key)\s+([\w.~+/=:-]{6,})", re.IGNORECASE)
_USERINFO = re.compile(r"(://)[^\s/@:\[\]]*:[^\s/@]*@")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b")
_CARD = re.compile(r"(?<![\w.-])[2-6]\d{3}(?:([ -]?)\d{4})(?:\1\d{4}){2}(?![\w-])")
_DOCUMENT = re.compile(r"(?<![\w-])(?:\d{3}-\d{3}-\d{3}[ -]\d{2}|\d{3}-\d{2}-\d{4})(?![\w-])")
_AFTER_DOCUMENT = re.compile(
    r"(\b(?:passport|snils|ssn|inn|iban|паспорт\w*|снилс|инн)\W{0,3}(?:(?:no|number|series|номер|серия|№)\W{0,3})?)"
    r"([A-Z]{0,3}\d[\d -]{4,24}\d)",
    re.IGNORECASE,
)
_AFTER_PHONE = re.compile(
    r"(\b(?:phone|telephone|tel|mobile|телефон\w*|тел)\b\W{0,3}(?:(?:no|number|номер|№)\W{0,3})?)(\+?\d[\d ().-]{4,20}\d)",
    re.IGNORECASE,
)
_PHONES = re.compile(
    r"(?<![\w.])\+[1-9][\d ().\u00a0-]{7,20}\d(?!\w)"
    r"|(?<![\w.:-])[78][ (-]{0,2}9\d{2}[ )-]{0,2}\d{3}[ -]?\d{2}[ -]?\d{2}(?![\w-])"
    r"|(?<![\w.:-])(?:[78][ -]?)?\(\d{3,5}\)[ -]?\d{1,3}[ -]\d{2}[ -]?\d{2}(?![\w-])"
    r"|(?<![\w.:-])(?:1[-. ])?\d{3}([-.])\d{3}\1\d{4}(?![\w-])"
    r"|(?<![\w.:-])(?:\+?1[-. ]?)?\(\d{3}\) ?\d{3}[-. ]\d{4}(?![\w-])"
)

_QUOTED_PAIR = re.compile(
    r"""(?P<head>\\?(?P<q>["'])(?P<key>[\w .-]{1,80})\\?(?P=q)\s*(?::|=>?)\s*)"""
    r"(?P<value>"
    rf"{_MARK}"
    r"""|\\?"(?:[^"\\]|\\[^"])*\\?"|'(?:[^'\\]|\\.)*'|[^\s,;}\]\["']+)"""
)
_EQUALS = re.compile(
    r"(?P<head>(?<![\w-])(?P<key>\w[\w.-]{0,80})\s?=\s?)(?P<value>"
    rf"{_MARK}"
    r"|\"[^\"]*\"|'[^']*'|[^\s,;&)}\]\"'=]+)"
)
_COLON = re.compile(
    r"(?P<head>(?<![\w-])(?P<key>\w[\w-]{0,80}):\s?)"
    r"(?P<value>"
    rf"{_MARK}"
    r"|\"[^\"]*\"|'[^']*'|[^\W\d_]*\d[^\s,;)}\]\"']*|[A-ZА-ЯЁ][a-zа-яё'’-]+(?: [A-ZА-ЯЁ][a-zа-яё'’-]+){0,2})"
)
_COLUMNS = re.compile(r"(\((?P<key>[\w\", ]{1,200})\)\s?=\s?\()(?P<value>[^)]*)(\))")
_PLAIN_VALUES = frozenset({"", "null", "none", "nil", "true", "false", "undefined", "nan"})

_NAME = r"[A-ZА-ЯЁ][a-zа-яё'’-]+"
_PATRONYMIC = re.compile(
    rf"\b{_NAME}(?: {_NAME})? [А-ЯЁ][а-яё]+(?:вич|вича|вичу|вичем|вна|вны|вне|вной|ична|ичны|ичне|ичной|оглы|кызы)(?: {_NAME})?\b"
    r"|\b[А-ЯЁ][а-яё-]+ [А-ЯЁ]\. ?[А-ЯЁ]\."
)
_PERSON = re.compile(
    r"(\b(?:employee|user|manager|person|candidate|applicant|recipient|supervisor|name|named|for"
    r"|сотрудник\w*|пользовател\w+|руководител\w+|менеджер\w*|кандидат\w*|имя|фио)\b[ :]{0,3})"
    rf"([\"'«“])({_NAME}(?: {_NAME}){{0,3}})([\"'»”])",
    re.IGNORECASE,
)


_FULL = r"[A-ZА-ЯЁ](?:[a-zа-яё]*[-'’][A-ZА-ЯЁ])?[a-zа-яё'’-]+"
_AFTER_PERSON = re.compile(
    r"(\b(?:[Ee]mployee|EMPLOYEE|[Uu]ser|USER|[Mm]anager|MANAGER|[Pp]erson|[Cc]andidate|[Aa]pplicant|[Rr]ecipient"
    r"|[Ss]upervisor|[Ww]orker|[Mm]ember|[Mm]entor|[Oo]wner|[Aa]ssignee|[Cc]ontact|[Сс]отрудник\w*|[Пп]ользовател\w+"
    r"|[Рр]уководител\w+|[Мм]енеджер\w*|[Кк]андидат\w*|[Рр]аботник\w*|[Нн]аставник\w*|[Пп]олучател\w+)\b[ :]{1,3})"
    rf"({_FULL}(?: {_FULL}){{1,2}})(?![\w'’-])"
)


_PAIRS = ((_QUOTED_PAIR, "\"'"), (_EQUALS, "="), (_COLON, ":"))
"""Patterns of a name and its value, and one of the characters each cannot do without."""

_MANY_DIGITS = re.compile(r"\d(?:[^\d\n]{0,4}\d){4}")
_CYRILLIC = re.compile(r"[А-ЯЁ]")


class TextMask:
    """Masks texts; names: decides which `key=value` in a text is personal."""

    def __init__(self, names: FieldNames) -> None:
        self._names = names

    def apply(self, text: str) -> str:
        """The text without personal values and secrets; applying it again changes nothing."""
        for _ in range(_PASSES):
            masked = self._once(text)
            if masked == text:
                return masked
            text = masked
        return text

    def _once(self, text: str) -> str:
        """One pass. What a pattern cannot do without is looked for first: most texts skip most of them."""
        chars = set(text)
        text = _secrets(text, chars)
        if not chars.isdisjoint("@%&\\"):
            text = _MAIL.sub(_mail, text)
        if "=" in chars and "(" in chars:
            text = _COLUMNS.sub(self._columns, text)
        if not chars.isdisjoint("=:"):
            for pattern, needed in _PAIRS:
                if not chars.isdisjoint(needed):
                    text = pattern.sub(self._prose_pair if pattern is _COLON else self._pair, text)
        if _MANY_DIGITS.search(text):
            text = _numbers(text)
        if not chars.isdisjoint("\"'«“"):
            text = _PERSON.sub(r"\1\2[name]\4", text)
        text = _AFTER_PERSON.sub(_named, text)
        return _PATRONYMIC.sub("[name]", text) if _CYRILLIC.search(text) else text

    def _columns(self, found: re.Match[str]) -> str:
        """`Key (email, id)=(…, …)`, as PostgreSQL says it."""
        personal = any(self._names.denied(column) for column in found["key"].split(","))
        return f"{found[1]}[hidden]{found[4]}" if personal and found["value"] else found[0]

    def _pair(self, found: re.Match[str], prose: bool = False) -> str:
        """`key=value` and `"key": "value"`; in prose, `key: value` only where a value follows, no word."""
        value = found["value"]
        quote = value[0] if value[:1] in {'"', "'"} else '\\"' if value.startswith('\\"') else ""
        bare = value[len(quote) : len(value) - len(quote)] if quote else value
        if bare.lower() in _PLAIN_VALUES or MARK.match(bare) or not self._is_personal(found["key"], bare):
            return found[0]
        if prose and not quote and bare.split()[0].lower() in SAID:
            return found[0]
        return f"{found['head']}{quote}[hidden]{quote}"

    def _prose_pair(self, found: re.Match[str]) -> str:
        return self._pair(found, prose=True)

    def _is_personal(self, key: str, value: str) -> bool:
        if key.lower() in {"key", "sig"}:
            return len(value) >= 6 and any(map(str.isdigit, value))
        return self._names.denied(key)


def _secrets(text: str, chars: set[str]) -> str:
    if "-----BEGIN" in text:
        text = _PEM.sub("[secret]", text)
    if "eyJ" in text:
        text = _JWT.sub("[secret]", text)
    text = _SCHEME.sub(_scheme, text)
    return _USERINFO.sub(r"\1[secret]@", text) if "@" in chars else text


def _numbers(text: str) -> str:
    text = _IBAN.sub(lambda found: "[number]" if is_iban(found[0]) else found[0], text)
    text = _CARD.sub(lambda found: "[number]" if is_card(found[0]) else found[0], text)
    text = _DOCUMENT.sub("[number]", text)
    text = _AFTER_DOCUMENT.sub(r"\1[number]", text)
    text = _PHONES.sub(_phone, text)
    return _AFTER_PHONE.sub(r"\1[phone]", text)


def _named(found: re.Match[str]) -> str:
    """`user John Smith`; of `User John Smith Not …` the name only, and nothing of `User Not Found`."""
    words = found[2].split(" ")
    while words and words[-1].lower() in NO_NAMES:
        words.pop()
    if len(words) < 2 or any(word.lower() in NO_NAMES for word in words):
        return found[0]
    return " ".join([f"{found[1]}[name]", *found[2].split(" ")[len(words) :]])


def _mail(found: re.Match[str]) -> str:
    lead = _LEAD.match(found[0].partition("@")[0])
    return f"{lead[0] if lead else ''}[email]"


def _scheme(found: re.Match[str]) -> str:
    word = found[2].lower().strip(".:=")
    is_word = len(word) < 20 and word.isalpha() and found[2][1:] == word[1:]
    if word in PROSE or (is_word and found[1].lower() in {"token", "basic", "digest"}):
        return found[0]
    return f"{found[1]} [secret]"


def _phone(found: re.Match[str]) -> str:
    return "[phone]" if 9 <= sum(map(str.isdigit, found[0])) <= 15 else found[0]


def is_card(text: str) -> bool:
    """Whether the digits are a payment card's, by their check digit (Luhn)."""
    digits = [int(digit) for digit in reversed(re.sub(r"\D", "", text))]
    return sum(d if i % 2 == 0 else sum(divmod(d * 2, 10)) for i, d in enumerate(digits)) % 10 == 0


def is_iban(text: str) -> bool:
    """Whether it is a bank account number, by its check digits (ISO 13616)."""
    compact = text.replace(" ", "")
    if not 15 <= len(compact) <= 34:
        return False
    return int("".join(str(int(char, 36)) for char in compact[4:] + compact[:4])) % 97 == 1


def initials(text: str) -> str:
    """`j***@b***.com`, `И*** П***`: enough to recognise a value one knows, not to read one."""
    local, at, domain = text.strip().rpartition("@")
    if at:
        host, _, ending = domain.rpartition(".")
        return f"{local[:1]}***@{host[:1]}***.{ending}" if host else f"{local[:1]}***@{ending[:1]}***"
    words = text.split()
    if any(map(str.isdigit, text)):
        return f"***{text.strip()[-2:]}"
    return " ".join(f"{word[:1]}***" for word in words[:4])
