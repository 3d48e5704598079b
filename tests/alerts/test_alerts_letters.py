"""A letter says what is broken, how bad, since when, why, what to do, whom to call, and where to look."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from alerts.circumstances import Circumstances
from alerts.letter import Tone, inert, tidy
from alerts.messages import MOST_TOLD, letter_of, letter_of_test
from alerts.plain import plain_text
from core.alert_states import AlertKey, Reason, Severity
from core.alerting import NoticeKind, Target
from core.errors import MonitorError
from core.i18n import Message
from core.said import kept
from tests.alerts.alerts_letters import (
    CAUSE,
    KEY,
    NOW,
    SUPPORT,
    content,
    letter,
    letter_of_several,
    notice,
    settings,
)

DUTY = Target("chat", "dezhurnyj")


def test_the_order_is_what_a_reader_asks() -> None:
    """Broken and how bad, since when, against which threshold, why, next step, whom to call, where."""
    lines = [line for line in plain_text(letter(NoticeKind.FIRED)).splitlines() if line]
    assert [line.partition(":")[0] for line in lines[:8]] == [
        "🔴 Critical",
        "Since",
        "Failures in a row",
        "Probable cause",
        "Next step",
        "Whom to call",
        "Contact",
        "Open the integration",
    ]


def test_each_reader_has_their_language_and_zone() -> None:
    """The contact's; the channel's own goes before it; the installation's stands behind both."""
    assert "16:05 (UTC+2)" in plain_text(letter(NoticeKind.FIRED, SUPPORT))
    assert "24 нояб. 2026, 17:05 (UTC+3)" in plain_text(letter(NoticeKind.FIRED, DUTY))
    own = settings("  both: {type: webhook, url: 'https://x.example', language: en, timezone: UTC}\n")
    said = plain_text(
        letter_of([notice(NoticeKind.FIRED, target=Target("both", "dezhurnyj"))], own, KEY, NOW)
    )
    assert "24 Nov 2026, 14:05 (UTC)" in said
    assert letter(NoticeKind.FIRED, Target("hook")).language == "ru"


def test_a_link_opens_the_page_in_the_readers_language() -> None:
    """It says so only where the pages would be in another."""
    english, russian = (letter(NoticeKind.FIRED, target).links[0].url for target in (SUPPORT, DUTY))
    assert english == "https://monitor.butterboard.example/integration?integration=peoplesoft&lang=en"
    assert russian == "https://monitor.butterboard.example/integration?integration=peoplesoft"


def test_one_alert_is_linked_to_where_it_is_taken_up() -> None:
    """The page opens with its drawer; a message of several leads to all of the integration's."""
    own, several = letter(NoticeKind.FIRED, DUTY).links[1].url, letter_of_several(DUTY).links[1].url
    assert own.endswith("/alerts?integration=peoplesoft&alert=failures-in-a-row~peoplesoft")
    assert several.endswith("/alerts?integration=peoplesoft")


def test_what_is_over_asks_for_nothing() -> None:
    """No cause, next step or call: only when it was, and how it is now."""
    made = letter(NoticeKind.RECOVERED)
    assert [row.label for row in made.rows] == ["When", "Now"]
    assert made.document["cause"] is None
    assert (made.tone, made.quiet) == (Tone.OVER, True)


def test_a_late_message_tells_the_original_time_and_that_it_is_late() -> None:
    """It was ready ten minutes ago; the trouble's beginning is what it was."""
    late = notice(NoticeKind.FIRED, not_before=NOW - timedelta(minutes=10))
    said = plain_text(letter_of([late], settings(), KEY, NOW))
    assert "Since: 24 Nov 2026, 16:05 (UTC+2), for 35 minutes" in said
    assert (
        "Late: this message was ready at 24 Nov 2026, 16:30 (UTC+2); it could not be delivered for 10 minutes"
        in said
    )
    assert "Late" not in plain_text(letter(NoticeKind.FIRED))


def test_several_alerts_are_one_message_the_worst_first() -> None:
    """What is over stands last; the headline is the worst one's; beyond ten they are counted."""
    many = [
        notice(NoticeKind.FIRED, content(severity=Severity.WARNING), key=AlertKey(f"rule-{n}", "peoplesoft"))
        for n in range(MOST_TOLD)
    ]
    made = letter_of([notice(NoticeKind.RECOVERED), *many, notice(NoticeKind.FIRED)], settings(), KEY, NOW)
    assert made.headline == "Critical: PeopleSoft → Butterboard — the last 3 runs failed (and 11 more alerts)"
    assert made.alerts[0].label == "Critical"
    assert [row.text for row in made.alerts[MOST_TOLD:]] == ["and 2 more alerts, on the page"]
    assert len(made.document["alerts"]) == 12  # type: ignore[arg-type]


