"""The configuration: what it accepts, and how every problem is told."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from core.errors import ConfigurationError
from core.settings import (
    Expression,
    Integration,
    Registries,
    load,
    loads,
)
from core.units import Unit, Window
from tests.core.core_settings import INTEGRATION, REGISTRIES, Rest, problems, read, source_of

WHOLE = """
database: sqlite:///data/monitor.db
timezone: Europe/Moscow
language: ru
retention: {raw: 90d, failed_records: 180d, minute: 14d, hour: 400d, day: forever}
contacts:
  integration-support: {name: Integration support, email: support@butterboard.online, language: ru, timezone: Europe/Moscow}
integrations:
  - key: peoplesoft
    name: PeopleSoft → Butterboard
    method: api
    source_system: PeopleSoft
    target_system: Butterboard
    criticality: high
    tags: [hr]
    stage: live
    schedule: {cron: "*/15 * * * *", timezone: Europe/Moscow, grace: 10m}
    slo: {success: 99.5%, of: runs, window: 30d}
    contacts: [{who: integration-support, after: 0m}]
    docs: https://developers.butterboard.online/api
    paused: no
    labels: {code: 007, at: 16:30, empty: "", answer: no}
    sources:
      - {type: rest, name: sync-log, side: target}
alerts:
  - {key: failed-syncs, name: Failed syncs, indicator: run_failure_ratio, window: 10 runs, warning: "> 5%",
     critical: "> 20%", min_events: 5, where: {method: api}}
masking: {deny: [badge], allow: city}
"""


def test_a_whole_file_is_read() -> None:
    """Every key of the design that is built is accepted and converted."""
    settings = read(WHOLE)
    one, rule = settings.integrations[0], settings.alerts[0]
    assert settings.zone.key == "Europe/Moscow"
    assert settings.retention.day is None
    assert settings.retention.raw == timedelta(days=90)
    assert one.schedule is not None
    assert one.schedule.grace == timedelta(minutes=10)
    assert one.slo is not None
    assert one.slo.success == pytest.approx(0.995)
    assert isinstance(one.sources[0], Rest)
    assert rule.window == Window(runs=10)
    assert str(rule.critical) == "> 20%"
    assert rule.covers(one)
    assert settings.masking.allow == ("city",)
    assert len(settings.digest) == 64
    assert settings.path == Path("monitor.yaml")


def test_scalars_mean_what_they_say() -> None:
    """No scalar is guessed to be a number, a time or a boolean where text is meant."""
    one = read(WHOLE).integrations[0]
    assert one.labels == {"code": "007", "at": "16:30", "empty": "", "answer": "no"}
    assert one.paused is False


def test_problems_are_told_all_at_once_in_the_designed_form() -> None:
    """The text of the error is exactly the one of the design, in the file's order."""
    text = """
integrations:
  - {key: a, name: A, method: api, source_system: S}
  - key: b
    name: B
    method: api
    source_system: S
    sources:
      - {type: rest, name: s, every: 3s}
alerts:
  - {key: r, name: R, indicator: api_eror_ratio, warning: "> 5%"}
"""
    with pytest.raises(ConfigurationError) as caught:
        read(text)
    assert str(caught.value) == (
        "monitor.yaml: 2 problems\n"
        "  integrations[1].sources[0].every: got 3s; use 10s or more\n"
        '  alerts[0].indicator: "api_eror_ratio" is unknown; did you mean "api_error_ratio"?'
    )


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ("languag: ru", "languag", 'unknown key; did you mean "language"?'),
        ("reports: []", "reports", "not available yet; remove it"),
        ("sources: {a: b}", "sources", "got a mapping; write a list"),
        ("sources: [{type: rset, name: s}]", "sources[0].type", 'did you mean "rest"?'),
        (
            "sources: [{type: rest, name: s, records: 'a[?b != \"c-d\"]'}]",
            "sources[0].records",
            "in double quotes c-d is the name of a field; put a text in single quotes: 'c-d'",
        ),
        (
            "sources: [{type: rest, name: s}, {type: rest, name: s}]",
            "sources[1].name",
            "already the name of sources[0]",
        ),
        (
            "sources: [{type: rest, name: s, route: {map: {a: crm}}}]",
            "sources[0].route.map.a",
            '"crm" is no integration; add it to integrations, or write create: true',
        ),
        (
            "sources: [{type: rest, name: s, route: {create: yes, map: {a: unrouted}}}]",
            "sources[0].route.map.a",
            "leave the value out",
        ),
        ("sources: [{type: rest, name: s, route: {by: jobs}}]", "sources[0].route.by", 'did you mean "job"?'),
        ("sources: [{type: rest, name: s, route: {max: 0}}]", "sources[0].route.max", "1 or more"),
        (
            "timezone: Mars/Base",
            "timezone",
            'got "Mars/Base"; write an IANA time zone such as Europe/Moscow or UTC',
        ),
        (
            "timezone: ../etc",
            "timezone",
            'got "../etc"; write an IANA time zone such as Europe/Moscow or UTC',
        ),
        ("language: xx", "language", 'got "xx"; use en or ru'),
        ("retention: {day: 5}", "retention.day", 'got "5"; write a duration such as 30s, 10m, 2h or 7d'),
        ("retention: {raw: 1h}", "retention.raw", "got 1h; use 1d or more"),
        ("retention: [a]", "retention", "got a list; write a mapping of names and values"),
        ("channels: {ops: slack}", "channels.ops", 'got "slack"; write a mapping of names and values'),
        ("contacts: {a: ops@acme.example}", "contacts.a", 'got "ops@acme.example"; write a mapping of names'),
        ("dead_man: https://h/ping", "dead_man", "got an address; write it under url"),
        ("contacts: {A B: {name: x}}", 'contacts["A B"]', "small letters"),
        ("contacts: {a: {email: x}}", "contacts.a.name", "is missing; write it"),
        ("integrations: {a: b}", "integrations", "got a mapping; write a list"),
        ("integrations: [a]", "integrations[0]", 'got "a"; write a mapping of names and values'),
        ("database: mysql://u:pw@h/x", "database", "unknown kind of database"),
        ("- a", "file", "holds no settings"),
        ("just text", "file", "holds no settings"),
        ("", "file", "is empty"),
        ("# only a comment", "file", "is empty"),
        ("timezone: UTC\ntimezone: UTC", "timezone", "written twice, in lines 1 and 2; keep one"),
        ("contacts: &c\n  a: {name: *c}", "contacts.a.name", "holds itself"),
        ("timezone: !zone UTC", "timezone", "tag !zone is not supported; remove it"),
        ("alerts: [{key: r, name: R, indicator: missed_runs}]", "alerts[0]", "got no threshold"),
        (
            'alerts: [{key: r, name: R, indicator: missed_runs, warning: "> 5%"}]',
            "alerts[0].warning",
            'got "> 5%"; this indicator is measured in count: write a whole number',
        ),
        (
            'alerts: [{key: r, name: R, indicator: missed_runs, warning: "> 5", where: {metod: api}}]',
            "alerts[0].where",
            '"metod" is unknown; did you mean "method"?',
        ),
        (
            'alerts: [{key: r, name: R, indicator: missed_runs, warning: "> 5", where: {method: apii}}]',
            "alerts[0].where.method",
            '"apii" is unknown; did you mean "api"?',
        ),
        (
            'alerts: [{key: r, name: R, indicator: run_failure_ratio, window: 5 runs, min_events: 6, warning: "> 5%"}]',
            "alerts[0]",
            "min_events is 6, but the window holds 5 runs",
        ),
    ],
)
def test_a_problem_says_where_what_and_the_remedy(text: str, where: str, what: str) -> None:
    """Each kind of mistake is told at its place, in words for people."""
    assert what in problems(text)[where]


