"""What an indicator is: one number read from the facts of one integration, and how it reads it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import msgspec

from core.facts import Facts, WindowFacts
from core.i18n import Message
from core.units import Unit, Window
from health.context import IndicatorContext


class Reading(msgspec.Struct, frozen=True):
    """One reading. value: in the indicator's unit, None = no data; events: how many things it counts.

    detail: the reading as a sentence for a person; since: when the state it tells of began, where the
    facts say so.
    """

    value: float | None
    events: int
    detail: Message
    since: datetime | None = None


Read = Callable[[Facts, Window | None, IndicatorContext], Reading]


@dataclass(frozen=True, slots=True)
class Indicator:
    """One number about an integration.

    title: its name for people (a message id); default_window: None where it looks at no window;
    reads: which kind of records it rests on (a word of `brings`), "" where it rests on the looks themselves;
    counts_runs: its events are runs, so that a schedule bounds how many a window can hold; needs_sums,
    needs_volumes: which facts of its window it reads; also: the windows whose sums it reads, for a window;
    ages: whether its reading of the same facts changes with the hour; where not it must not ask for
    `context.now`, and is not read again as long as the facts are the same.
    """

    title: str
    unit: Unit
    default_window: Window | None
    read: Read
    reads: str = "runs"
    needs_sums: bool = True
    counts_runs: bool = False
    needs_volumes: bool = False
    also: Callable[[Window], tuple[Window, ...]] = lambda window: (window,)
    ages: bool = True


def window_facts(facts: Facts, window: Window | None) -> WindowFacts:
    """The sums of a window; an empty one where storage did not read it."""
    return (facts.windows.get(window) if window else None) or WindowFacts()
