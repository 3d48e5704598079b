"""Who is told what and when: once per change, against what last arrived."""

from datetime import timedelta

import pytest

from alerts.content import unpacked
from core.alert_states import Severity
from core.muting import MaintenanceWindow, Silence
from core.settings import Contact, ContactRef
from tests.alerts.alerts_desk import (
    AT,
    HOUR,
    KEY,
    MINUTE,
    TICK,
    Desk,
    Personal,
    channel,
    integration,
    rule,
    seen,
)

BAD, WORSE, GOOD = 0.1, 0.5, 0.0


def silence_of(desk: Desk, lasting: timedelta) -> None:
    """Nothing leaves from now on for so long."""
    one = Silence(silence_id=1, where={}, starts_at=desk.now, ends_at=desk.now + lasting, by="local")
    desk.silences = (one,)


def on_call() -> Desk:
    """Support is told at once, the manager by mail after half an hour; the rule names no channel."""
    contacts = {
        "support": Contact(name="Support", channels=("chat",)),
        "manager": Contact(name="Manager", channels=("mail",)),
    }
    order = (ContactRef(who="support"), ContactRef(who="manager", after=30 * MINUTE))
    return Desk(
        rule(notify=()),
        channels={"chat": channel(), "mail": channel()},
        contacts=contacts,
        integrations=[integration(contacts=order)],
    )


def test_a_firing_and_its_recovery_are_told_once_each() -> None:
    """However many evaluations pass, each change is one message."""
    desk = Desk()
    for value in (BAD, BAD, BAD, GOOD, GOOD, GOOD):
        desk.see(value).deliver()
    assert desk.told == ["fired", "recovered"]


def test_a_change_of_severity_is_told() -> None:
    """Worse, milder, over: one message each, and the milder one is no recovery."""
    desk = Desk()
    for value in (BAD, WORSE, BAD, GOOD):
        desk.see(value).deliver()
    assert desk.told == ["fired", "worsened", "eased", "recovered"]


def test_a_message_tells_the_beginning_the_end_and_the_threshold() -> None:
    """The content holds what its letter needs, as of the change."""
    desk = Desk().see(WORSE)
    began = desk.now
    desk.deliver()
    desk.see(GOOD, after=HOUR).deliver()
    fired, recovered = (unpacked(one.content) for one in desk.sent)
    assert (fired.since, fired.severity, fired.ended_at) == (began, Severity.CRITICAL, None)
    assert (fired.value, fired.threshold, fired.rule_name) == (WORSE, "> 5%", "Failed syncs")
    assert (recovered.since, recovered.ended_at) == (began, began + HOUR)


def test_a_repeat_comes_after_its_interval_and_not_while_acknowledged() -> None:
    """Told again each `repeat` that it still fires, until somebody takes it up."""
    desk = Desk(rule(repeat=HOUR)).see(BAD)
    desk.deliver()
    for _ in range(4):
        desk.see(BAD, after=HOUR / 2).deliver()
    assert desk.told == ["fired", "repeated", "repeated"]
    desk.acknowledge()
    for _ in range(8):
        desk.see(BAD, after=HOUR / 2).deliver()
    assert len(desk.told) == 3
    desk.see(GOOD).deliver()
    assert desk.told[-1] == "recovered"


def test_contacts_are_told_by_their_delays() -> None:
    """The second contact is told only of what still fires after the delay, and of its end."""
    desk = on_call().see(BAD)
    desk.deliver()
    for _ in range(30):
        desk.see(BAD, after=MINUTE).deliver()
    assert [(one.target.channel, one.kind) for one in desk.sent] == [("chat", "fired"), ("mail", "escalated")]
    desk.see(GOOD).deliver()
    assert sorted((one.target.channel, one.kind) for one in desk.sent[2:]) == [
        ("chat", "recovered"),
        ("mail", "recovered"),
    ]


def test_an_acknowledgement_stops_escalation_until_it_worsens() -> None:
    """Taken up in time the manager hears nothing; worse than that, they do."""
    desk = on_call().see(BAD)
    desk.acknowledge()
    for _ in range(60):
        desk.see(BAD, after=MINUTE).deliver()
    assert desk.told == ["fired"]
    desk.see(WORSE).deliver()
    assert sorted(one.target.channel for one in desk.sent) == ["chat", "chat", "mail"]