@pytest.mark.parametrize(
    ("fields", "where", "what"),
    [
        ("schedule: {cron: '61 * * * *'}", "schedule.cron", 'got "61 * * * *"; bad minute'),
        ("schedule: {cron: '0 0 30 2 *'}", "schedule.cron", "bad day-of-month"),
        ("schedule: {cron: '* * * * *', every: 1m}", "schedule", "got both cron and every; keep one"),
        ("schedule: {grace: 1m}", "schedule", "got neither cron nor every; write one"),
        (
            "schedule: '0 * * * *'",
            "schedule",
            'got "0 * * * *", which should be {cron: "0 * * * *"}; write it under',
        ),
        ("schedule: 1h", "schedule", 'got "1h", which should be {every: 1h}; write it under'),
        ("schedule: 1s", "schedule", 'got "1s"; write a mapping of names and values'),
        ("schedule: hourly", "schedule", 'got "hourly"; write a mapping of names and values'),
        ("slo: 99.5%", "slo", 'got "99.5%", which should be {success: 99.5%}; write it under'),
        ("contacts: [nobody]", "contacts[0]", 'got "nobody", which should be {who: nobody}; write it under'),
        ("slo: {success: 120%}", "slo.success", 'got "120%"; write a share between 0% and 100%'),
        ("slo: {success: 99%, of: calls}", "slo.of", 'got "calls"; use runs or records'),
        ("criticality: hihg", "criticality", 'got "hihg"; did you mean "high"?'),
        ("paused: maybe", "paused", 'got "maybe"; write yes or no'),
        ("docs: 'ftp://x'", "docs", "write an address such as https://host/path"),
        ("docs: 'http://[::1'", "docs", 'its host "[::1" cannot be read; write an address such as'),
        ("docs: 'http://host:99999/'", "docs", "its port is none of 1 to 65535; write"),
        ("docs: 'https://a..b/'", "docs", 'its host "a..b" is no name of a host; write'),
        ("preset: butterboard", "preset", "belongs to a source; write it in one of sources"),
        ("contacts: [{who: nobody}]", "contacts[0].who", '"nobody" is unknown; add it to contacts'),
        ("tags: {a: b}", "tags", "got a mapping; write a list"),
        ("sources: [{type: rest, name: s, route: {}}]", "sources[0].route", "at the top level"),
        ("sources: [{type: rset, name: s}]", "sources[0].type", '"rset" is unknown; did you mean "rest"?'),
        ("sources: [{name: s}]", "sources[0].type", "is missing; write it"),
        ("sources: [{type: rest}]", "sources[0].name", "is missing; write it"),
        ("sources: [{type: rest, name: s, evry: 1m}]", "sources[0].evry", 'did you mean "every"?'),
        ("sources: [{type: rest, name: s, records: 'a[['}]", "sources[0].records", "no JMESPath expression"),
        (
            "sources: [{type: rest, name: s, records: 'lenght(a)'}]",
            "sources[0].records",
            'lenght() is no function of JMESPath; did you mean "length"?',
        ),
        (
            "sources: [{type: rest, name: s, records: 'a[?lower(b) == `1`]'}]",
            "sources[0].records",
            "lower() is no function of JMESPath",
        ),
        (
            "sources: [{type: rest, name: s, records: 'each(jobs)'}]",
            "sources[0].records",
            "each() takes 2 or 3 arguments and is given 1",
        ),
        (
            "sources: [{type: rest, name: s, records: '@odata.x'}]",
            "sources[0].records",
            "put double quotes around",
        ),
        (
            "sources: [{type: rest, name: s, records: a-b.c}]",
            "sources[0].records",
            """'"date-started".time'""",
        ),
        (
            "sources: [{type: rest, name: s, records: \"a[?b = 'c-d']\"}]",
            "sources[0].records",
            "compare with ==",
        ),
        (
            "sources: [{type: rest, name: s}, {type: rest, name: s}]",
            "sources[1].name",
            "already the name of sources[0]",
        ),
        (
            "sources: [{type: rest, name: s, auth: {type: bearr}}]",
            "sources[0].auth.type",
            'did you mean "bearer"?',
        ),
        (
            "sources: [{type: rest, name: s, auth: {type: bearer}}]",
            "sources[0].auth.token",
            "is missing; write it",
        ),
        ("sources: [{type: rest, name: s, auth: {}}]", "sources[0].auth.type", "is missing; write it"),
        ("sources: [{type: rest, name: s, max_bytes: big}]", "sources[0].max_bytes", "write a size"),
        (
            "sources: [{type: rest, name: s, headers: {a: [b]}}]",
            "sources[0].headers.a",
            "got a list; write a text",
        ),
    ],
)
def test_a_problem_inside_an_integration_is_placed_there(fields: str, where: str, what: str) -> None:
    """The place goes on through integrations, sources and the models inside them."""
    found = problems(f"integrations:\n  - {INTEGRATION % fields}\n")
    assert what in found[f"integrations[0].{where}"]
    assert len(found) == 1


