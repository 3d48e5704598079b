"""What a sweep says beside what it read: that there is more, and what keeps it from reading right (pure)."""

from __future__ import annotations

from collectors.exchange import Response
from collectors.problems import Problems
from collectors.sources._rest_pages import next_link
from collectors.sources._rest_pages_settings import CursorPages, NextUrlPages, NoPages
from collectors.sources._rest_settings import RestSettings
from collectors.values import as_json


def say_repeated(problems: Problems) -> None:
    """A source that does not know the parameters of its pages answers the same one for ever."""
    text = (
        "the second page is the first one again, so the list ends there; are the parameters the source's own?"
    )
    problems.add("repeated_page", "pages", text)


def say_unfollowed(settings: RestSettings, response: Response, problems: Problems) -> None:
    """The list has ended for us, and the answer names a next page in its header."""
    if not isinstance(settings.pages, NoPages | CursorPages | NextUrlPages):
        return
    if next_link(response.header("link") or "") is not None:
        text = "the answer names a next page in its Link header, which is not asked for; write pages: {by: link_header}"
        problems.add("more_pages", "pages", text)


def say_partial(problems: Problems, error: str) -> None:
    """Items came, and with them the word that others did not."""
    problems.add("partial_answer", "the answer", f"tells an error beside its items: {error}")


def say_truncated(problems: Problems, why: str) -> None:
    """The poll ends here, the list does not."""
    problems.add("truncated", "poll", f"{why}; the next poll goes on there")


def say_no_mark(settings: RestSettings, none_found: bool, problems: Problems) -> None:
    """What keeps the list from being read on. none_found: there were items, and none had a mark."""
    if settings.cursor is None:
        if "{since}" in as_json(settings.request.model_dump(mode="json")):
            text = "has {since} and there is no cursor, so all is read at each poll; write cursor: {field: …}"
            problems.add("no_mark", "request", text)
    elif none_found:
        text = f"{settings.cursor.field} finds nothing in any item, so all is read at each poll; map one that is there"
        problems.add("no_mark", "cursor.field", text)
