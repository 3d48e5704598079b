"""What kind of error it is, where it came from, and whether trying again can help."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from core.i18n import Message
from core.records import ErrorClass, ErrorOrigin, Side
from health import taxonomy_rules as rules
from health.taxonomy_texts import TEXTS
from health.words import say

_CODES = [(re.compile(pattern, re.I), kind) for pattern, kind in rules.CODES]
_TEXTS = [(re.compile(pattern, re.I), kind) for pattern, kind in TEXTS]
_STATUSES = [re.compile(pattern, re.I) for pattern in rules.STATUS_IN_TEXT]
_SOURCE_SYSTEMS = re.compile(rules.SOURCE_SYSTEMS, re.I)
_BUTTERBOARD = re.compile(rules.BUTTERBOARD, re.I)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_OF_A_PROXY = re.compile(r"\bthe proxy https?://|\bproxy authentication required", re.I)
_CODE_WITHIN = re.compile(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b", re.ASCII)
_NEVER_TRUSTED = re.compile(r"certificate|сертификат|host key", re.I)
LONGEST = 2000

RETRYABLE = frozenset(
    {ErrorClass.RATE_LIMIT, ErrorClass.TIMEOUT, ErrorClass.CONNECTION, ErrorClass.SERVER_ERROR}
)
_OF_THE_NETWORK = frozenset({ErrorClass.TIMEOUT, ErrorClass.CONNECTION})
_OF_THE_DATA = frozenset(
    {
        ErrorClass.VALIDATION,
        ErrorClass.MISSING_REFERENCE,
        ErrorClass.DUPLICATE,
        ErrorClass.MAPPING,
        ErrorClass.PARSE,
        ErrorClass.TOO_LARGE,
    }
)


@dataclass(frozen=True, slots=True)
class Classification:
    """origin × class; retryable: the same call may pass later; message: what it means, for a person."""

    origin: ErrorOrigin
    error_class: ErrorClass
    retryable: bool
    message: Message


@lru_cache(maxsize=4096)
def classify(
    code: str | None = None,
    message: str | None = None,
    side: Side | None = None,
    http_status: int | None = None,
) -> Classification:
    """Where an error came from and what kind it is; `unknown` rather than a guess.

    code, message: as the system gave them; side: which end told of it; http_status: of the answer that
    was the error, where there was one (else it is looked for in the code and the message).
    """
    text = _text(code, message)
    status = http_status if http_status is not None else _status_in(code, text)
    kind = _class_of(text, status)
    through = _OF_A_PROXY.search(text) is not None
    if through and kind is not ErrorClass.AUTHENTICATION:
        # Whatever a proxy answers, it is on the way to the system that was asked.
        kind = ErrorClass.CONNECTION
    return Classification(
        origin=ErrorOrigin.NETWORK if through else _origin(kind, text, side),
        error_class=kind,
        retryable=kind in RETRYABLE and not _NEVER_TRUSTED.search(text) and status not in {501, 505},
        message=say(rules.MESSAGES[kind]),
    )


def _text(code: str | None, message: str | None) -> str:
    """Code and message, and once more in words what is written as a code, where it stands in the message too."""
    code, message = (code or "").strip(), (message or "")[:LONGEST]
    spelt = _CAMEL.sub(" ", code).replace("_", " ")
    within = " ".join(found[0].replace("_", " ") for found in _CODE_WITHIN.finditer(message))
    return f"{code} {spelt if spelt != code else ''} {message} {within}"[: 2 * LONGEST]


def _status_in(code: str | None, text: str) -> int | None:
    if code and re.fullmatch(r"[45]\d\d", code.strip()):
        return int(code)
    for pattern in _STATUSES:
        for found in pattern.finditer(text):
            if int(found[1]) >= 400:
                return int(found[1])
    return None


def _class_of(text: str, status: int | None) -> ErrorClass:
    if status is not None and status in rules.HTTP_DECIDES:
        return rules.HTTP_DECIDES[status]
    said = _first(_CODES, text) or _first(_TEXTS, text)
    if status is None or status < 400:
        return said or ErrorClass.UNKNOWN
    if status >= 500 and said not in {ErrorClass.TIMEOUT, ErrorClass.CONNECTION, ErrorClass.RATE_LIMIT}:
        return ErrorClass.SERVER_ERROR
    if said is None or _only_repeats(said, status):
        return rules.HTTP_OTHERWISE.get(status, ErrorClass.VALIDATION)
    return said


def _only_repeats(said: ErrorClass, status: int) -> bool:
    """Whether the text may be no more than the name of the status ("Bad Request", "Server Error")."""
    return said is ErrorClass.SERVER_ERROR or (
        said is ErrorClass.VALIDATION and status in {403, 404, 409, 410}
    )


def _first(table: list[tuple[re.Pattern[str], ErrorClass]], text: str) -> ErrorClass | None:
    return next((kind for pattern, kind in table if pattern.search(text)), None)


def _origin(kind: ErrorClass, text: str, side: Side | None) -> ErrorOrigin:
    if kind in _OF_THE_NETWORK:
        return ErrorOrigin.NETWORK
    if kind in _OF_THE_DATA:
        return ErrorOrigin.SOURCE
    if _BUTTERBOARD.search(text):
        return ErrorOrigin.BUTTERBOARD
    if _SOURCE_SYSTEMS.search(text):
        return ErrorOrigin.SOURCE
    if kind is ErrorClass.UNKNOWN or side is None:
        return ErrorOrigin.UNKNOWN
    return ErrorOrigin.SOURCE if side is Side.SOURCE else ErrorOrigin.BUTTERBOARD