def test_an_end_before_the_delay_tells_the_second_contact_nothing() -> None:
    """Neither the trouble nor its end concerns them."""
    desk = on_call().see(BAD)
    desk.deliver()
    desk.see(GOOD, after=10 * MINUTE).deliver()
    desk.for_(GOOD, HOUR).deliver()
    assert {one.target.channel for one in desk.sent} == {"chat"}


def test_one_place_is_told_once() -> None:
    """A channel that the rule names and that is a contact's too gets one message, in the contact's language."""
    desk = on_call()
    desk.rule = rule(notify=("chat",))
    desk.see(BAD).deliver()
    assert [one.target for one in desk.sent] == [("chat", "support")]


def test_mails_that_a_rule_names_go_to_the_contacts_of_the_integration() -> None:
    """A channel with an address per contact reaches each of them, when their time comes."""
    desk = on_call()
    desk.channels = {"mail": Personal(type="mail", group_wait=timedelta(), group_interval=timedelta())}
    desk.rule = rule(notify=("mail",))
    desk.see(BAD).deliver()
    assert [one.target for one in desk.sent] == [("mail", "support")]
    for _ in range(31):
        desk.see(BAD, after=MINUTE).deliver()
    assert [one.target for one in desk.sent] == [("mail", "support"), ("mail", "manager")]


def test_a_channel_for_criticals_hears_no_warnings() -> None:
    """Milder alerts than `min_severity` are not sent there; a worsened one is, as fired."""
    desk = Desk(channels={"chat": channel(min_severity=Severity.CRITICAL)})
    desk.see(BAD).deliver()
    assert desk.told == []
    desk.see(WORSE).deliver()
    desk.see(GOOD).deliver()
    assert desk.told == ["fired", "recovered"]


def test_a_channel_may_leave_out_recoveries() -> None:
    """With `send_recovered: no` the end is not told."""
    desk = Desk(channels={"chat": channel(send_recovered=False)})
    desk.see(BAD).deliver()
    desk.see(GOOD).deliver()
    assert desk.told == ["fired"]
    assert desk.waiting == []


def test_messages_of_an_integration_leave_together() -> None:
    """The first waits `group_wait` for others; the next leaves `group_interval` after it."""
    desk = Desk(channels={"chat": channel(group_wait=3 * TICK, group_interval=5 * MINUTE)})
    desk.see(BAD)
    first = desk.now
    assert desk.waiting[0].not_before == first + timedelta(seconds=30)
    desk.for_(BAD, MINUTE).deliver()
    sent_at = desk.now
    desk.see(WORSE)
    assert desk.waiting[0].not_before == sent_at + 5 * MINUTE


def test_what_is_over_before_anything_left_is_not_told() -> None:
    """Fired and recovered within `group_wait`: nobody is bothered."""
    desk = Desk(channels={"chat": channel(group_wait=MINUTE)}).see(BAD).see(GOOD)
    assert desk.waiting == []
    assert desk.for_(GOOD, 2 * MINUTE).deliver() == []


def test_a_silence_holds_the_messages_back_and_they_come_after_it() -> None:
    """What still fires when the silence ends is told then, with the time when it began."""
    desk = Desk().see(GOOD)
    silence_of(desk, 2 * HOUR)
    desk.see(BAD)
    began = desk.now
    for _ in range(13):
        desk.see(BAD, after=10 * MINUTE).deliver()
    assert desk.told == ["fired"]
    assert unpacked(desk.sent[0].content).since == began
    assert desk.sent[0].created_at >= AT + 2 * HOUR


def test_what_came_and_went_in_a_silence_is_never_told() -> None:
    """A recovery whose firing was not told is none of anybody's business."""
    desk = Desk().see(GOOD)
    silence_of(desk, 2 * HOUR)
    desk.see(BAD).see(GOOD)
    for _ in range(15):
        desk.see(GOOD, after=10 * MINUTE).deliver()
    assert desk.told == []


def test_a_silence_after_the_firing_lets_its_recovery_out() -> None:
    """What was announced is taken back even while muted; nothing else is said."""
    desk = Desk(rule(repeat=10 * MINUTE)).see(BAD)
    desk.deliver()
    silence_of(desk, 2 * HOUR)
    for value in (BAD, WORSE, BAD):
        desk.see(value, after=20 * MINUTE).deliver()
    assert desk.told == ["fired"]
    desk.see(GOOD).deliver()
    assert desk.told == ["fired", "recovered"]


