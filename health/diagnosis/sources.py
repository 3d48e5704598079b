"""What the error of a source that could not be read says, and what is to be done about it."""

from __future__ import annotations

from core.facts import SourceFacts
from core.i18n import Message, counted
from core.records import ErrorClass, PollResult
from health.diagnosis.check import Case
from health.diagnosis.texts import OF_A_SENDER, OF_A_SOURCE
from health.taxonomy import classify
from health.words import shortened

PUSH = "push"
"""The type of a source that sends."""

MAPPED = frozenset({"rest", "sql"})
"""The types whose items somebody mapped one by one: what does not fit is the mapping's fault, or a change over there."""

_NOT_READ = (PollResult.FAILED, PollResult.DEFERRED)


def refused(case: Case, *kinds: ErrorClass) -> SourceFacts | None:
    """The first source whose last look ended with an error of these classes."""
    return next((one for one in case.facts.sources.values() if _class_of(one) in kinds), None)


def of_source(source: SourceFacts) -> Message:
    """The error of a source, by its name."""
    return Message("{source}: {error}", {"source": source.name, "error": shortened(source.last_error)})


def to_do_about(source: SourceFacts) -> str:
    """The next step (a message id), "" where its error says no more than that it cannot be read."""
    kind = _class_of(source)
    if kind is None:
        return OF_A_SENDER if source.type == PUSH else ""
    return OF_A_SOURCE.get(kind, "")


def first_unfit(case: Case) -> SourceFacts | None:
    """The first source that answered with items which its mapping does not fit."""
    every = case.facts.sources.values()
    return next((one for one in every if one.type in MAPPED and one.bad_items_last_poll), None)


def of_items(source: SourceFacts) -> Message:
    """How many they are."""
    return counted(
        "{source}: {count} item of its last answer does not fit its mapping",
        "{source}: {count} items of its last answer do not fit its mapping",
        source.bad_items_last_poll,
        source=source.name,
    )


def _class_of(source: SourceFacts) -> ErrorClass | None:
    """None where its last look was well, or it has none."""
    if source.last_result not in _NOT_READ or not source.last_error:
        return None
    return classify(None, source.last_error, source.side).error_class
