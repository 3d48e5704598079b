"""The configuration as YAML: what of it is taken, and how a broken one is told."""

from pathlib import Path

import pytest

from core.errors import ConfigurationError
from tests.core.core_settings import INTEGRATION, problems, read, source_of


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ("a: [b", "line 2, column 1", "not readable as YAML"),
        ("a: b: c", "line 1, column 5", "not readable as YAML"),
        ("a:\n\t- b", "line 2, column 1", "indent with spaces, not tabs"),
        (
            "a: {b: c[0].d, e: f}",
            "line 1, column 9",
            "inside { } put quotes around a value that holds [ ] { } or a comma",
        ),
        ("a: {b: ${C}}", "line 1, column 9", 'put quotes around "${NAME}"'),
        ("a: *nowhere", "line 1, column 4", "undefined alias"),
        ("a: 1\n---\nb: 2", "line 2, column 1", "another document"),
        ("a: \x07", "file", "control characters"),
        ("[" * 5000, "line 1, column 1001", "nesting"),
    ],
)
def test_broken_yaml_is_told_with_line_and_column(text: str, where: str, what: str) -> None:
    """A syntax error says where the reader stopped and what usually helps."""
    with pytest.raises(ConfigurationError) as caught:
        read(text)
    assert caught.value.problems[0][0] == where
    assert what in caught.value.problems[0][1]


def test_a_bomb_of_aliases_is_refused(tmp_path: Path) -> None:
    """Aliases cannot unfold into more than memory holds."""
    lines = ["contacts:", "  l0: &l0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"  l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]" for n in range(1, 9)]
    assert any("use fewer aliases" in what for what in problems("\n".join(lines)).values())


def test_anchors_and_merge_keys_work() -> None:
    """What is merged is overridden by what is written, and found by its place."""
    text = """
integrations:
  - &base {key: a, name: A, method: api, source_system: S, tags: &tags [x, y]}
  - {<<: *base, key: b, name: B}
  - {<<: [{method: csv}, *base], key: c, tags: *tags}
"""
    _, b, c = read(text).integrations
    assert (b.key, b.name, b.method, b.tags) == ("b", "B", "api", ("x", "y"))
    assert (c.method, c.name) == ("csv", "A")


def test_null_and_nothing_mean_not_written() -> None:
    """An empty value is its default, or missing where one is required."""
    settings = read("timezone:\nlanguage: ~\nretention: null\nintegrations: []")
    assert (settings.timezone, settings.language) == ("UTC", "en")
    assert (
        "is missing"
        in problems(f"integrations:\n  - {INTEGRATION % 'sources: [{type: rest, name: }]'}")[
            "integrations[0].sources[0].name"
        ]
    )


def test_json_keeps_the_kinds_of_unquoted_scalars() -> None:
    """Where any JSON may stand, an unquoted 5 is a number; a quoted or substituted one is text."""
    body = '{a: 5, b: "5", c: true, d: null, e: [1.5, x, 007], f: ${N}, g: no}'.replace("${N}", '"${N}"')
    found = source_of(f"{{type: rest, name: s, json_body: {body}}}", N="12")
    assert found.json_body == {
        "a": 5,
        "b": "5",
        "c": True,
        "d": None,
        "e": [1.5, "x", "007"],
        "f": "12",
        "g": "no",
    }


@pytest.mark.parametrize("text", ["e1", "E12", "-e5", "+e-3", "1e999", "-1e999"])
def test_json_takes_for_numbers_only_what_json_has_numbers_for(text: str) -> None:
    """`e1` is a name, not an exponent of nothing, and what is beyond every number stays as it is written."""
    assert source_of(f"{{type: rest, name: s, json: {{stage: {text}}}}}").body == {"stage": text}


def test_json_keeps_every_digit_of_a_long_number() -> None:
    """An id of more digits than a float can tell apart goes out as it is written."""
    body = "{a: 12345678901234567890, b: -98765432109876543210, c: 1e2}"
    assert source_of(f"{{type: rest, name: s, json: {body}}}").body == {
        "a": 12345678901234567890,
        "b": -98765432109876543210,
        "c": 100.0,
    }
