"""The configuration of alerts: rules with time, channels, silences, maintenance, and who watches the watchman."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.alert_states import Severity
from core.alerting import ThresholdOverride
from core.errors import ConfigurationError
from core.settings import ChannelSettings, Integration, Registries, Secret, Settings, SourceSettings, loads
from core.settings.scopes import matches
from core.units import Unit


class Hook(ChannelSettings):
    secret: Secret | None = None


class Mail(ChannelSettings):
    @property
    def personal(self) -> bool:
        """It writes to each contact apart."""
        return True


REGISTRIES = Registries(
    sources={"rest": SourceSettings},
    indicators={"run_failure_ratio": Unit.RATIO, "quota_exhausted_in_seconds": Unit.SECONDS},
    channels={"webhook": Hook, "mail": Mail},
    rules=frozenset({"failed-runs", "collector-blind"}),
    reserved_rules=frozenset({"collector-blind"}),
)
RULE = 'alerts: [{key: r, name: R, indicator: run_failure_ratio, warning: "> 5%%", %s}]'
CHAT = "channels: {chat: {type: webhook}}\n"
INTEGRATIONS = "integrations: [{key: crm, name: CRM, method: api, source_system: CRM, tags: [hr]}]\n"


def read(text: str) -> Settings:
    return loads(text, "monitor.yaml", REGISTRIES, environ={"S": "hush-hush"})


def problems(text: str) -> dict[str, str]:
    with pytest.raises(ConfigurationError) as caught:
        read(text)
    return dict(caught.value.problems)


def test_a_rule_says_when_it_fires_and_when_it_is_over() -> None:
    """Every key of a rule's time, with its unit."""
    keys = 'resolve: "< 2%", for: 10m, keep_firing_for: 5m, no_data: alert, repeat: 2h, notify: chat'
    rule = read(CHAT + RULE % keys).alerts[0]
    assert (rule.hold, rule.keep_firing_for) == (timedelta(minutes=10), timedelta(minutes=5))
    assert (rule.no_data, rule.repeat, rule.notify) == ("alert", timedelta(hours=2), ("chat",))
    assert str(rule.resolve) == "< 2%"
    assert rule.model_dump(mode="json", by_alias=True)["for"] == "10m"


def test_a_channel_has_the_settings_of_its_own_type() -> None:
    """With the manners that every channel has, and its secret shown nowhere."""
    settings = read('channels: {chat: {type: webhook, min_severity: critical, secret: "${S}"}}')
    chat = settings.channels["chat"]
    assert isinstance(chat, Hook)
    assert chat.min_severity is Severity.CRITICAL
    assert (chat.group_wait, chat.group_interval) == (timedelta(seconds=30), timedelta(minutes=5))
    assert "hush" not in str(settings.shown())


MAIL = "channels: {a: {type: webhook}, b: {type: mail}}\n"


