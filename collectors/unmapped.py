"""What is said of a status that nobody mapped (pure)."""

from __future__ import annotations

from collections.abc import Mapping

from collectors.values import shown

_LONGEST, _MOST_KEYS = 100, 8
_NOTHING = """nothing stands where fields.status looks; look elsewhere, or say what nothing means: status_map: {"": running}"""


def unmapped(word: object, text: str) -> tuple[str, str]:
    """Where it is, and what is wrong with what to do. text: the word as it is compared.

    Objects and lists differ from one another and are no words: all are one problem.
    """
    if isinstance(word, Mapping | list):
        keys = (
            ", ".join(str(key)[:_LONGEST] for key in list(word)[:_MOST_KEYS])
            if isinstance(word, Mapping)
            else ""
        )
        remedy = (
            f"it has {keys}; write one of them behind fields.status"
            if keys
            else "write fields.status so that it finds one word"
        )
        return shown(word), f"the status is {shown(word)}; {remedy}"
    brief = text[:_LONGEST]
    return (
        brief or "(none)",
        f'the status "{brief}" is not in status_map; add it there' if brief else _NOTHING,
    )