@pytest.mark.parametrize(
    "text", ["""a == "c-d".e""", """"c-d" == 'x'""", """a == "c-d"[0]""", """a == 'x "y"'"""]
)
def test_a_comparison_with_a_path_may_have_double_quotes(text: str) -> None:
    """Only a name alone on the right is surely meant as a text."""
    assert TypeAdapter(Expression).validate_python(text) == text


def test_names_used_twice_and_former_names_still_in_use_are_problems() -> None:
    """Keys are identities: no two alike, and a former name cannot be in use."""
    text = "integrations:\n" + "".join(
        f"  - {{key: {key}, name: A, method: api, source_system: S, renamed_from: {former}}}\n"
        for key, former in [("a", "old"), ("a", "older"), ("c", "a"), ("d", "old")]
    )
    assert problems(text) == {
        "integrations[1].key": '"a" is already the key of integrations[0]; choose another',
        "integrations[2].renamed_from": '"a" belongs to integrations[0]; remove one of the two',
        "integrations[3].renamed_from": '"old" belongs to integrations[0]; remove one of the two',
    }


@pytest.mark.parametrize(
    ("schedule", "window", "events", "ok"),
    [
        ("every: 15m", "1h", 5, False),
        ("every: 15m", "61m", 5, True),
        ("every: 1d", "1h", 1, True),
        ("cron: '0 3 * * *'", "24h", 3, False),
        ("cron: '0 3 * * *'", "7d", 3, True),
        ("cron: '*/10 8-9 * * 1'", "1h", 6, True),
        ("cron: '*/10 8-9 * * 1'", "1h", 8, False),
        ("cron: '* * * * *'", "1h", 1_000_000_000, False),
        ("every: 1000d", "1h", 1_000_000_000, False),
    ],
)
def test_a_rule_its_schedule_can_never_satisfy_is_a_problem(
    schedule: str, window: str, events: int, ok: bool
) -> None:
    """A window must be able to hold min_events runs as scheduled."""
    text = f"integrations:\n  - {INTEGRATION % f'schedule: {{{schedule}}}'}\nalerts:\n" + (
        f'  - {{key: r, name: R, indicator: run_failure_ratio, window: {window}, min_events: {events}, warning: "> 5%"}}'
    )
    if ok:
        assert read(text).alerts[0].min_events == events
    else:
        assert "widen the window" in problems(text)["alerts[0].window"]


