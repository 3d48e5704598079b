"""What single checks of the FAQ say, on facts made by hand."""

from __future__ import annotations

from core.facts import FileFact
from health.context import SourceView
from health.diagnosis import Outcome
from health.diagnosis.check import Case
from health.diagnosis.checks import file_as_agreed
from health.rules import DEFAULT_RULES
from health.status import judge
from tests.health.health_makers import NOW, context, facts


def test_too_many_files_are_not_asked_for_again() -> None:
    """More files than agreed came: the extra export is stopped, or the agreement changed."""
    views = {"staff": SourceView("staff", max_files_per_day=1)}
    known = facts(files=(FileFact(source="staff", name="staff.csv", arrived_at=NOW, times=3),))
    at_work = context(sources=views)
    found = file_as_agreed(Case(known, judge(DEFAULT_RULES, known, at_work), at_work))
    assert found.outcome is Outcome.FAIL
    assert "why more files came" in found.next_step
    assert "again" not in found.next_step
