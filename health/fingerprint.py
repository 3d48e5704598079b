"""The cause of an error without its variable parts: the same cause, the same fingerprint, for ever.

Taken out: ids, numbers, dates and times, addresses, paths, a URL's query, and whatever stands in
quotes. Kept: words, and the codes that are the cause itself (HTTP statuses, ORA-00942, SQLSTATE, errno).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from functools import lru_cache
from itertools import takewhile

from core.records import Json
from health.fingerprint_names import without_names

VARIABLE = "…"
LONGEST = 2000

_PLAIN, _KEPT = "0123456789", "".join(chr(0xE000 + digit) for digit in range(10))
_HIDE, _SHOW = str.maketrans(_PLAIN, _KEPT), str.maketrans(_KEPT, _PLAIN)
_KEPT_DIGIT = re.compile(f"[{_KEPT}]")

_PHRASES = {
    400: "bad request",
    401: "unauthori[sz]ed",
    402: "payment required",
    403: "forbidden",
    404: "not found",
    405: "method not allowed",
    406: "not acceptable",
    408: "request time-?out",
    409: "conflict",
    410: "gone",
    413: "(?:payload|content|request entity) too large",
    415: "unsupported media type",
    422: "unprocessable",
    423: "locked",
    429: "too many requests",
    500: "internal server error",
    501: "not implemented",
    502: "bad gateway",
    503: "service (?:temporarily )?unavailable",
    504: "gateway time-?out",
}
_STATUS_PHRASE = "|".join(
    rf"\b{status}(?=\W{{1,3}}(?:{phrase}|client\ error|server\ error))".replace(" ", r"\ ").replace(
        r"\\ ", r"\ "
    )
    for status, phrase in _PHRASES.items()
)

# Numbers that name the cause. Their digits are put out of the way before the others are taken out.
_CODES = re.compile(
    r"""
      \b(?:ORA|TNS|PLS|SP2|DPI|DPY|IJ|NZE|KUP|AADSTS|MSSQL|SQLCODE|DB2|JDBC|SAP|IB|PSAPP)[-_ :=]{0,2}-?\d{2,6}\b
    | \bSQLSTATE\W{0,3}[0-9A-Z]{5}\b
    | \bHTTP(?:/\d(?:\.\d)?)?\W{0,3}(?:(?:error|status|code|response|ошибка|статус|код)\W{1,3}){0,2}[1-5]\d\d\b
    | \b(?:status|response)(?:[ _-]?code)?["']?\W{0,3}[1-5]\d\d\b
    | \b(?:статус|код)(?:\s+(?:ответа|состояния|статуса))?\W{0,3}[1-5]\d\d\b
    | """
    + _STATUS_PHRASE
    + r"""
    | \b(?:errno|winerror)\W{0,3}-?\d+
    | \b(?:error|err|exit|return|result|reason|fault)[ _-]?(?:code|status|number|no\.?)["']?\W{0,3}-?[A-Z]{0,4}\d{1,8}\b
    | \bcode["']?\s?[=:]?\s?-?[A-Z]{0,4}\d{1,8}\b
    | \berror\s\#?[A-Z]?\d{2,6}\b(?!\s+(?:of|records?|rows?|items?|users?)\b)
    | \bкод(?:ом|у)?(?:\s+(?:ошибки|возврата|завершения))?\W{0,3}-?\d{1,8}\b
    | \bsignal\s\d+\b
    | \([1-4]\d{3}(?=,\s?[b"'])
    | \(\d{1,5},\s?\d{1,5}\)
    """,
    re.VERBOSE | re.IGNORECASE,
)

_MONTH = (
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|январ|феврал|март|апрел|ма[йя]|июн|июл|август|"
    r"сентябр|октябр|ноябр|декабр)[a-zа-я]*\.?"
)
_CLOCK = (
    r"\d{1,2}:\d\d(?::\d\d(?:[.,]\d+)?)?(?:\s?(?:am|pm)\b)?(?:\s?(?:z|utc|gmt|msk|мск|[+-]\d\d:?\d\d)\b)?"
)
_TIMES = re.compile(
    rf"""
      (?<!\d)\d{{4}}-\d\d?-\d\d?(?:[t_ ]{_CLOCK})?
    | (?:\b(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,?\s)?\b\d{{1,2}}[\s/-]{_MONTH}[\s/-]\d{{4}}(?:\s?г\.)?(?:[:,\s]\s?{_CLOCK})?
    | \b{_MONTH}\s+\d{{1,2}}(?:,?\s\d{{4}})?(?:[,\s]\s?{_CLOCK})
    | \b\d{{1,4}}[./]\d{{1,2}}[./]\d{{2,4}}(?:[,\s]\s?{_CLOCK})?\b
    | \b{_CLOCK}
    """,
    re.VERBOSE | re.IGNORECASE,
)
_URL = re.compile(
    r"(?<![a-z0-9+.-])([a-z][a-z0-9+.-]{0,15})://(?:[^\s/@\"'<>]*@)?([^\s/?#\"'<>…]+)([^\s?#\"'<>…)]*)([?#][^\s\"'<>)]*)?",
    re.I,
)
_ROUTE = re.compile(r"\b(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)\s+(/[^\s?#\"']*)([?#][^\s\"']*)?")
_MAIL = re.compile(r"(?<![\w.+*%-])[\w.+*%-]+@[\w*-]+(?:\.[\w*-]+)+", re.UNICODE)
_UUID = re.compile(r"\b[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}\b", re.I)
_ADDRESS = re.compile(
    r"\b\d{1,3}(?:\.\d{1,3}){3}(?:[:/]\d+)?\b|(?<![\w:])(?=[0-9a-f:]*\d)(?=[0-9:]*(?:[a-f]|::))(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?![\w:])",
    re.I,
)
_QUOTED = re.compile(
    r"""(?<!\w)'((?:[^'\\\n]|\\.|'')*)'(?!\w) | "((?:[^"\\\n]|\\.)*)" | «([^»\n]*)» | “([^”\n]*)” | „([^“”\n]*)[“”]
    | ‘([^’\n]*)’(?!\w) | `([^`\n]*)`""",
    re.VERBOSE,
)
_NAMES_A_COLUMN = re.compile(
    r"\b(?:constraint|column|columns|field|fields|relation|table|index|attribute|parameter|property|for key|"
    r"ограничени\w+|столб\w+|колонк\w+|пол[еяю]|таблиц\w+|параметр\w*|атрибут\w*)\W{0,3}$",
    re.I,
)
_REQUIRED = re.compile(r"\s*(?:(?:is|are)\s+(?:a\s+)?(?:required|mandatory)\b|обязательн)", re.I)
_MEMBER = re.compile(r"(?<!\w)([^\W\d]\w*)[\"']?\s?[:=]\s?$")
_OPENS_A_MESSAGE = re.compile(rf"(?:\w*(?:Error|Exception|Failure|Warning|Fault)\(|\([{_KEPT}]{{4}},)\s?b?$")
_IN_BRACKETS = re.compile(r"(?<==)\([^()\n]*\)")
_PATH = re.compile(
    r"(?<![\w/:…])~?(?:/[\w.@%+~=-]+){2,}/?|\b[a-z]:\\[^\s\"'<>|]*[^\s\"'<>|:;,)]|\\\\[\w.$-]+\\[^\s\"'<>|]+|(?<![\w.-])[\w.-]+(?:/[\w.-]+)+\.\w{1,5}\b",
    re.I,
)
_HEX = re.compile(r"\b(?:0x[0-9a-f]+|hmac:[0-9a-f]+|[0-9a-f]{8,})\b", re.I)
_TOKEN = re.compile(r"(?<![\w…])[-+#№]?\w+(?:[-.,:]\w+)*%?", re.UNICODE)
_SEVERAL = re.compile(rf"{VARIABLE}(?:[\s,;|/]*(?:and|и)?[\s,;|/]*{VARIABLE})+")

_TELLING = frozenset(
    [
        "code",
        "detail",
        "details",
        "error",
        "error_code",
        "error_description",
        "errorcode",
        "errormessage",
        "errors",
        "exception",
        "faultstring",
        "message",
        "messages",
        "msg",
        "reason",
        "status",
        "title",
        "type",
        "ошибка",
        "сообщение",
    ]
)


@lru_cache(maxsize=4096)
def fingerprint(message: str, code: str | None = None, fallback: str = "") -> str:
    """Sixteen hex digits that stand for one cause.

    code: the error code as the system gave it, part of the cause; fallback: what stands for the cause
    where there is neither message nor code (the error class).
    """
    cause = template(message).casefold()
    text = "\x1f".join((cause, (code or "").strip().casefold(), "" if cause or code else fallback))
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]


def template(message: str) -> str:
    """The message with every variable part as `…`: the name of its error group."""
    text = message[:LONGEST].translate(_SHOW)
    stripped = text.strip()
    if stripped[:1] in "{[" and stripped[-1:] in "}]":
        try:
            return _tidy(_of_json(json.loads(stripped)))
        except (ValueError, RecursionError):
            pass
    return _tidy(_without_variables(text))


def _of_json(value: Json) -> str:
    if isinstance(value, Mapping):
        return "; ".join(f"{key}: {_of_member(str(key), one)}" for key, one in sorted(value.items()))
    if isinstance(value, list):
        return " | ".join(sorted({_of_json(one) for one in value}))
    return _without_variables(value) if isinstance(value, str) else VARIABLE


def _of_member(key: str, value: Json) -> str:
    if isinstance(value, Mapping | list):
        return _of_json(value)
    if key.casefold() not in _TELLING:
        return VARIABLE
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value).translate(_HIDE)
    return _without_variables(value) if isinstance(value, str) else VARIABLE


def _without_variables(text: str) -> str:
    text = _CODES.sub(lambda found: found[0].translate(_HIDE), text)
    text = _URL.sub(lambda found: f"{found[1]}://{_route(found[2])}{_route(found[3])}", text)
    text = _ROUTE.sub(lambda found: f"{found[1]} {_route(found[2]).lstrip('/')}", text)
    text = without_names(_MAIL.sub(VARIABLE, text), VARIABLE)
    text = _QUOTED.sub(_of_quoted, text)
    for variable in (_IN_BRACKETS, _UUID, _ADDRESS, _PATH, _TIMES, _HEX):
        text = variable.sub(VARIABLE, text)
    return _TOKEN.sub(_of_token, text)


def _of_quoted(found: re.Match[str]) -> str:
    """A quoted value is taken out; a quoted code, member's name or column's name, or telling member is not."""
    content = next((group for group in found.groups() if group is not None), "")
    before, after = found.string[max(0, found.start() - 60) : found.start()], found.string[found.end() :][:30]
    if _KEPT_DIGIT.search(content):
        return f" {content} "
    if after.lstrip().startswith(":") and found[0][0] in "\"'" and re.fullmatch(r"[^\W\d]\w*", content):
        return content
    is_required = _REQUIRED.match(after) is not None
    if (is_required or _NAMES_A_COLUMN.search(before)) and re.fullmatch(
        r"[^\W\d][^\W\d.]*(?:\.[^\W\d]+)*", content
    ):
        return content
    member = _MEMBER.search(before)
    if _OPENS_A_MESSAGE.search(before) or (member and member[1].casefold() in _TELLING):
        return _QUOTED.sub(VARIABLE, content)
    return VARIABLE


def _route(path: str) -> str:
    return "/".join(_segment(segment) for segment in path.split("/"))


def _segment(segment: str) -> str:
    if re.fullmatch(r"v\d{1,2}", segment):
        return segment.translate(_HIDE)
    return VARIABLE if re.search(r"[0-9%*]", segment) or len(segment) > 40 else segment


def _of_token(found: re.Match[str]) -> str:
    """A word with digits in it: its leading name is kept (`EMP-…`, `user…`), the rest taken out."""
    if not any(letter in _PLAIN for letter in found[0]):
        return found[0]
    token = found[0].lstrip("-+#№")
    name = "".join(takewhile(lambda letter: not letter.isdigit(), token))
    if re.search(r"[-_.:]$", name):
        return f"{name}{VARIABLE}"
    if re.search(r"[-_.:]", name):
        return f"{re.split(r'(?<=[-_.:])(?=[^-_.:]*$)', name)[0]}{VARIABLE}"
    is_word = bool(name) and not re.fullmatch(r"[0-9a-f]*", name, re.I) and token[len(name) :].isdigit()
    return f"{name}{VARIABLE}" if is_word else VARIABLE


def _tidy(text: str) -> str:
    return _SEVERAL.sub(VARIABLE, " ".join(text.split())).translate(_SHOW)
