"""What the expressions of a list inside an item see: the entry's own fields, `item` and `parent`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from collectors.expressions import Getter, compile_expression


class View(dict[str, object]):
    """An entry's fields beside `item` (the entry itself) and `parent` (the item it came from)."""

    __slots__ = ()

    @classmethod
    def of(cls, entry: object, parent: object) -> View:
        """A view; `item` and `parent` win over fields of the same name (write `item.parent` then)."""
        view = cls(entry) if isinstance(entry, Mapping) else cls()
        view["item"] = entry
        view["parent"] = parent
        return view


def compile_view_expression(text: str) -> Getter:
    """An expression for views: `@` means the entry itself, not the view around it."""
    if text.strip() == "@":
        text = "item"
    return compile_expression(text)


def views(parent: object, records: Getter, where: Getter | None) -> Iterator[View]:
    """A view of each entry that `records` finds in the parent and `where` lets pass.

    records: finds a list, or one entry (an object), or nothing. Raises ExpressionError.
    """
    found = records(parent)
    if found is None:
        return
    entries = found if isinstance(found, Sequence) and not isinstance(found, str | bytes) else [found]
    for entry in entries:
        if entry is None:
            continue
        view = View.of(entry, parent)
        if where is None or truthy(where(view)):
            yield view


def truthy(value: object) -> bool:
    """JMESPath's truth: false, null and empty text, lists and objects are not; 0 is."""
    return not (value is None or value is False or value == "" or value == [] or value == {})