def test_a_maintenance_window_mutes_only_what_it_matches() -> None:
    """Work on another system holds nothing back here."""
    desk = Desk().see(GOOD)
    elsewhere = MaintenanceWindow(
        maintenance_id=1, name="Upgrade", where={"system": ("ERP",)}, starts_at=AT, ends_at=AT + HOUR
    )
    desk.maintenance = (elsewhere,)
    desk.see(BAD).deliver()
    assert desk.told == ["fired"]


def test_flapping_is_one_message_until_it_is_steady() -> None:
    """After the sixth turn one message says that it flaps; then nothing, until it has stood still."""
    desk = Desk()
    for _ in range(10):
        desk.see(BAD, after=2 * MINUTE).deliver()
        desk.see(GOOD, after=2 * MINUTE).deliver()
    assert desk.told == ["fired", "recovered"] * 2 + ["fired", "flapping"]
    for _ in range(90):
        desk.see(GOOD, after=MINUTE).deliver()
    assert desk.told[5:] == ["flapping", "recovered"]


def test_steady_and_firing_is_told_as_firing() -> None:
    """An alert that flapped and then stays bad is told as firing, and its end once."""
    desk = Desk()
    for _ in range(4):
        desk.see(GOOD, after=2 * MINUTE).deliver()
        desk.see(BAD, after=2 * MINUTE).deliver()
    told = len(desk.told)
    assert desk.told[-1] == "flapping"
    for _ in range(90):
        desk.see(BAD, after=MINUTE).deliver()
    desk.see(GOOD).deliver()
    for _ in range(90):
        desk.see(GOOD, after=MINUTE).deliver()
    assert desk.told[told:] == ["fired", "recovered"]


def test_a_vanished_alert_is_closed_as_that() -> None:
    """A rule taken out: those who were told hear after a day that nobody watches it any more."""
    desk = Desk().see(BAD)
    desk.deliver()
    for _ in range(26):
        desk.now += HOUR
        desk.evaluate({})
        desk.deliver()
    assert desk.told == ["fired", "closed"]


@pytest.mark.parametrize("times", [1, 3])
def test_a_dead_letter_is_not_written_again_and_its_end_is_one_message(times: int) -> None:
    """Where the firing never arrived, its end is told as what passed, not as a recovery."""
    desk = Desk().see(BAD)
    desk.deliver(dead=True)
    for _ in range(times):
        desk.see(BAD)
    assert desk.waiting == []
    desk.see(GOOD).deliver()
    assert desk.told == ["passed"]
    desk.see(GOOD).deliver()
    assert desk.told == ["passed"]


def test_nothing_is_decided_while_a_message_may_be_leaving() -> None:
    """Recovered in the moment of sending: once it is known to have left, its recovery follows."""
    desk = Desk().see(BAD)
    desk.claim()
    desk.see(GOOD)
    assert len(desk.notices) == 1
    desk.deliver()
    desk.see(GOOD).deliver()
    assert desk.told == ["fired", "recovered"]


def test_two_alerts_do_not_mix_their_messages() -> None:
    """Each integration's alert is told, and ended, by itself."""
    desk = Desk(integrations=[integration(), integration("erp")])
    desk.see(BAD, erp=seen(desk.rule, WORSE)).deliver()
    desk.see(GOOD, erp=WORSE).deliver()
    assert sorted((one.key.integration, one.kind) for one in desk.sent) == [
        ("crm", "fired"),
        ("crm", "recovered"),
        ("erp", "fired"),
    ]
    assert desk.state.key == KEY


def test_who_never_heard_of_it_is_told_that_it_fires_when_it_changes() -> None:
    """Where the firing never arrived, "now critical" would answer nothing: it is told from the beginning."""
    desk = Desk().see(BAD)
    desk.deliver(dead=True)
    desk.see(WORSE).deliver()
    assert desk.told == ["fired"]
    assert desk.sent[-1].severity is Severity.CRITICAL
    desk.see(GOOD).deliver()
    assert desk.told == ["fired", "recovered"]


def test_a_silence_that_ends_while_it_recovers_alarms_nobody() -> None:
    """What is well again, and only waits for `keep_firing_for`, is not told as firing; if it comes back it is."""
    desk = Desk(rule(keep_firing_for=5 * MINUTE))
    desk.silences = (Silence(silence_id=1, where={}, starts_at=AT, ends_at=AT + MINUTE, by="local"),)
    desk.see(BAD).see(GOOD).see(GOOD, after=MINUTE).deliver()
    assert desk.told == []
    desk.see(BAD).deliver()
    assert desk.told == ["fired"]
