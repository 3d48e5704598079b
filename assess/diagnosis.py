"""The diagnosis of one integration now: stored facts and causes, put to the FAQ of `health.diagnosis`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from assess.feeding import completed
from assess.overview import BoardRow, board_row
from assess.plan import plan_of
from core.i18n import N_, Message
from core.settings import Integration, Settings
from health.diagnosis import Check, Outcome, Party
from health.diagnosis import diagnose as by_the_faq
from health.diagnosis.check import LOOKS_BACK, Case
from health.diagnosis.texts import NOT_SEEN, SIGHTED
from storage import queries


@dataclass(frozen=True, slots=True)
class OfSight:
    """Why a source is not seen, whom to call about that, and what to do first (a message id)."""

    cause: Message
    call: Message | None
    next_step: str


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The checks (`pass fail unknown`), those that fail first; cause: the probable one, None where nothing fails.

    call: whom to call about it, None where nothing is to be mended; next_step: what to do first about it (a
    message id), "" where nothing is to be done; of_sight: what there is to say of a source that is not seen, whatever
    else is wrong; None where all are.
    """

    checks: tuple[Check, ...]
    cause: Message | None
    call: Message | None
    next_step: str = ""
    of_sight: OfSight | None = None


def diagnosis(
    connection: queries.Connection, settings: Settings, integration: str, now: datetime
) -> Diagnosis | None:
    """The diagnosis of an integration; None where it is not configured."""
    row = board_row(connection, settings, integration, now)
    return diagnosis_of(connection, settings, row, now) if row else None


def diagnosis_of(
    connection: queries.Connection, settings: Settings, row: BoardRow, now: datetime
) -> Diagnosis:
    """The same, of a row at hand."""
    one, settings = row.verdict.integration, completed(connection, settings)
    since = now - LOOKS_BACK
    case = Case(
        facts=row.facts,
        judgement=row.verdict.judgement,
        context=replace(plan_of(settings).watches[one.key].context, now=now),
        causes=queries.causes(connection, one.key, since, now),
        roots=queries.roots(connection, one.key, since, now),
    )
    found = by_the_faq(case)
    call = _call(found.party, one, row.owner)
    return Diagnosis(
        found.checks, found.cause, call, found.next_step, _of_sight(found.checks, one, row.owner)
    )


def _of_sight(checks: Sequence[Check], one: Integration, owner: str) -> OfSight | None:
    unseen = next((check for check in checks if check.key == SIGHTED and check.outcome is Outcome.FAIL), None)
    if unseen is None or unseen.mild:
        return None
    return OfSight(Message(NOT_SEEN), _call(Party.MONITOR, one, owner), unseen.next_step)


def _call(party: Party | None, one: Integration, owner: str) -> Message | None:
    if party is None:
        return None
    match party:
        case Party.CUSTOMER:
            who = Message(N_("the administrators of {system}"), {"system": one.source_system})
        case Party.BUTTERBOARD:
            who = Message(N_("the engineers of {system}"), {"system": one.target_system})
        case Party.NETWORK:
            systems = {"source": one.source_system, "target": one.target_system}
            who = Message(N_("those who run the network between {source} and {target}"), systems)
        case Party.MONITOR:
            who = Message(N_("those who run this monitor"))
    if not owner:
        return Message(N_("Call {who}; nobody is named as a contact here"), {"who": who})
    return Message(N_("{owner} calls {who}"), {"owner": owner, "who": who})


__all__ = ["Check", "Diagnosis", "OfSight", "diagnosis", "diagnosis_of"]
