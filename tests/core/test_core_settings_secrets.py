"""Secrets in the configuration: how they come in, and that they never come out."""

import copy
import json
import pickle
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from pydantic import Field

from core.errors import ConfigurationError
from core.settings import Registries, Secret, Settings, SourceSettings, Url, loads
from core.settings.secrets import SecretValues
from core.units import Unit

VALUE = "s3cr3t; pass/word 'x'"


class Rest(SourceSettings):
    url: Url = "https://example.com"
    token: Secret | None = None
    headers: dict[str, str] = Field(default_factory=dict)


REGISTRIES = Registries({"rest": Rest}, {"missed_runs": Unit.COUNT})


def read(source: str, top: str = "", **environ: str) -> Settings:
    text = f"{top}\nintegrations:\n  - {{key: a, name: A, method: api, source_system: S, sources: [{{type: rest, name: s, {source}}}]}}"
    return loads(text, "monitor.yaml", REGISTRIES, environ=environ)


def source_of(settings: Settings) -> Rest:
    found = settings.integrations[0].sources[0]
    assert isinstance(found, Rest)
    return found


def test_variables_are_put_in_after_parsing() -> None:
    """A value is never syntax: several may stand in one scalar, and $${ is a literal."""
    settings = read('headers: {a: "${A}-${B}", b: "$${A}", c: "$5 {x}", d: "${A}"}', A="x: [y", B="#z")
    assert source_of(settings).headers == {"a": "x: [y-#z", "b": "${A}", "c": "$5 {x}", "d": "x: [y"}


@pytest.mark.parametrize(
    ("written", "what"),
    [
        ("${NOPE}", "the environment variable NOPE is not set; set it before the start"),
        ("${A-B}", 'has a "${" without a name and "}"'),
        ("${A", 'has a "${" without a name and "}"'),
        ("${}", 'has a "${" without a name and "}"'),
    ],
)
def test_a_variable_that_is_not_there_is_a_problem(written: str, what: str) -> None:
    """The problem names the variable, and stands alone at its place."""
    with pytest.raises(ConfigurationError) as caught:
        read(f'url: "{written}"')
    assert caught.value.problems[0][0] == "integrations[0].sources[0].url"
    assert what in caught.value.problems[0][1]
    assert len(caught.value.problems) == 1


def test_a_secret_is_read_from_its_file(tmp_path: Path) -> None:
    """`file:/path` stands for the file's text without the newline at its end."""
    path = tmp_path / "token"
    path.write_text("top secret\n")
    settings = read(f"token: 'file:{path}', url: 'https://h/file:/x'")
    found = source_of(settings)
    assert found.token is not None
    assert found.token.get_secret_value() == "top secret"
    assert found.url == "https://h/file:/x"
    assert settings.redact("it is top secret") == "it is ***"


@pytest.mark.parametrize(
    "content",
    [None, b"", b"\n", b"\xff\xfe", b"x" * 70_000],
    ids=["missing", "empty", "newline", "binary", "large"],
)
def test_a_secret_file_that_is_no_secret_is_a_problem(tmp_path: Path, content: bytes | None) -> None:
    """The problem names the file and what is wrong with it."""
    path = tmp_path / "token"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(
        ConfigurationError, match=r"sources\[0\]\.token: the secret's file .* (cannot be read|is )"
    ):
        read(f"token: 'file:{path}'")


@pytest.mark.parametrize(
    "source",
    [
        'url: "${V}"',
        'every: "${V}"',
        'side: "${V}"',
        'required: "${V}"',
        'name: "${V}", nmae: "${V}"',
        'headers: "${V}"',
        'headers: ["${V}"]',
        'unknown: "${V}"',
        'type: "${V}"',
        'brings: "${V}"',
        'token: ["${V}"]',
        'url: "postgresql://u:${V}@h/x"',
    ],
)
def test_a_substituted_value_never_stands_in_a_problem(source: str) -> None:
    """Whatever is wrong with it, the problem names the variable and keeps the remedy only."""
    text = f"integrations:\n  - {{key: a, name: A, method: api, source_system: S, sources: [{{{source}}}]}}"
    with pytest.raises(ConfigurationError) as caught:
        loads(text, "monitor.yaml", REGISTRIES, environ={"V": VALUE})
    for part in (VALUE, "s3cr3t", "pass/word"):
        assert part not in str(caught.value)
        assert part not in repr(caught.value)
    assert caught.value.__context__ is None


