"""What `check` says of each source, and of all of them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from collectors.check import Checked
from core.i18n import translator
from core.records import Poll, PollResult, Problem
from reports.checks import show_checks

AT = datetime(2026, 11, 24, 12, tzinfo=UTC)
PAGE = Problem(kind="more_pages", where="pages", message="a next page was not asked for")
LINE = Problem(kind="bad_line", where="line 3", message="is no JSON")


def looked(
    *problems: Problem, error: str | None = None, bad: int = 0, empty: dict[str, str] | None = None
) -> Checked:
    """A source that was looked at."""
    result = PollResult.OK if error is None else PollResult.FAILED
    poll = Poll(
        started_at=AT, finished_at=AT, result=result, error=error, problems=list(problems), bad_items=bad
    )
    return Checked("crm", "runs", "rest", poll, empty={"runs": empty or {}})


@pytest.mark.parametrize(
    ("checked", "mark", "verdict", "code"),
    [
        pytest.param(looked(), "✓", "1 source was reached and read\n", 0, id="in order"),
        pytest.param(looked(PAGE), "!", "read; look at what is told under each !", 0, id="a page not read"),
        pytest.param(
            looked(empty={"status": "state"}), "!", "look at what is told", 0, id="a field without a value"
        ),
        pytest.param(looked(PAGE, LINE, bad=1), "✗", "1 of 1 source has a problem", 1, id="a bad line"),
        pytest.param(looked(PAGE, error="answered 401"), "✗", "has a problem", 1, id="not reached"),
    ],
)
def test_the_mark_of_a_source_tells_whether_to_look_at_it(
    capsys: pytest.CaptureFixture[str], checked: Checked, mark: str, verdict: str, code: int
) -> None:
    """What is told below a source that could be read is a warning, and no error."""
    assert show_checks([checked], translator("en")) == code
    said = capsys.readouterr().out
    assert said.startswith(f"{mark} crm/runs (rest): ")
    assert verdict in said
