"""Whatever readings come in whatever order, and however delivery fares, some things never happen."""

from datetime import timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant
from hypothesis.stateful import rule as does

from alerts.machine import Seen, SeenKind
from core.alert_states import Phase
from core.alerting import NoticeState
from core.muting import MaintenanceWindow
from core.units import Threshold, Unit
from tests.alerts.alerts_desk import AT, HOUR, MINUTE, Desk, channel, rule

READINGS = st.sampled_from([0.0, 0.03, 0.1, 0.5, None, Seen(SeenKind.ERROR), Seen(SeenKind.INHIBITED)])
STEPS = st.sampled_from([timedelta(seconds=10), MINUTE, 7 * MINUTE, 3 * HOUR])
LASTING = st.sampled_from([timedelta(), MINUTE, 10 * MINUTE])
CLOSES = ("recovered", "passed", "closed")


class Life(RuleBasedStateMachine):
    """One alert with one channel, through anything."""

    @initialize(hold=LASTING, keep=LASTING, wait=LASTING, no_data=st.sampled_from(["keep", "alert", "ok"]))
    def begin(self, hold: timedelta, keep: timedelta, wait: timedelta, no_data: str) -> None:
        """A rule and a channel of any patience."""
        one = rule(
            hold=hold, keep_firing_for=keep, no_data=no_data, resolve=Threshold.parse("< 2%", Unit.RATIO)
        )
        self.desk = Desk(one, channels={"chat": channel(group_wait=wait, group_interval=wait)})

    @does(reading=READINGS, after=STEPS)
    def see(self, reading: Seen | float | None, after: timedelta) -> None:
        """Any reading, after any while."""
        self.desk.see(reading, after=after)

    @does()
    def vanish(self) -> None:
        """The rule is taken out for a while."""
        self.desk.now += 13 * HOUR
        self.desk.evaluate({})

    @does(fail=st.booleans(), dead=st.booleans())
    def deliver(self, fail: bool, dead: bool) -> None:
        """What is due arrives, fails, or dies."""
        self.desk.deliver(fail=fail, dead=dead and not fail)

    @does()
    def claim(self) -> None:
        """A worker takes out what is due."""
        self.desk.claim()

    @does()
    def mute(self) -> None:
        """Maintenance for an hour."""
        one = MaintenanceWindow(
            maintenance_id=1, name="w", where={}, starts_at=self.desk.now, ends_at=self.desk.now + HOUR
        )
        self.desk.maintenance = (one,)

    @does()
    def acknowledge(self) -> None:
        """Somebody takes it up."""
        if self.desk.state.phase in (Phase.FIRING, Phase.RECOVERING):
            self.desk.acknowledge()

    @invariant()
    def no_two_firings_without_an_end_between(self) -> None:
        """Fired and its end take turns, each pair under one name."""
        open_episode = ""
        for event in self.desk.log if hasattr(self, "desk") else ():
            if event.kind == "fired":
                assert not open_episode
                open_episode = event.episode
            elif event.kind in ("recovered", "vanished"):
                assert event.episode == open_episode
                open_episode = ""

    @invariant()
    def times_go_forward(self) -> None:
        """Events are in the order of their times, and the trouble began before it fired."""
        if not hasattr(self, "desk"):
            return
        times = [event.at for event in self.desk.log]
        assert times == sorted(times)
        for event in self.desk.log:
            assert event.since is not None
            assert AT <= event.since <= event.at

    @invariant()
    def no_end_is_told_of_what_was_not_told(self) -> None:
        """Nobody reads of a recovery whose beginning they have not read, and no end is told twice."""
        told: dict[str, str] = {}
        for one in self.desk.sent if hasattr(self, "desk") else ():
            before = told.get(one.episode)
            assert before not in CLOSES, "something was told after the end"
            if one.kind in ("recovered", "closed", "worsened", "eased", "repeated"):
                assert before is not None or self._died(one.episode)
            if one.kind in ("recovered", "closed"):
                assert before is not None
            told[one.episode] = one.kind.value

    @invariant()
    def at_most_one_message_waits(self) -> None:
        """Of one episode at most one notice waits, however much has happened."""
        if not hasattr(self, "desk"):
            return
        waiting = [one.episode for one in self.desk.waiting]
        assert len(waiting) == len(set(waiting))

    def _died(self, episode: str) -> bool:
        return any(one.episode == episode and one.state is NoticeState.DEAD for one in self.desk.notices)

    def teardown(self) -> None:
        """Left alone and well for long enough, it is over and everybody told knows."""
        if not hasattr(self, "desk"):
            return
        for _ in range(30):
            self.desk.see(0.0, after=MINUTE).deliver()
        for _ in range(10):
            self.desk.see(0.0, after=HOUR).deliver()
        assert self.desk.state.phase is Phase.NORMAL
        assert self.desk.waiting == []
        newest = self.desk.sent[-1].kind if self.desk.sent else "recovered"
        assert newest in CLOSES


TestLife = Life.TestCase
TestLife.settings = settings(
    max_examples=60, stateful_step_count=30, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