def test_a_substituted_text_where_a_mapping_is_wanted_is_not_shown_either() -> None:
    """The key that it belongs under is told, without it."""
    text = 'integrations:\n  - {key: a, name: A, method: api, source_system: S, schedule: "${V}"}'
    with pytest.raises(ConfigurationError) as caught:
        loads(text, "monitor.yaml", REGISTRIES, environ={"V": "90m"})
    assert caught.value.problems == (
        ("integrations[0].schedule", "the value of ${V} does not fit; write it under every"),
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("dead_man: 'https://u:hunter2@h/x'", "got an address; write it under url"),
        ("dead_man: 'ftp://u:hunter2@h/x'", "got an address; write a mapping of names and values"),
        (
            "channels: {ops: 'https://h/services/hunter2'}",
            "got an address; write a mapping of names and values",
        ),
        ("contacts: {ops: 'https://u:hunter2@h/x'}", "got an address; write a mapping of names and values"),
    ],
)
def test_an_address_where_a_mapping_is_wanted_is_not_shown(text: str, told: str) -> None:
    """A password may stand in it, or be all of it, as in a webhook's."""
    with pytest.raises(ConfigurationError) as caught:
        loads(text, "monitor.yaml", REGISTRIES)
    assert [what for _, what in caught.value.problems] == [told]


SHOWN: list[Callable[[Settings], str]] = [
    str,
    repr,
    lambda s: repr(s.integrations),
    lambda s: repr(source_of(s)),
    lambda s: f"{source_of(s)}",
    lambda s: json.dumps(s.shown()),
    lambda s: json.dumps(s.shown(source_of(s))),
    lambda s: s.redact(f"GET {source_of(s).url} {source_of(s).headers!r} {source_of(s).headers}"),
    lambda s: repr(vars(s).get("_secrets")) + repr(s.__pydantic_private__),
    lambda s: repr(copy.deepcopy(source_of(s))),
]


@pytest.mark.parametrize("show", SHOWN)
def test_a_secret_cannot_be_printed(show: Callable[[Settings], str]) -> None:
    """No text made of the settings holds a secret, in whichever field it stands."""
    settings = read(
        'token: "${V}", url: "https://h/?k=${W}", headers: {a: "x ${V}"}',
        'database: "postgresql://u:${W}@h/x"',
        V=VALUE,
        W="anotherSecret",
    )
    assert "anotherSecret" not in show(settings)
    assert "s3cr3t" not in show(settings)


def test_a_secret_written_into_the_file_is_hidden_too() -> None:
    """A literal secret works, and is redacted like the others."""
    settings = read("token: literal-token", "database: 'postgresql://u:dbpass@h/x'")
    assert settings.redact("Bearer literal-token at u:dbpass@h") == "Bearer *** at u:***@h"
    assert settings.database.get_secret_value() == "postgresql://u:dbpass@h/x"


def test_an_at_sign_in_the_password_of_the_database_is_no_part_of_its_host() -> None:
    """Neither half of the password is shown, where an error tells the host or the address."""
    settings = read(
        "token: literal-token", 'database: "postgresql+psycopg://u:${P}@h:5432/x"', P="half@other"
    )
    url = settings.database.get_secret_value()
    assert url == "postgresql+psycopg://u:half%40other@h:5432/x"
    assert settings.redact(f"{url} half@other other@h") == "*** *** other@h"
    with pytest.raises(ConfigurationError, match=r"database: is no address .* percent-encoded") as caught:
        read("token: literal-token", "database: 'postgresql://u:half@oth/er@h/x'")
    assert "half" not in str(caught.value)


def test_short_values_are_hidden_as_words_only() -> None:
    """A value of three characters does not tear holes into every other word."""
    secrets = SecretValues()
    secrets.add("abc")
    assert secrets.redact("abc abcd x-abc") == "*** abcd x-***"


@pytest.mark.parametrize("value", ["x", "7", " X ", "42", "200"])
def test_what_is_too_short_to_be_a_secret_is_hidden_nowhere(value: str) -> None:
    """A tenant's number or the `x` of BambooHR leaves the id 7 and the status X what they are."""
    secrets = SecretValues()
    secrets.add(value)
    assert secrets.redact("run 7 of x, X, 42 and 200") == "run 7 of x, X, 42 and 200"


SPELLINGS: list[Callable[[str], str]] = [
    str,
    json.dumps,
    lambda value: json.dumps(value, ensure_ascii=False),
    lambda value: json.dumps({"body": json.dumps({"token": value})}),
    lambda value: json.dumps({"body": json.dumps({"token": value}, ensure_ascii=False)}, ensure_ascii=False),
    lambda value: json.dumps(value).replace("/", "\\/"),
    lambda value: quote(value, ""),
    quote,
    quote_plus,
    lambda value: re.sub(r"%..", lambda found: found[0].lower(), quote_plus(value)),
    repr,
]


@pytest.mark.parametrize("spelled", SPELLINGS)
@pytest.mark.parametrize("value", ['pa"ss\\wo/rd; x', "пароль 17/я"])
def test_a_secret_is_found_in_every_spelling(spelled: Callable[[str], str], value: str) -> None:
    """In JSON, in JSON inside JSON, with and without escapes, and in an address."""
    secrets = SecretValues()
    secrets.add(value)
    text = spelled(value)
    assert "***" in secrets.redact(text)
    for part in ("wo", "17", "ss", "%D0", "%d0", "\\u04"):
        assert part not in secrets.redact(text)


def test_secrets_cannot_be_pickled() -> None:
    """Nothing carries them out of the process by accident."""
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(SecretValues())
