"""Finds people's names that stand in a message without quotes, in Russian and in English."""

from __future__ import annotations

import re

_RU = r"[А-ЯЁ][а-яё]+(?:-[А-ЯЁ][а-яё]+)?"
_INITIALS = r"[А-ЯЁ]\.(?:\s?[А-ЯЁ]\.)?"
_NO_NAME = (
    "Not|No|Already|Does|Do|Did|Is|Are|Was|Has|Have|Had|Can|Cannot|Could|Must|May|Should|Will|Would|With|Without|For|"
    "From|In|On|Of|And|Or|Found|Missing|Invalid|Unknown|Exists?|Failed|Error|Id|Name|Email|Key|Code|Type|Record|"
    "Account|Profile|Role|Group|Status|Data|Service|Sync|Import|Update|Create|Delete|Limit|Token|Access|Permission"
)
_LATIN = [chr(code) for code in range(0xC0, 0x250)]
_UP = "A-Z" + "".join(letter for letter in _LATIN if letter.isupper())
_LOW = "a-z" + "".join(letter for letter in _LATIN if letter.islower())
_EN = rf"(?!(?:{_NO_NAME})\b)[{_UP}][{_LOW}]*(?:['’-]?[{_UP}]?[{_LOW}]+)+"
_ROLE_RU = r"сотрудник|работник|пользовател|руководител|менеджер|начальник|наставник|директор|кандидат|подчин[её]нн|контакт"
_ROLE_EN = r"employee|user|manager|supervisor|worker|person|mentor|candidate|contact"

_ROLE = rf"\b(?i:(?:{_ROLE_RU})[а-яё]*|{_ROLE_EN})\s+"

_NAMES = (
    # Employee 1001 (Olga Kuznetsova): …; сотрудник 1001 (Кузнецова Ольга)
    re.compile(rf"({_ROLE}(?:[#№]\s?)?[\w-]*\d[\w-]*\s+\()(?:{_EN}|{_RU})(?:\s+(?:{_EN}|{_RU}))*(?=\))"),
    # пользователь i.petrov; с логином i.petrov
    re.compile(rf"((?:{_ROLE}|\b(?i:login|username|логин\w*)\s+))[a-z]\.[a-z]{{2,}}\d*\b(?!\.)"),
    # Иванов И. И.; И. И. Иванов
    re.compile(rf"()(?:\b{_RU}\s+{_INITIALS}|\b{_INITIALS}\s?{_RU}\b)"),
    # сотрудник Иванов; руководителя Анну Петрову; Employee John Smith not found
    re.compile(rf"(\b(?i:{_ROLE_RU})[а-яё]*\s+){_RU}(?:\s+{_RU})*\b"),
    re.compile(rf"(\b(?i:{_ROLE_EN})\s+){_EN}(?:\s+{_EN})*\b(?=\s+[a-z]|[,:;)])"),
    # Петрова Анна Сергеевна
    re.compile(rf"()\b{_RU}\s+{_RU}\s+[А-ЯЁ][а-яё]+(?:вич|вн|чн)[а-яё]{{0,3}}\b"),
    # … запись Иванов Иван: two capitals in a row, and not at the start of a sentence
    re.compile(rf"((?<=[а-яё])[ ]){_RU}\s+{_RU}\b"),
    # значение Анна для поля …; value Anna for field …
    re.compile(r"(\b(?i:value|значени[еяю])\s+)[A-ZА-ЯЁ][\w-]*(?=\s+(?:for|in|of|для|в|поля)\b)"),
)


def without_names(text: str, instead: str) -> str:
    """The text with `instead` for each name; a role before it (employee, руководитель) stays."""
    for pattern in _NAMES:
        text = pattern.sub(lambda found: found[1] + instead, text)
    return text
