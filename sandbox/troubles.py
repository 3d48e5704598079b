"""What goes wrong, for whom and since when: the scenarios a person switches, and the incidents of the past."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

MISSING_MANAGER_ID = 9042
PEOPLE_HELD_BACK = 42


class Trouble(StrEnum):
    """One way to go wrong."""

    OUTAGE = "outage"
    EXPIRED_KEY = "expired_key"
    MISSING_MANAGER = "missing_manager"
    QUOTA = "quota"
    SEMICOLON = "semicolon"
    ABSENT = "absent"
    MAPPING = "mapping"
    TIMEOUT = "timeout"
    SILENT_JOURNAL = "silent_journal"


@dataclass(frozen=True)
class Scenario:
    """A fault on demand. head_start: how long ago it began, when it is on from the first start."""

    name: str
    trouble: Trouble
    feeds: frozenset[str]
    head_start: timedelta
    does: str
    see: str


_EVERYONE = frozenset(
    {"peoplesoft", "successfactors", "bamboohr", "moodle", "okta", "slack", "jira", "crm", "directum", "hh"}
)
SCENARIOS: Mapping[str, Scenario] = {
    scenario.name: scenario
    for scenario in (
        Scenario(
            "outage", Trouble.OUTAGE, _EVERYONE, timedelta(minutes=25),
            "Butterboard answers 500, 503 and 504 to every customer; only the sync log still answers.",
            "API errors (5xx) climb at once; the runs of every API integration fail, those that run every minute "
            "are failing within minutes; CSV imports fail too when one is due.",
        ),
        Scenario(
            "expired-key", Trouble.EXPIRED_KEY, frozenset({"bamboohr"}), timedelta(hours=3),
            "The key of BambooHR has expired: 401 with WWW-Authenticate on every call.",
            "BambooHR: key invalid within one probe, its next runs fail with authentication.",
        ),
        Scenario(
            "missing-manager", Trouble.MISSING_MANAGER, frozenset({"peoplesoft"}), timedelta(hours=5),
            f"One manager ({MISSING_MANAGER_ID}) was never synced: his {PEOPLE_HELD_BACK} people get 422, "
            "a few of them in every run.",
            f"PeopleSoft: runs done with errors, one error group, all held back by manager {MISSING_MANAGER_ID}.",
        ),
        Scenario(
            "quota-burst", Trouble.QUOTA, frozenset({"successfactors"}), timedelta(minutes=50),
            "SuccessFactors resends everyone in every run and uses up its limit of calls a minute: 429 + Retry-After.",
            "SuccessFactors: limit used 100 %, 429 among its calls, runs done with errors (rate limit).",
        ),
        Scenario(
            "csv-semicolon-swap", Trouble.SEMICOLON, frozenset({"workday-csv"}), timedelta(hours=26),
            "Workday delivers its file with semicolons though commas were agreed; switched on, a file arrives at once.",
            "Workday CSV: the import fails, every line of the file is a failed record.",
        ),
        Scenario(
            "late-night-sync", Trouble.ABSENT, frozenset({"zup"}), timedelta(hours=26),
            "The nightly export of 1C does not start; switched off, it runs at once, hours late.",
            "1С:ЗУП is late: no run since the night before.",
        ),
        Scenario(
            "silent-partner", Trouble.SILENT_JOURNAL, frozenset({"directum"}), timedelta(0),
            "The journal of Directum RX answers 502 from a proxy; its syncs go on unseen.",
            "Directum RX is unknown, never healthy: its source cannot be read, and System says why.",
        ),
    )
}  # fmt: skip
DEFAULT_MIX = ("expired-key", "missing-manager", "late-night-sync", "silent-partner")
ALIASES: Mapping[str, tuple[str, ...]] = {"demo": DEFAULT_MIX, "none": ()}


@dataclass(frozen=True)
class Spell:
    """One trouble of some feeds in [start, end); end None = until it is switched off."""

    trouble: Trouble
    feeds: frozenset[str]
    start: datetime
    end: datetime | None

    def covers(self, feed: str, at: datetime) -> bool:
        """Whether it troubles this feed at this instant."""
        return feed in self.feeds and self.start <= at and (self.end is None or at < self.end)


def incidents(origin: datetime) -> list[Spell]:
    """What went wrong in the month before the sandbox first started."""

    def spell(trouble: Trouble, feeds: Iterable[str], days_ago: float, hours: float) -> Spell:
        start = origin - timedelta(days=days_ago)
        return Spell(trouble, frozenset(feeds), start, start + timedelta(hours=hours))

    return [
        spell(Trouble.OUTAGE, _EVERYONE, 18.3, 0.8),
        spell(Trouble.ABSENT, ["zup"], 13.9, 24),
        spell(Trouble.MAPPING, ["successfactors"], 11.2, 4.5),
        spell(Trouble.SEMICOLON, ["workday-csv"], 9.0, 24),
        spell(Trouble.OUTAGE, ["slack"], 6.1, 3),
        spell(Trouble.QUOTA, ["okta", "crm"], 4.6, 2),
        spell(Trouble.TIMEOUT, ["peoplesoft", "hh"], 2.4, 0.7),
    ]


def expand(names: Iterable[str]) -> list[str]:
    """Scenario names with `demo` and `none` written out; ValueError names what is unknown."""
    found: list[str] = []
    for name in names:
        if name not in SCENARIOS and name not in ALIASES:
            known = ", ".join([*SCENARIOS, *ALIASES])
            raise ValueError(f"scenario {name!r} is unknown; known are {known}")
        found.extend(ALIASES.get(name, (name,)))
    return found


class Troubles:
    """Which scenarios are on and since when; the only thing here that changes."""

    def __init__(self, origin: datetime, since: Mapping[str, datetime]) -> None:
        """origin: the sandbox's first start; since: the scenarios that are on, with their beginning."""
        self._past = incidents(origin)
        self.since = dict(since)

    def switch(self, name: str, on: bool, now: datetime) -> None:
        """Switch a scenario; KeyError for an unknown one. One that is on keeps its beginning."""
        scenario = SCENARIOS[name]
        if on:
            self.since.setdefault(scenario.name, now)
        else:
            self.since.pop(scenario.name, None)

    def on(self, trouble: Trouble, feed: str) -> bool:
        """Whether a scenario troubles this feed so at present."""
        return any(
            SCENARIOS[name].trouble is trouble and feed in SCENARIOS[name].feeds for name in self.since
        )

    def anywhere(self, trouble: Trouble) -> bool:
        """Whether a scenario brings this trouble to anyone at present."""
        return any(SCENARIOS[name].trouble is trouble for name in self.since)

    def at(self, feed: str, instant: datetime) -> Trouble | None:
        """What troubled a feed at a past instant: a scenario that is on before any incident."""
        for name, start in self.since.items():
            if feed in SCENARIOS[name].feeds and start <= instant:
                return SCENARIOS[name].trouble
        return next((spell.trouble for spell in self._past if spell.covers(feed, instant)), None)
