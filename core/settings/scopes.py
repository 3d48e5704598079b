"""Which integrations a rule, a silence or a maintenance window is for: its `where`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated

from pydantic import BeforeValidator

from core.settings.base import problem, suggestion
from core.settings.fields import Words
from core.settings.integrations import Integration

SCOPES = ("integration", "method", "tag", "criticality", "system")
"""What a rule chooses its integrations by."""

MUTED_SCOPES = (*SCOPES, "rule")
"""What a silence or a maintenance window chooses by: as a rule does, and by the rule's key."""


def _of(scopes: tuple[str, ...]) -> Callable[[object], object]:
    def known(value: object) -> object:
        if isinstance(value, Mapping):
            for name in value:
                if name not in scopes:
                    raise problem(f'"{name}" is unknown; {suggestion(str(name), scopes)}')
        return value

    return known


Where = Annotated[dict[str, Words], BeforeValidator(_of(SCOPES))]
"""Names of SCOPES to one or several of their values."""

MutedWhere = Annotated[dict[str, Words], BeforeValidator(_of(MUTED_SCOPES))]
"""Names of MUTED_SCOPES to one or several of their values."""


def matches(where: Mapping[str, tuple[str, ...]], integration: Integration, rule: str = "") -> bool:
    """Whether every name in `where` has one of the integration's (or the rule's) values; an empty one does."""
    has = {
        "integration": (integration.key,),
        "method": (integration.method,),
        "tag": integration.tags,
        "criticality": (integration.criticality,),
        "system": (integration.source_system, integration.target_system),
        "rule": (rule,),
    }
    return all(set(wanted) & set(has.get(name, ())) for name, wanted in where.items())
