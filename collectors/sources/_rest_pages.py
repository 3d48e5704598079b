"""How a list is walked page by page: where each page is asked for, and which comes next (pure)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from collectors.exchange import Request, Response, link_of, same_origin, shown_url
from collectors.expressions import compile_expression
from collectors.request import RequestSettings, Value, build
from collectors.sources._rest_pages_settings import (
    CursorPages,
    LastItemPages,
    LinkHeaderPages,
    NextUrlPages,
    NoPages,
    NumberedPages,
    OffsetPages,
)
from collectors.values import as_json
from core.errors import SourceError
from core.records import Json
from core.same import Same, remembered

Pages = NoPages | OffsetPages | NumberedPages | CursorPages | NextUrlPages | LinkHeaderPages | LastItemPages


@dataclass(frozen=True, slots=True)
class Structured:
    """A position that is a list or an object, such as the sort values after which a search goes on. text: its JSON."""

    text: str


Position = str | int | float | Structured | None
"""Where in the list a page begins, as the kind of pages has it; None for the first page."""

_LINK = re.compile(r'<([^>]*)>((?:\s*;\s*[\w!#$&+.^`|~*-]+\s*(?:=\s*(?:"(?:[^"\\]|\\.)*"|[^\s",;]+))?)*)')
_LINKS = ("href", "url", "uri")
_REL = re.compile(r';\s*rel\s*=\s*(?:"([^"]*)"|([^\s",;]+))', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Walk:
    """The pages of one list: `page_request` asks for one, `after` finds the next one's position."""

    pages: Pages
    request: RequestSettings

    @property
    def counted(self) -> bool:
        """Whether pages are counted, so that the last one is known by asking for one more."""
        return isinstance(self.pages, NumberedPages | OffsetPages)

    def page_request(self, position: Position, values: Mapping[str, Value]) -> Request:
        """The call that brings the page at a position. values: placeholders."""
        wanted = self._parameters(position)
        asked = self.request if position is None else self._asked_further()
        if self.pages.place == "body":
            request = build(asked, values, in_body={name: _sent(one) for name, one in wanted.items()})
        elif self.pages.place == "text":
            request = build(asked, values)
            return request if position is None else _saying(request, str(position))
        else:
            plain = {name: one for name, one in wanted.items() if isinstance(one, str | int | float)}
            request = build(asked, values, params=plain)
        if isinstance(self.pages, NextUrlPages | LinkHeaderPages) and position is not None:
            return Request(request.method, str(position), request.headers, request.body)
        return request

    def _asked_further(self) -> RequestSettings:
        """The call that pages after the first are asked for by: of some elsewhere, or with another body."""
        pages = self.pages
        if not isinstance(pages, CursorPages) or (pages.url is None and pages.place != "text"):
            return self.request
        return _bare(Same(self.request), pages.url)

    def after(
        self, position: Position, response: Response, body: object, items: Sequence[object]
    ) -> Position:
        """The next page's position; None where the answer says there is none.

        items: the page's, before any filter. Raises SourceError for an address on another host.
        """
        match self.pages:
            case NoPages():
                return None
            case OffsetPages(first=first):
                return (first if position is None else _number(position)) + len(items)
            case NumberedPages(first=first):
                return (first if position is None else _number(position)) + 1
            case CursorPages(next=expression, next_header=name):
                if expression is None:
                    return response.header((name or "").lower()) or None
                return self._next(compile_expression(expression)(body), expression)
            case NextUrlPages(next=expression):
                return self._address(response, _position_of(compile_expression(expression)(body), expression))
            case LinkHeaderPages():
                return self._address(response, next_link(response.header("link") or ""))
            case LastItemPages(field=expression):
                return self._next(compile_expression(expression)(items[-1]), expression) if items else None

    def _next(self, found: object, expression: str) -> Position:
        """What names the next page; in a body it goes back as it came, a list or an object too."""
        if self.pages.place == "body" and isinstance(found, list | Mapping):
            return Structured(as_json(found)) if found else None
        return _position_of(found, expression)

    def _parameters(self, position: Position) -> dict[str, Position]:
        match self.pages:
            case OffsetPages() as pages:
                start = pages.first if position is None else _number(position)
                return {pages.offset: start, pages.limit: pages.size}
            case NumberedPages() as pages:
                number = pages.first if position is None else _number(position)
                return {pages.param: number, **_size(pages.limit, pages.size)}
            case CursorPages() as pages:
                mark = pages.first if position is None else position
                return {**({} if mark is None else {pages.param: mark}), **_size(pages.limit, pages.size)}
            case LastItemPages() as pages:
                return {} if position is None else {pages.param: position}
            case _:
                return {}

    def _address(self, response: Response, target: Position) -> Position:
        if target is None:
            return None
        url = link_of(self.request.url, response.url, str(target), "names as its next page")
        if not same_origin(url, self.request.url):
            raise SourceError(
                f"{shown_url(self.request.url)} names its next page on another host, {shown_url(url)}; "
                f"it is not followed, and no credentials go there; let it name its pages by the address it is called by",
                permanent=True,
            )
        return url


@remembered
def _bare(held: Same[RequestSettings], url: str | None) -> RequestSettings:
    """The same call without its body, and without its parameters where it goes to an address of its own."""
    elsewhere = {} if url is None else {"url": url, "params": {}}
    return held.held.model_copy(update={"body": None, **elsewhere})


def _saying(request: Request, text: str) -> Request:
    """The call with a text for its body."""
    typed = any(name.lower() == "content-type" for name, _ in request.headers)
    headers = request.headers if typed else (*request.headers, ("Content-Type", "text/plain"))
    return Request(request.method, request.url, headers, text.encode())


def _sent(position: Position) -> Json:
    found: Json = json.loads(position.text) if isinstance(position, Structured) else position
    return found


def _number(position: Position) -> int:
    """Where counting is at; from 0, also where what was remembered is no number."""
    return int(position) if isinstance(position, int | float) else 0


def _size(limit: str | None, size: int | None) -> dict[str, Position]:
    return {limit: size} if limit is not None and size is not None else {}


def _position_of(found: object, expression: str) -> Position:
    """What names the next page; nothing, an empty text and false mean that there is none."""
    if found is None or found == "" or found is False:
        return None
    if isinstance(found, str | int | float) and not isinstance(found, bool):
        return found
    raise SourceError(
        f"{expression} should name the next page and is {_kind(found)}; {_remedy(found, expression)}"
    )


def _remedy(found: object, expression: str) -> str:
    """What to write, where the shape of what stands there tells: JSON:API has links that are objects."""
    if isinstance(found, Mapping):
        link = next((key for key in _LINKS if isinstance(found.get(key), str)), None)
        if link is not None:
            return f"write next: {expression}.{link}"
    return "use an expression that finds a text or a number, or write in: body where it goes back in the body"


def _kind(found: object) -> str:
    return "an object" if isinstance(found, Mapping) else "a list" if isinstance(found, list) else str(found)


def next_link(header: str) -> str | None:
    """The target of rel="next" in a `Link` header; None without one."""
    for found in _LINK.finditer(header):
        rel = _REL.search(found[2])
        if rel and "next" in (rel[1] or rel[2] or "").lower().split():
            return found[1].strip() or None
    return None
