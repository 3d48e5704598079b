"""`pages:` of a `rest` source: how the next page of a list is asked for."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from collectors.choice import one_of_kinds
from core.settings import Expression, NonEmpty, SettingsModel, Url
from core.settings.base import problem

_NOT_IN_TEXT = ("param", "first", "limit", "size")
"""What a page's name goes with, where it goes in a query or in JSON."""


class _Pages(SettingsModel):
    max: int = Field(
        default=200,
        ge=1,
        description="pages of a list read in one poll; then it goes on next time",
    )


class _Placed(_Pages):
    place: Literal["query", "body"] = Field(
        default="query", alias="in", description="where the page's parameters go"
    )


class NoPages(_Placed):
    """One answer holds everything."""

    by: Literal["none"] = "none"


class OffsetPages(_Placed):
    """So many items from the offset on. offset, limit: names of the parameters."""

    by: Literal["offset"]
    offset: NonEmpty = "offset"
    limit: NonEmpty = "limit"
    size: int = Field(default=100, ge=1, description="items asked for at once")
    first: int = Field(
        default=0,
        ge=0,
        description="offset of the first item: 1 for SCIM, Oozie and others that count from it",
    )


class NumberedPages(_Placed):
    """The n-th page. param: name of its number; limit: name of the size's parameter, if any."""

    by: Literal["page"]
    param: NonEmpty = "page"
    size: int | None = Field(default=None, ge=1, description="items on a page, sent where `limit` is named")
    limit: NonEmpty | None = None
    first: int = Field(default=1, ge=0, description="number of the first page")


class CursorPages(_Pages):
    """The answer names the next page: `next` or `next_header` says where. first: sent for the first page."""

    by: Literal["cursor"]
    place: Literal["query", "body", "text"] = Field(
        default="query",
        alias="in",
        description="where the page's parameters go; text: what names the page is the whole body, of a POST (text/plain, unless the request's headers name a `Content-Type`)",
    )
    url: Url | None = Field(
        default=None,
        description="address of the pages after the first, where it is another; they are asked for without the first call's params and body",
    )
    param: NonEmpty = "cursor"
    next: Expression | None = Field(default=None, description="JMESPath to the next page's name in the body")
    next_header: NonEmpty | None = Field(
        default=None, description="the header that names it, such as x-ms-continuationtoken"
    )
    first: str | None = None
    size: int | None = Field(default=None, ge=1, description="items on a page, sent where `limit` is named")
    limit: NonEmpty | None = None

    @model_validator(mode="after")
    def _names_one_place(self) -> CursorPages:
        if (self.next is None) == (self.next_header is None):
            raise problem("write either next, where the body names the next page, or next_header")
        unsent = [name for name in _NOT_IN_TEXT if name in self.model_fields_set]
        if self.place == "text" and unsent:
            raise problem(
                f"in: text sends the next page's name alone; remove {', '.join(unsent)}, or write in: body"
            )
        return self


class NextUrlPages(_Placed):
    """The answer holds the next page's address. next: JMESPath to it."""

    by: Literal["next_url"]
    next: Expression


class LinkHeaderPages(_Placed):
    """The next page's address stands in the `Link` header (RFC 8288), as rel="next"."""

    by: Literal["link_header"]


class LastItemPages(_Placed):
    """The next page begins after the last item. field: JMESPath of what the item is known by."""

    by: Literal["last_item"]
    param: NonEmpty
    field: Expression


PagesSettings = Annotated[
    NoPages | OffsetPages | NumberedPages | CursorPages | NextUrlPages | LinkHeaderPages | LastItemPages,
    one_of_kinds(
        "by",
        {
            "none": NoPages,
            "offset": OffsetPages,
            "page": NumberedPages,
            "cursor": CursorPages,
            "next_url": NextUrlPages,
            "link_header": LinkHeaderPages,
            "last_item": LastItemPages,
        },
    ),
]
