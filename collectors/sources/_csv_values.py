"""What the types of a contract's columns accept, and how a refused value is shown without being told (pure)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime

from core.personal import FieldNames

_INTEGER = re.compile(r"[+-]?[0-9]{1,40}")
_NUMBER = re.compile(r"[+-]?([0-9]+([.,][0-9]*)?|[.,][0-9]+)([eE][+-]?[0-9]{1,3})?")
_GROUPED = re.compile(
    r"[+-]?[0-9]{1,3}(?:(?P<group>[ \u00a0\u202f'’])[0-9]{3}(?:(?P=group)[0-9]{3})*(?:[.,][0-9]*)?"
    r"|(?:,[0-9]{3})+\.[0-9]*|(?:\.[0-9]{3})+,[0-9]*)"
)
_EMAIL = re.compile(r"[^@\s\"'<>(),;:\\]{1,64}@([^\W_]([\w-]*[^\W_])?\.)+[^\W\d_]{2,}")
_PHONE = re.compile(r"\+?[0-9 ()./\u00a0-]+(\s*(ext|доб)\.?\s*[0-9]{1,6})?", re.IGNORECASE)
_UUID = re.compile(r"\{?[0-9a-fA-F]{8}-?([0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}\}?")
_YEAR_FIRST = re.compile(r"([0-9]{4})([-/.])([0-9]{1,2})\2([0-9]{1,2})")
_DAY_FIRST = re.compile(r"([0-9]{1,2})([-/.])([0-9]{1,2})\2([0-9]{4})")
_COMPACT = re.compile(r"([0-9]{4})()([0-9]{2})([0-9]{2})")
_MIDNIGHT = re.compile(r"[ T]0?0:00(:00(\.0+)?)?Z?$")
_CLOCK = re.compile(r"([01]?[0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]+)?)?")
_BOOLEANS = frozenset(
    [
        "true",
        "false",
        "yes",
        "no",
        "y",
        "n",
        "t",
        "f",
        "1",
        "0",
        "on",
        "off",
        "да",
        "нет",
        "д",
        "н",
        "истина",
        "ложь",
    ]
)
_FORMULA = re.compile(r"\s*(=.|[+-]\s*[A-Za-z_]\w*\s*[(|!]|@[A-Za-z_]\w*\s*\()")
_PLAIN_ID = re.compile(r"[\w./#-]{0,20}[0-9][\w./#-]{0,20}")
_LETTER, _DIGIT = re.compile(r"[^\W\d_]"), re.compile(r"\d")
_LONGEST_SHOWN = 40
_LONGEST_TYPED = 400


def is_integer(value: str) -> bool:
    """Digits with or without a sign."""
    return _INTEGER.fullmatch(value) is not None


def is_number(value: str) -> bool:
    """A decimal number, with a point or a comma, and perhaps with a sign between thousands."""
    return _NUMBER.fullmatch(value) is not None or _GROUPED.fullmatch(value) is not None


def compared(kind: str, value: str) -> str:
    """A value as two of a column are compared: an e-mail address in any case, a whole number however it is written."""
    if kind == "email":
        return value.casefold()
    if kind == "integer" and is_integer(value):
        return str(int(value))
    return value


def is_date(value: str) -> bool:
    """A day there is: 2026-11-24, 2026/11/24, 20261124 or 24.11.2026, 24/11/2026, 11/24/2026; also at its midnight, as 1C has it."""
    value = _MIDNIGHT.sub("", value)
    if found := _YEAR_FIRST.fullmatch(value) or _COMPACT.fullmatch(value):
        return _is_day(found[1], found[3], found[4])
    if found := _DAY_FIRST.fullmatch(value):
        american = found[2] == "/" and _is_day(found[4], found[1], found[3])
        return american or _is_day(found[4], found[3], found[1])
    return False


def is_datetime(value: str) -> bool:
    """ISO 8601, or a day and a time of day with a space between."""
    try:
        datetime.fromisoformat(value)
    except ValueError:
        day, _, clock = value.partition(" ")
        return is_date(day) and (not clock or _CLOCK.fullmatch(clock.strip()) is not None)
    return True


def is_email(value: str) -> bool:
    """One address, as mail servers take it."""
    return len(value) <= 254 and _EMAIL.fullmatch(value) is not None and ".." not in value


def is_boolean(value: str) -> bool:
    """Yes or no in one of the usual spellings, English or Russian."""
    return value.casefold() in _BOOLEANS


def is_phone(value: str) -> bool:
    """7 to 15 digits with the usual signs between, an extension behind."""
    if _PHONE.fullmatch(value) is None:
        return False
    return 7 <= sum(map(str.isdigit, re.split(r"[^\W\d_]", value, maxsplit=1)[0])) <= 15


def is_uuid(value: str) -> bool:
    """32 hexadecimal digits, with or without hyphens."""
    return _UUID.fullmatch(value) is not None


def is_formula(cell: str) -> bool:
    """Whether a spreadsheet would compute the cell instead of showing it; signed numbers are none."""
    return cell[:1] in _FORMULA_STARTS and _FORMULA.match(cell) is not None


_FORMULA_STARTS = frozenset("=+-@ \t")

ACCEPTS: Mapping[str, tuple[Callable[[str], bool], str]] = {
    "integer": (is_integer, "a whole number"),
    "number": (is_number, "a number"),
    "date": (is_date, "a date"),
    "datetime": (is_datetime, "a date and time"),
    "email": (is_email, "an e-mail address"),
    "boolean": (is_boolean, "yes or no"),
    "phone": (is_phone, "a phone number"),
    "uuid": (is_uuid, "a UUID"),
}
"""By type: whether a value is of it, and what it is called. `text` accepts everything."""


def accepts(kind: str, value: str) -> bool:
    """Whether a value is of a type; very long ones are of none but text."""
    if kind == "text":
        return True
    return len(value) <= _LONGEST_TYPED and ACCEPTS[kind][0](value)


def shown(value: str, column: str, names: FieldNames) -> str:
    """A refused value in quotes: a plain id as it is, anything else by its shape (`xxxx.xx@xxx`, `00.00.0000`)."""
    if not names.denied(column) and _PLAIN_ID.fullmatch(value) and sum(map(str.isdigit, value)) < 9:
        return f'"{value}"'
    cut = value[:_LONGEST_SHOWN]
    shape = _DIGIT.sub("0", _LETTER.sub("x", "".join(sign if sign.isprintable() else "�" for sign in cut)))
    return f'"{shape}…"' if len(value) > _LONGEST_SHOWN else f'"{shape}"'


def _is_day(year: str, month: str, day: str) -> bool:
    try:
        date(int(year), int(month), int(day))
    except ValueError:
        return False
    return True
