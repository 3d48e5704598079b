"""What `each` lists, one by one, and what is remembered of each of them (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from collectors.expressions import ExpressionError, compile_expression
from collectors.problems import Problems
from collectors.request import Value
from collectors.sources._rest_each_settings import EachSettings
from collectors.values import as_json, as_text
from collectors.views import truthy
from core.records import Cursor, Json


@dataclass(frozen=True, slots=True)
class Parent:
    """One of what was listed. value: its `field`, which stands for `{each}`; key: the same as text; item: as listed."""

    key: str
    value: Value
    item: object


class ParentReader:
    """Reads them from the pages of their list, each once."""

    def __init__(self, settings: EachSettings) -> None:
        self._field = compile_expression(settings.field)
        self._expression = settings.field
        self._where = compile_expression(settings.where) if settings.where is not None else None

    def read(self, items: Iterable[object], found: dict[str, Parent], problems: Problems) -> None:
        """Add what is listed and wanted; one without a name is a problem, and stops no other."""
        for item in items:
            name = as_json(item)[:60]
            try:
                if self._where is not None and not truthy(self._where(item)):
                    continue
                value = self._field(item)
            except ExpressionError as error:
                problems.add("bad_expression", f"each: {name}", str(error))
                continue
            key = as_text(value)
            if key is None or isinstance(value, bool) or not isinstance(value, str | int | float):
                said = f"{self._expression} should find a text or a number to ask for, and finds {as_json(value)[:60]}"
                problems.add("bad_item", f"each: {name}", said)
                continue
            found.setdefault(key, Parent(key, value, item))


@dataclass(slots=True)
class Turns:
    """What is remembered of all of them. of: digest of the settings it belongs to.

    states: key → what its own sweep remembers; asked: keys of those asked in the round under way. A round
    ends when all that are listed were asked, however many polls it takes.
    """

    of: str
    states: dict[str, Cursor] = field(default_factory=dict)
    asked: dict[str, None] = field(default_factory=dict)

    @classmethod
    def of_cursor(cls, cursor: Cursor, of: str) -> Turns:
        """What a stored cursor says; nothing if it was written under other settings."""
        states, asked = cursor.get("each"), cursor.get("asked")
        if cursor.get("of") != of or not isinstance(states, Mapping):
            return cls(of)
        kept: dict[str, Cursor] = {
            key: dict(state) for key, state in states.items() if isinstance(state, Mapping)
        }
        known = asked if isinstance(asked, Sequence) and not isinstance(asked, str) else ()
        return cls(of, kept, dict.fromkeys(str(one) for one in known))

    def cursor(self) -> Cursor:
        """As it is stored."""
        each: dict[str, Json] = {key: dict(state) for key, state in self.states.items()}
        stored: dict[str, Json] = {"of": self.of, "each": each}
        if self.asked:
            stored["asked"] = list(self.asked)
        return stored

    def state(self, parent: Parent) -> Cursor:
        """Where one of them is read on."""
        return {**self.states.get(parent.key, {}), "of": self.of}

    def stands(self, parent: Parent, cursor: Cursor) -> bool:
        """Note where one of them stands after a batch; whether its list was read to its end."""
        self.states[parent.key] = {name: value for name, value in cursor.items() if name != "of"}
        whole = "sweep" not in cursor
        if whole:
            self.asked[parent.key] = None
        return whole

    def waiting(self, parents: Iterable[Parent]) -> list[Parent]:
        """Those whose turn it is in this round: first the one that was stopped within its list."""
        left = [one for one in parents if one.key not in self.asked]
        return sorted(left, key=lambda one: not self.under_way(one))

    def under_way(self, parent: Parent) -> bool:
        """Whether the last one of its pages was not read yet."""
        return "sweep" in self.states.get(parent.key, {})

    def end_round(self, listed: Mapping[str, Parent], *, whole: bool) -> None:
        """All were asked. whole: the list of them was read to its end, so what is not in it has vanished."""
        self.asked = {}
        if whole:
            self.states = {key: state for key, state in self.states.items() if key in listed}