def test_files_that_cannot_be_read_are_problems(tmp_path: Path) -> None:
    """Missing, unreadable and wrongly encoded files are told like any other problem."""
    with pytest.raises(ConfigurationError, match=r"file: not found; copy monitor\.example\.yaml"):
        load(tmp_path / "monitor.yaml", REGISTRIES)
    with pytest.raises(ConfigurationError, match="file: cannot be read"):
        load(tmp_path, REGISTRIES)
    latin = tmp_path / "latin.yaml"
    latin.write_bytes("timezone: UTC\n# Zürich".encode("latin-1"))
    with pytest.raises(ConfigurationError, match="line 2: is not UTF-8 text; save the file as UTF-8"):
        load(latin, REGISTRIES)
    latin.write_bytes(b"\xef\xbb\xbftimezone: UTC\r\nlanguage: en\r\n")
    assert load(latin, REGISTRIES).timezone == "UTC"


def test_a_key_may_be_written_by_an_alias() -> None:
    """`json` is a key of the file, and cannot be a field's name."""
    assert source_of("{type: rest, name: s, json: 5}").body == 5


def test_models_are_frozen_and_made_directly_too() -> None:
    """Other rooms' tests make models without a file."""
    one = Integration(
        key="a", name="A", method="api", source_system="S", sources=(Rest(type="rest", name="s"),)
    )
    with pytest.raises(ValueError, match="frozen"):
        one.name = "B"  # type: ignore[misc]
    assert json.loads(one.model_dump_json())["sources"][0]["every"] == "1m"


BURN = """
integrations:
  - {{key: crm, name: CRM, method: api, source_system: CRM, slo: {{success: {slo}}}}}
alerts:
  - {{key: burn, name: Burn, indicator: error_budget_burn, window: 1h, critical: "{threshold}"}}
"""


@pytest.mark.parametrize(
    ("slo", "threshold", "problem"),
    [
        ("99%", "> 14.4", None),
        ("90%", "> 9.9", None),
        ("100%", "> 14.4", None),
        ("90%", "> 14.4", 'got > 14.4; with the slo of "crm" (90%) the budget burns at most 10 times'),
        ("90%", "> 10", "at most 10 times"),
        ("99%", "> 14%", "a number such as 14.4"),
    ],
)
def test_a_burn_rate_that_no_failure_can_reach_is_refused(
    slo: str, threshold: str, problem: str | None
) -> None:
    """If everything fails, the budget burns 1 / (1 - slo) times as fast as allowed, and no faster."""
    registries = Registries(sources={}, indicators={"error_budget_burn": Unit.FACTOR})
    text = BURN.format(slo=slo, threshold=threshold)
    if problem is None:
        loads(text, "monitor.yaml", registries)
        return
    with pytest.raises(ConfigurationError) as refused:
        loads(text, "monitor.yaml", registries)
    assert problem in str(refused.value)
    assert "alerts[0].critical" in str(refused.value)


def test_an_integration_is_found_by_its_key_in_a_copy_too() -> None:
    """Also after others took the place of those that were looked through first."""
    text = "integrations:\n" + "".join(
        f"  - {{key: {key}, name: {key}, method: api, source_system: S}}\n" for key in ("a", "b")
    )
    both = loads(text, "monitor.yaml", Registries())
    assert [found.key if found else None for found in map(both.integration, "abc")] == ["a", "b", None]
    fewer = both.model_copy(update={"integrations": both.integrations[:1]})
    assert [found.key if found else None for found in map(fewer.integration, "ab")] == ["a", None]
    assert both.integration("b") is both.integrations[1]
