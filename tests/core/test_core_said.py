"""A message that was kept says the same as the one it was made from."""

from datetime import UTC, datetime, timedelta

import pytest

from core.i18n import Message, counted, translator
from core.said import kept, said
from core.units import Threshold, Unit, Window

AT = datetime(2026, 11, 24, 12, 30, tzinfo=UTC)

MESSAGES = {
    "plain": Message("No problem found"),
    "instant": Message("{source} was last seen at {time}", {"source": "log", "time": AT}),
    "ratio": Message("{ratio:percent} of the rate limit {quota} is used", {"ratio": 0.87, "quota": "hourly"}),
    "plural and window": counted(
        "{failed} of {count} API call failed within {window}",
        "{failed} of {count} API calls failed within {window}",
        4,
        failed=3,
        window=Window(duration=timedelta(hours=1)),
    ),
    "threshold": Message("{limit}", {"limit": Threshold.parse("> 5%", Unit.RATIO)}),
    "duration, nothing": Message("{a} {b}", {"a": timedelta(hours=2), "b": None}),
    "message in a message": Message("{inner}", {"inner": Message("Key expires soon")}),
    "list": Message("{names}", {"names": ["a", "b"]}),
}


@pytest.mark.parametrize("name", MESSAGES)
@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_kept_message_says_the_same(name: str, language: str) -> None:
    """Through JSON and back, every kind of parameter is said as before, in any language."""
    message = MESSAGES[name]
    assert translator(language).render(said(kept(message))) == translator(language).render(message)


def test_what_is_no_kept_message_is_shown_as_it_is() -> None:
    """Text that is no JSON, braces and all, is no reason to fail."""
    assert str(said("odd {text}")) == "odd {text}"
    assert str(said("")) == ""
    assert str(said("[1]")) == ""
