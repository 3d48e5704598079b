"""What a sweep says beside what it read: that there is more, and what keeps it from reading right (pure)."""

from __future__ import annotations

from collections.abc import Mapping

from collectors.exchange import Response
from collectors.problems import Problems
from collectors.request import RequestSettings
from collectors.sources._rest_body import named, quoted
from collectors.sources._rest_pages import next_link
from collectors.sources._rest_pages_settings import CursorPages, NextUrlPages, NoPages
from collectors.sources._rest_settings import RestSettings
from collectors.values import as_json
from core.same import Same, remembered

_NEXT_NAMES = frozenset(
    {
        "next",
        "nextcursor",
        "nextlink",
        "nextpage",
        "nextpagetoken",
        "nexttoken",
        "nextpageurl",
        "nexturl",
        "nextrecordsurl",
    }
    | {"@odata.nextlink", "continuationtoken"}
)
_NEXT_HEADERS = (
    "x-ms-continuationtoken",
    "x-ms-continuation",
    "x-continuation-token",
    "x-next-page",
    "x-next-page-token",
    "x-next-cursor",
    "x-next-token",
)


def say_repeated(problems: Problems) -> None:
    """A source that does not know the parameters of its pages answers the same one for ever."""
    text = (
        "the second page is the first one again, so the list ends there; are the parameters the source's own?"
    )
    problems.add("repeated_page", "pages", text)


def say_unfollowed(settings: RestSettings, response: Response, body: object, problems: Problems) -> None:
    """The list has ended for us, and the answer names a next page: in its header, or where no pages are asked for."""
    if not isinstance(settings.pages, NoPages | CursorPages | NextUrlPages):
        return
    if isinstance(settings.pages, NoPages) and (named := _next_named(body)) is not None:
        place, value = named
        # Such a link may be relative too, as OData's is.
        address = value.startswith(("http://", "https://", "/")) or "link" in place.lower()
        way = (
            f"{{by: next_url, next: {quoted(place)}}}"
            if address
            else f"{{by: cursor, param: …, next: {quoted(place)}}}"
        )
        text = f"the answer seems to name a next page at {place}, which is not asked for; write pages: {way}"
        problems.add("more_pages", "pages", text)
    elif next_link(response.header("link") or "") is not None:
        text = "the answer names a next page in its Link header, which is not asked for; write pages: {by: link_header}"
        problems.add("more_pages", "pages", text)
    elif isinstance(settings.pages, NoPages) and (header := _next_header(response)) is not None:
        way = f"{{by: cursor, param: …, next_header: {header}}}"
        text = (
            f"the answer names a next page in its header {header}, which is not asked for; write pages: {way}"
        )
        problems.add("more_pages", "pages", text)


def _next_header(response: Response) -> str | None:
    """The header, other than `Link`, in which the answer names a next page."""
    return next((name for name in _NEXT_HEADERS if (response.header(name) or "").strip()), None)


def _next_named(body: object, depth: int = 2) -> tuple[str, str] | None:
    """Where an object names a next page, as an expression, and what stands there; None where it does not."""
    if not isinstance(body, Mapping):
        return None
    for key, value in body.items():
        if str(key).lower().replace("_", "") in _NEXT_NAMES and isinstance(value, str) and value:
            return named(key), value
    inner = [(key, _next_named(value, depth - 1)) for key, value in body.items()] if depth else []
    return next(((f"{named(key)}.{found[0]}", found[1]) for key, found in inner if found), None)


def say_partial(problems: Problems, error: str) -> None:
    """Items came, and with them the word that others did not."""
    problems.add("partial_answer", "the answer", f"tells an error beside its items: {error}")


def say_truncated(problems: Problems, why: str) -> None:
    """The poll ends here, the list does not."""
    problems.add("truncated", "poll", f"{why}; the next poll goes on there")


def say_no_mark(settings: RestSettings, none_found: bool, problems: Problems) -> None:
    """What keeps the list from being read on. none_found: there were items, and none had a mark."""
    if settings.cursor is None:
        if _asks_since(Same(settings.request)):
            text = "has {since} and there is no cursor, so all is read at each poll; write cursor: {field: …}"
            problems.add("no_mark", "request", text)
    elif none_found:
        text = f"{settings.cursor.field} finds nothing in any item, so all is read at each poll; map one that is there"
        problems.add("no_mark", "cursor.field", text)


@remembered
def _asks_since(held: Same[RequestSettings]) -> bool:
    return "{since}" in as_json(held.held.model_dump(mode="json"))
