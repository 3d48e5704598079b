"""A preset fills in what a source does not say, and every problem stands where the user can mend it."""

from typing import Any

import pytest
from pydantic import Field

from core.errors import ConfigurationError
from core.settings import Registries, Secret, SettingsModel, SourceSettings, Url, loads
from core.settings.merging import Merger
from core.settings.plain import Plain
from core.settings.presets import read_preset
from core.settings.tree import Tree, child

TEXT = """
title: T
docs: https://example.com
maps: everything
unknown: [why]
parameters:
  url: {about: "the address, such as https://host"}
  token: {about: "a token"}
  size: {about: "items on a page", default: "100"}
source:
  type: rest
  request: {url: "<url>/api/<size>", params: {a: "1", b: "2"}}
  auth: {type: bearer, token: <token>}
  status_map: {ok: succeeded, bad: failed}
"""


class Request(SettingsModel):
    url: Url
    params: dict[str, str] = Field(default_factory=dict)


class Auth(SettingsModel):
    type: str
    token: Secret | None = None
    user: str | None = None


class Rest(SourceSettings):
    request: Request
    auth: Auth
    status_map: dict[str, str] = Field(default_factory=dict)


REGISTRIES = Registries({"rest": Rest}, presets={"t": TEXT})


def load(source: str, registries: Registries = REGISTRIES, **environ: str) -> Any:
    text = (
        f"integrations:\n- key: a\n  name: A\n  method: api\n  source_system: S\n  sources:\n  - {source}\n"
    )
    return loads(text, "m.yaml", registries, environ=environ).integrations[0].sources[0]


def problems(source: str, registries: Registries = REGISTRIES, **environ: str) -> list[tuple[str, str]]:
    with pytest.raises(ConfigurationError) as caught:
        load(source, registries, **environ)
    return [
        (where.removeprefix("integrations[0].sources[0]."), what) for where, what in caught.value.problems
    ]


def test_parameters_are_filled_in_and_the_rest_is_the_presets() -> None:
    """An address that ends in a slash is joined with one only; the name of the preset is kept."""
    source = load("{preset: t, name: n, url: 'https://h/', token: '${T}'}", T="s3cret")
    assert (source.type, source.preset, source.request.url) == ("rest", "t", "https://h/api/100")
    assert source.auth.token.get_secret_value() == "s3cret"


def test_the_integrations_key_comes_in_by_itself() -> None:
    """Of a source at the top, which stands under none, its name; what is written wins."""
    text = TEXT.replace('b: "2"', 'b: "x-<integration>"')
    merger = Merger({"t": text}, Registries().keys_of_source)
    given: dict[str, Tree] = {"preset": "t", "name": "n", "url": "https://h", "token": "x"}
    root: dict[str, Tree] = {"sources": [given], "integrations": [{"key": "crm", "sources": [given]}]}
    merged: Any = merger.apply(root)
    assert merger.problems == []
    assert merged["sources"][0]["request"]["params"]["b"] == "x-n"
    assert merged["integrations"][0]["sources"][0]["request"]["params"]["b"] == "x-crm"


def test_a_mistyped_parameter_is_suggested() -> None:
    """The preset's parameters are keys like any other to choose from."""
    assert problems("{preset: t, name: n, url: 'https://h', token: x, sze: 5}") == [
        ("sze", 'unknown key; did you mean "size"?')
    ]
    assert sorted(problems("{preset: t, name: n, url: 'https://h', tokn: x}")) == [
        ("token", 'is missing, and the preset "t" needs it: write a token'),
        ("tokn", 'unknown key; did you mean "token"?'),
    ]


def test_the_users_keys_win_key_by_key() -> None:
    """Mappings are merged; an empty value takes a key out; words of a status map are one in any case."""
    source = load(
        "{preset: t, name: n, url: 'https://h', token: x, every: 5m, "
        "request: {params: {b: 3, a: , c: 4}}, status_map: {OK: partial}}"
    )
    assert source.request.params == {"b": "3", "c": "4"}
    assert source.request.url == "https://h/api/100"
    assert source.status_map == {"OK": "partial", "bad": "failed"}
    assert source.every.total_seconds() == 300


def test_another_kind_of_credentials_takes_the_presets_place_whole() -> None:
    """Nothing of a bearer's fits a basic one, and the bearer's parameter is no longer needed."""
    source = load("{preset: t, name: n, url: 'https://h', auth: {type: basic, user: u}}")
    assert (source.auth.type, source.auth.user, source.auth.token) == ("basic", "u", None)


def test_an_overridden_part_needs_no_parameter() -> None:
    """With the whole address written, nobody asks for `url`."""
    source = load("{preset: t, name: n, token: x, request: {url: 'https://h/mine'}}")
    assert source.request.url == "https://h/mine"


@pytest.mark.parametrize(
    ("source", "found"),
    [
        pytest.param(
            "{preset: t, name: n}",
            [
                ("url", 'is missing, and the preset "t" needs it: write the address, such as https://host'),
                ("token", 'is missing, and the preset "t" needs it: write a token'),
            ],
            id="missing",
        ),
        pytest.param("{preset: u, name: n}", [("preset", '"u" is unknown; use t')], id="unknown"),
        pytest.param(
            "{preset: t, name: n, url: h, token: x}",
            [("url", 'got "h/api/100"; write an address such as https://host/path')],
            id="bad parameter",
        ),
        pytest.param(
            "{preset: t, type: sql, name: n, url: 'https://h', token: x}",
            [("type", 'the preset "t" is a rest source; remove type, or the preset')],
            id="another type",
        ),
        pytest.param(
            "{preset: t, name: n, url: 'https://h', token: x, request: {pramas: 1}}",
            [("request.pramas", 'unknown key; did you mean "params"?')],
            id="unknown key inside",
        ),
    ],
)
def test_problems_stand_where_the_user_can_mend_them(source: str, found: list[tuple[str, str]]) -> None:
    """At the parameter, at `preset`, or at the user's own key; never at a place nobody wrote."""
    assert problems(source) == found


def test_a_secret_in_a_parameter_is_in_no_problem() -> None:
    """The variable is named, its value is not."""
    (where, what) = problems("{preset: t, name: n, url: '${U}', token: x}", U="hunter22")[0]
    assert (where, "hunter22" in what, "${U}" in what) == ("url", False, True)


def test_a_type_that_is_not_there_is_told_at_the_preset() -> None:
    """A preset over a source type that this installation lacks says so."""
    (where, what) = problems(
        "{preset: t, name: n, url: 'https://h', token: x}", Registries({}, presets={"t": TEXT})
    )[0]
    assert where == "preset"
    assert what.startswith("type: ")


def test_a_parameter_is_text_however_it_is_written() -> None:
    """A password of digits stays one."""
    given: dict[str, Tree] = {"preset": "t", "name": "n", "url": "https://h", "token": Plain("1")}
    merged = Merger({"t": TEXT}, Registries().keys_of_source).apply({"sources": [given]})
    assert type(child(child(child(child(merged, "sources"), 0), "auth"), "token")) is str


@pytest.mark.parametrize(
    "broken", ["a: 1", TEXT.replace("<size>", "<sise>"), TEXT.replace("type: rest", "tipe: rest")]
)
def test_a_data_file_that_is_no_preset_is_refused(broken: str) -> None:
    """A mistake of whoever writes one does not go unnoticed."""
    with pytest.raises(ValueError, match="preset x"):
        read_preset("x", broken)
