"""What a look at the sources says on a terminal: the first problems by name, the number of the others."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from core.i18n import translator
from core.records import Poll, PollResult, Problem
from reports.terminal import show_polls
from storage.keys import SourceKey

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def _told(capsys: pytest.CaptureFixture[str], language: str, problems: list[Problem]) -> list[str]:
    poll = Poll(started_at=NOW, finished_at=NOW, result=PollResult.OK, problems=problems)
    assert show_polls([(SourceKey("hr", "staff"), poll)], translator(language, UTC)) == 0
    return [line for line in capsys.readouterr().out.splitlines() if line.startswith("hr/staff: ")]


def test_a_problem_met_often_says_how_often(capsys: pytest.CaptureFixture[str]) -> None:
    """And nothing is said to follow where nothing does."""
    problems = [
        Problem(kind="a", where="x.csv: line 2", message="is bad"),
        Problem(kind="a", where="x.csv: further lines", message="is bad", count=7),
    ]
    assert _told(capsys, "en", problems) == [
        "hr/staff: x.csv: line 2: is bad",
        "hr/staff: x.csv: further lines: is bad (7 times)",
    ]


@pytest.mark.parametrize(
    ("language", "last"),
    [("en", "and 9 more; `export polls` lists them"), ("ru", "и ещё 9; их покажет `export polls`")],
)
def test_those_that_are_not_named_are_counted(
    capsys: pytest.CaptureFixture[str], language: str, last: str
) -> None:
    """Each as often as it was met."""
    problems = [Problem(kind="a", where=f"{name}.csv", message="is bad") for name in range(14)]
    problems.append(Problem(kind="a", where="and more", message="is bad", count=7))
    told = _told(capsys, language, problems)
    assert (len(told), told[-1]) == (13, f"hr/staff: {last}")