def test_several_that_are_over_are_told_as_such() -> None:
    """A message of recoveries does not look like an alarm."""
    over = [notice(NoticeKind.RECOVERED), notice(NoticeKind.PASSED, key=AlertKey("x", "peoplesoft"))]
    made = letter_of(over, settings(), KEY, NOW)
    assert made.headline == "Back to normal: PeopleSoft → Butterboard — 2 alerts are over"
    assert made.tone is Tone.OVER


def test_missing_data_is_told_as_missing() -> None:
    """Not as a reading beyond the threshold."""
    told = content(reason=Reason.NO_DATA, value=None, detail=kept(Message("No run has ended yet")))
    made = letter_of([notice(NoticeKind.FIRED, told)], settings(), KEY, NOW)
    assert made.headline.endswith("no data for “Failures in a row”: no run has ended yet")
    assert "(critical" not in plain_text(made)


def test_an_integration_that_is_gone_still_has_its_message() -> None:
    """A retired key names itself, and links to all alerts."""
    gone = notice(NoticeKind.CLOSED, key=AlertKey("failures-in-a-row", "old-crm"))
    made = letter_of([gone], settings(), KEY, NOW, CAUSE)
    assert "old-crm" in made.headline
    assert [link.url for link in made.links] == ["https://monitor.butterboard.example/alerts?lang=en"]


def test_a_label_is_told_where_the_sentence_does_not_name_it() -> None:
    """Two sources of one integration are told apart."""
    told = content(
        detail="", indicator="api_error_ratio", value=0.4, threshold="> 25%", rule_name="API errors"
    )
    made = letter_of(
        [notice(NoticeKind.FIRED, told, key=AlertKey("a", "peoplesoft", "gateway"))], settings(), KEY, NOW
    )
    assert made.headline.endswith("— API errors (gateway)")
    assert "API errors (gateway): 40% (critical: > 25%)" in plain_text(made)


@pytest.mark.parametrize(
    ("rules", "said"),
    [(["collector-blind"], True), (["collector-blind", "failures"], False), (["failures"], False)],
    ids=["blindness alone", "with another", "another"],
)
def test_what_is_told_of_a_blind_source_is_about_its_sight(rules: list[str], said: bool) -> None:
    """What else is wrong with the integration is no cause of it."""
    of_sight = Circumstances(Message("Nobody sees it"), "See whether the job that sends still runs.")
    notices = [notice(NoticeKind.FIRED, key=AlertKey(rule, "peoplesoft", "jobs")) for rule in rules]
    known = Circumstances(CAUSE.cause, CAUSE.next_step, CAUSE.call, of_sight)
    made = letter_of(notices, settings(), KEY, NOW, known)
    texts = " ".join(row.text for row in made.rows)
    assert ("Nobody sees it" in texts, "the job that sends" in texts) == (said, said)
    assert ("no longer accepted" in texts) is not said


def test_no_circumstances_leave_no_empty_rows() -> None:
    """Nothing is known: nothing is claimed."""
    made = letter_of([notice(NoticeKind.FIRED)], settings(), KEY, NOW, Circumstances())
    assert [row.label for row in made.rows] == ["Since", "Failures in a row", "Contact"]


def test_a_content_that_cannot_be_read_is_our_error() -> None:
    """Not a crash: the dispatcher makes a dead letter of it."""
    with pytest.raises(MonitorError):
        letter_of([replace(notice(NoticeKind.FIRED), content="{")], settings(), KEY, NOW)


def test_upstream_text_is_neither_link_nor_mention() -> None:
    """Mail and chat programs make links of bare addresses; an invisible joiner prevents that."""
    assert inert("see http://evil.example or www.evil.example, @admin") == (
        "see http\u2060://evil.example or www\u2060.evil.example, @\u2060admin"
    )
    assert tidy("a\r\nb\x00\u202ec   d\u200b") == "a bc d"
    assert len(tidy("x" * 1000)) == 400


def test_a_test_message_says_that_nothing_is_broken() -> None:
    """In its reader's language, with the same key in its document."""
    made = letter_of_test(settings(), "mail", "integration-support", "im-test", NOW)
    assert made.headline == "Test: messages arrive through mail"
    assert "Nothing is broken" in plain_text(made)
    assert made.document["kind"] == "test"
    assert letter_of_test(settings(), "hook", "", "im-test", NOW).headline.startswith("Проверка")
