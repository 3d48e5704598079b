"""`each:` of a `rest` source: what its list is asked for one by one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from pydantic import Field

from collectors.request import RequestSettings
from collectors.sources._rest_pages_settings import NoPages, PagesSettings
from core.settings import Expression, SettingsModel
from core.settings.base import one_of, problem

_EACH = re.compile(r"(?<![\w'])each\b(?!\s*\()")
"""The name, not the function `each()`, nor a text."""


class EachSettings(SettingsModel):
    """`each:`: for an API with one list for each job, project or connector.

    They are listed first; then `request` is asked for each of them, `{each}` in it (and in `detail`) being its `field`.
    Expressions of `fields`, `where` and lists see it as `each`, as it was listed: `each.name`. `job` is its `field` where none is
    mapped. Each has a mark of its own, and goes on where it stopped; what one of them answers wrong stops no other.
    """

    request: RequestSettings = Field(description="the call that lists them, with the same credentials")
    pages: PagesSettings = Field(
        default_factory=NoPages, description="how the next page of them is asked for"
    )
    records: Expression = Field(default="@", description="JMESPath to the list; @ when the root is the list")
    where: Expression | None = Field(
        default=None, description="JMESPath that one must satisfy to be asked for"
    )
    field: Expression = Field(
        description="JMESPath of what one is known by: a text or a number; @ where they are texts themselves"
    )
    max: int = Field(
        default=200,
        ge=1,
        description="how many are asked for in one poll; the next one goes on with the others",
    )


def tells_apart(
    place: str, fields: Mapping[str, str] | None, names: Sequence[str], *, default: str | None = None
) -> None:
    """Refuse fields of which none looks at `each`, so that records of two lists would be taken for one.

    names: those that are the records' identity; default: the one that tells them apart where it is not mapped.
    """
    if fields is None or (default is not None and default not in fields):
        return
    if not any(_EACH.search(fields[name]) for name in names if name in fields):
        remedy = f"leave {default} out, or " if default else ""
        raise problem(
            f"{place}: {one_of(names)} does not look at each, so what two of them hold could not be told apart; "
            f"{remedy}write each into it, such as join(' ', [each.name, …])"
        )