@pytest.mark.parametrize(
    ("text", "key", "told"),
    [
        (MAIL, "crm", ("a",)),
        (MAIL + "contacts: {olga: {name: O}}", "hr", ("a", "b")),
        (MAIL + "contacts: {olga: {name: O, channels: [b]}}", "hr", ()),
        (MAIL + "contacts: {olga: {name: O, channels: [b]}}", "crm", ("a",)),
        (MAIL + "contacts: {olga: {name: O, channels: [b]}}", "unrouted", ()),
        (MAIL + "contacts: {olga: {name: O, channels: b}}\nnotify: [a]", "hr", ("a",)),
        (MAIL + "notify: []", "crm", ()),
    ],
    ids=[
        "all that need no contact",
        "all where its contact has none",
        "its contacts only",
        "all where it has no contact",
        "everybody's contacts",
        "as the top says",
        "nobody, as the top says",
    ],
)
def test_rules_that_name_no_channel_tell_somebody(text: str, key: str, told: tuple[str, ...]) -> None:
    """A new user who writes one channel and no rule is told, of each integration."""
    if "contacts" not in text:
        text += "\ncontacts: {olga: {name: O}}"
    settings = read(
        text + "\nintegrations:\n"
        "  - {key: crm, name: CRM, method: api, source_system: CRM}\n"
        "  - {key: hr, name: HR, method: api, source_system: HR, contacts: [{who: olga}]}\n"
    )
    one = settings.integration(key) or Integration(key=key, name="-", method="api", source_system="-")
    assert settings.notified(one) == told


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        (RULE % "notify: [chatt]", "alerts[0].notify[0]", '"chatt" is unknown; add it to channels'),
        (CHAT + RULE % "notify: [chatt]", "alerts[0].notify[0]", 'did you mean "chat"?'),
        (CHAT + "notify: caht", "notify", 'did you mean "chat"?'),
        (
            CHAT + "contacts: {x: {name: X, channels: [cat]}}",
            "contacts.x.channels[0]",
            'did you mean "chat"?',
        ),
        ("channels: {chat: {type: webhok}}", "channels.chat.type", 'did you mean "webhook"?'),
        ("channels: {chat: {}}", "channels.chat.type", "is missing; write it"),
        ("channels: {chat: {type: webhook, group_weight: 1m}}", "channels.chat.group_weight", "unknown key"),
        ("channels: {chat: {type: webhook, min_severity: bad}}", "channels.chat.min_severity", "warning"),
        (RULE % "no_data: kep", "alerts[0].no_data", "keep"),
        (RULE % "repeat: 1s", "alerts[0].repeat", "use 1m or more"),
        (RULE % "for: soon", "alerts[0].for", "write a duration"),
        (RULE % 'resolve: "> 2%"', "alerts[0]", "write resolve with <"),
        (RULE % 'resolve: "< 7%"', "alerts[0]", "milder"),
        (RULE % 'resolve: "< 7"', "alerts[0].resolve", "measured in ratio"),
        (
            'alerts: [{key: collector-blind, name: R, indicator: run_failure_ratio, warning: "> 5%"}]',
            "alerts[0].key",
            "built-in rule that stays as it is",
        ),
        ("silences: [{key: a, from: tomorrow, until: 2027-01-01 10:00, why: x}]", "silences[0].from", "date"),
        ("silences: [{key: a, from: 2027-01-02, until: 2027-01-01, why: x}]", "silences[0]", "ends before"),
        ("silences: [{key: a, from: 2027-01-02, until: 2027-01-03}]", "silences[0].why", "is missing"),
        (
            INTEGRATIONS
            + "silences: [{key: a, where: {integration: crmm}, from: 2027-01-02, until: 2027-01-03, why: x}]",
            "silences[0].where.integration",
            "is unknown; ",
        ),
        (
            "silences: [{key: a, where: {rule: faild-runs}, from: 2027-01-02, until: 2027-01-03, why: x}]",
            "silences[0].where.rule",
            'did you mean "failed-runs"?',
        ),
        ("maintenance: [{key: a, name: A}]", "maintenance[0]", "says not when"),
        ("maintenance: [{key: a, name: A, cron: '0 23 * * *'}]", "maintenance[0]", "says not when"),
        ("maintenance: [{key: a, name: A, cron: '0 25 * * *', duration: 1h}]", "maintenance[0].cron", "five"),
        (
            "maintenance: [{key: a, name: A, cron: '0 2 * * *', duration: 8d}]",
            "maintenance[0].duration",
            "7d",
        ),
        (
            "maintenance: [{key: a, name: A, from: 2027-01-02, until: 2027-01-03, cron: '0 2 * * *', duration: 1h}]",
            "maintenance[0]",
            "keep one of the two",
        ),
        (
            "maintenance: [{key: a, name: A, cron: '0 2 * * *', duration: 1h}, {key: a, name: A, cron: '0 2 * * *', duration: 1h}]",
            "maintenance[1].key",
            "already the key of maintenance[0]",
        ),
        ("dead_man: {every: 1m}", "dead_man.url", "is missing"),
        ("address: example", "address", "write an address"),
    ],
)
def test_a_problem_says_where_and_what_to_write(text: str, where: str, what: str) -> None:
    """Each names its place, what stands there, and the remedy."""
    assert what in problems(text)[where]


def test_a_moment_without_a_zone_is_in_the_entrys_or_the_installations() -> None:
    """One with a zone of its own is that instant."""
    settings = read(
        "timezone: Europe/Moscow\n"
        "silences:\n"
        "  - {key: a, from: 2027-01-31 22:00, until: '2027-02-01T00:00+00:00', why: x}\n"
        "  - {key: b, timezone: America/New_York, from: 2027-01-31 22:00, until: 2027-02-01, why: x}\n"
    )
    first, second = settings.silences
    assert first.instant(first.start, settings.zone) == datetime(2027, 1, 31, 19, tzinfo=UTC)
    assert first.instant(first.until, settings.zone) == datetime(2027, 2, 1, tzinfo=UTC)
    assert second.instant(second.start, settings.zone) == datetime(2027, 2, 1, 3, tzinfo=UTC)


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Tokyo"])
def test_a_moment_at_the_end_of_all_time_is_one(zone: str) -> None:
    """Whatever the zone: a silence for ever."""
    (silence,) = read(
        f"timezone: {zone}\nsilences: [{{key: a, from: 0001-01-01, until: '9999-12-31 23:59', why: x}}]\n"
    ).silences
    start = silence.instant(silence.start, ZoneInfo(zone))
    until = silence.instant(silence.until, ZoneInfo(zone))
    assert (start and start.year, until and until.year) == (1, 9999)


def test_a_silence_may_be_for_one_rule() -> None:
    """Every name of `where` must match, the rule's too."""
    crm = read(INTEGRATIONS).integrations[0]
    assert matches({"rule": ("failed-runs",), "tag": ("hr", "x")}, crm, "failed-runs")
    assert not matches({"rule": ("failed-runs",)}, crm, "api-errors")
    assert not matches({"tag": ("pay",)}, crm, "failed-runs")
    assert matches({}, crm, "failed-runs")


def test_overrides_are_beside_what_the_file_says() -> None:
    """A configuration tuned on the page is another one; the file's own stays as it was."""
    settings = read(INTEGRATIONS)
    override = ThresholdOverride(
        override_id=1, rule="failed-runs", warning="> 9%", at=datetime(2027, 1, 1, tzinfo=UTC)
    )
    tuned = settings.tuned_by([override])
    assert (tuned.overrides, settings.overrides) == ((override,), ())
    assert tuned.model_copy(update={"sources": ()}).overrides == (override,)
    assert tuned.integrations is settings.integrations
