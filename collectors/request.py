"""The request that a configuration describes, and its placeholders filled in (pure)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, Literal
from urllib.parse import SplitResult, parse_qsl, quote, urlencode, urlsplit, urlunsplit

import msgspec
from pydantic import AfterValidator, BeforeValidator, Field

from collectors.exchange import Request
from core.records import Json
from core.same import Same, remembered
from core.settings import JsonField, SettingsModel, Url, Words
from core.settings.base import problem

Value = str | int | float
"""What stands for a placeholder; an empty text drops the parameter it is in."""

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


def check_header_name(name: str) -> str:
    """A header's name as HTTP has it. Raises a configuration problem otherwise."""
    if not _TOKEN.fullmatch(name):
        raise problem(f'got "{name}"; a header\'s name has letters, digits and "-" only')
    return name


def check_header_value(value: str) -> str:
    """A header's value without line breaks. Raises a configuration problem otherwise."""
    if re.search(r"[\r\n\x00]", value):
        raise problem("holds a line break; a header's value is one line")
    return value


HeaderName = Annotated[str, AfterValidator(check_header_name)]
HeaderValue = Annotated[str, AfterValidator(check_header_value)]


class RequestSettings(SettingsModel):
    """`request:`: one call, with placeholders such as `{since}` and `{now}` in its address, parameters and body."""

    meant: ClassVar = ("url",)

    method: Annotated[
        Literal["GET", "POST"], BeforeValidator(lambda word: word.upper() if isinstance(word, str) else word)
    ] = "GET"
    url: Url = Field(description="address, http or https")
    params: dict[str, Words] = Field(default_factory=dict, description="query parameters; a list repeats one")
    body: JsonField | None = Field(default=None, alias="json", description="JSON body")
    headers: dict[HeaderName, HeaderValue] = Field(default_factory=dict, description="further headers")


def build(
    settings: RequestSettings,
    values: Mapping[str, Value],
    *,
    params: Mapping[str, Value] | None = None,
    in_body: Mapping[str, Json] | None = None,
) -> Request:
    """The request with its placeholders filled in.

    values: known placeholders; braces of any other kind stay as they are. In the path a value is
    percent-encoded as one segment, in a parameter once. params: set in the query, in_body: set in the
    JSON body by dotted path; both win over what the settings say.
    """
    form = _form(Same(settings))
    if form.plain is not None and not params and not in_body:
        return form.plain
    return _filled(settings, form, values, params or {}, in_body or {})


def takes_values(settings: RequestSettings) -> bool:
    """Whether it has a placeholder of any kind: without one it is the same call each time."""
    return _form(Same(settings)).plain is None


@dataclass(frozen=True, slots=True)
class _Form:
    """What is the same at each call. written: the parameters in the address; pairs: those beside it.

    plain: the whole call, where no placeholder stands in it.
    """

    parts: SplitResult
    written: Sequence[tuple[str, str]]
    pairs: Sequence[tuple[str, str]]
    plain: Request | None = None


@remembered
def _form(held: Same[RequestSettings]) -> _Form:
    settings = held.held
    parts = urlsplit(settings.url)
    pairs = [(name, text) for name, texts in settings.params.items() for text in texts]
    form = _Form(parts, parse_qsl(parts.query, keep_blank_values=True), pairs)
    texts = [parts.path, *settings.headers.values(), *(text for _, text in (*form.written, *pairs))]
    body = "" if settings.body is None else msgspec.json.encode(settings.body).decode()
    if any(_PLACEHOLDER.search(text) for text in (*texts, body)):
        return form
    return replace(form, plain=replace(_filled(settings, form, {}, {}, {}), fixed=True))


def _filled(
    settings: RequestSettings,
    form: _Form,
    values: Mapping[str, Value],
    params: Mapping[str, Value],
    in_body: Mapping[str, Json],
) -> Request:
    body = _fill_json(settings.body, values)
    for path, value in in_body.items():
        body = _set(body, path.split("."), value)
    headers = [
        (name, str(filled))
        for name, text in settings.headers.items()
        if (filled := _fill(text, values)) != ""
    ]
    encoded = None
    if body is not None:
        encoded = msgspec.json.encode(body)
        if not any(name.lower() == "content-type" for name, _ in headers):
            headers.append(("Content-Type", "application/json"))
    return Request(settings.method, _address(form, values, params), tuple(headers), encoded)


def _address(form: _Form, values: Mapping[str, Value], extra: Mapping[str, Value]) -> str:
    parts, written, pairs = form.parts, form.written, form.pairs
    path = _PLACEHOLDER.sub(lambda found: _segment(found, values), parts.path)
    rewritten = any(_known(text, values) for _, text in written) or any(name in extra for name, _ in written)
    if rewritten:
        pairs = [*written, *pairs]
    # A parameter that is written empty goes out empty; one whose placeholder is empty does not go out.
    filled = [
        (name, _fill(text, values))
        for name, text in pairs
        if name not in extra and not _vanishes(text, values)
    ]
    query = urlencode([*filled, *extra.items()], quote_via=quote, safe="~")
    if not rewritten and parts.query:
        query = f"{parts.query}&{query}" if query else parts.query
    return urlunsplit((parts.scheme, parts.netloc, path, query, ""))


def _segment(found: re.Match[str], values: Mapping[str, Value]) -> str:
    if found[1] not in values:
        return found[0]
    text = str(values[found[1]])
    # Alone in a segment these two would climb the path, and no escape keeps a server from it.
    return text.replace(".", "%2E") if text in (".", "..") else quote(text, safe="~")


def _known(text: str, values: Mapping[str, Value]) -> list[str]:
    return [name for name in _PLACEHOLDER.findall(text) if name in values]


def _vanishes(text: str, values: Mapping[str, Value]) -> bool:
    return any(values[name] == "" for name in _known(text, values))


def _fill(text: str, values: Mapping[str, Value]) -> str:
    if _vanishes(text, values):
        return ""
    return _PLACEHOLDER.sub(lambda found: str(values.get(found[1], found[0])), text)


def _fill_json(node: Json, values: Mapping[str, Value]) -> Json:
    if isinstance(node, str):
        whole = _PLACEHOLDER.fullmatch(node)
        # A placeholder that is the whole value keeps its kind: a number stays a number.
        return values[whole[1]] if whole and whole[1] in values else _fill(node, values)
    if isinstance(node, Mapping):
        return {
            key: _fill_json(item, values)
            for key, item in node.items()
            if not (isinstance(item, str) and _vanishes(item, values))
        }
    if isinstance(node, Sequence):
        return [_fill_json(item, values) for item in node]
    return node


def _set(body: Json, path: Sequence[str], value: Json) -> Json:
    """The body with a value at a path; what stands in the way and is no object is replaced."""
    whole = dict(body) if isinstance(body, Mapping) else {}
    head, *rest = path
    whole[head] = _set(whole.get(head), rest, value) if rest else value
    return whole
