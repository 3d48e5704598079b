"""Addresses are looked at before anything is called."""

from __future__ import annotations

import pytest

from core.webaddress import fault_as_written, fault_of

GOOD = [
    "http://host", "https://host:8443/path?q=1#f", "http://127.0.0.1:65535/", "http://[::1]:80/", "http://[fe80::1%25eth0]/",
    "http://user:p%40ss@host/", "http://u:p@ss@host/", "http://my_service:80/", "http://host./", "http://h:/", "http://пример.рф/",
    "http://bücher.example/", "HTTP://HOST/", "http://xn--e1afmkfd.xn--p1ai/", "http://1password.example/", "http://h/[x]",
]  # fmt: skip
BAD = {
    "http://[::1": 'its host "[::1" cannot be read',
    "http://u:secret@[::1": 'its host "[::1" cannot be read',
    "http://[::1]x/": 'its host "[::1]x" is no IPv6 address',
    "http://[v1.x]/": "no IPv6 address",
    "http://[]/": 'its host "[]" cannot be read',
    "http://[::g]/": 'its host "[::g]" cannot be read',
    "https://{job}.example/": "it has a placeholder in its host",
    "http://host:99999/": "its port is none of 1 to 65535",
    "http://host:0/": "its port is none of 1 to 65535",
    "http://host:abc/": "its port is none of 1 to 65535",
    "http://host:80:80/": "its port is none of 1 to 65535",
    "http://h:８０/": "its port is none of 1 to 65535",
    "http://exa mple.com/": "has a space or a backslash",
    "http://host\\@evil/": "has a space or a backslash",
    "http://exa\tmple.com/": "it has a control character",
    "http://h/\x7f": "it has a control character",
    "http://": "it is no http or https address",
    "http:///path": "it is no http or https address",
    "http://user@/": "it is no http or https address",
    "http://:80/": "it is no http or https address",
    "ftp://h/": "it is no http or https address",
    "host/path": "it is no http or https address",
    "//host/": "it is no http or https address",
    "": "it is no http or https address",
    "http://a..b/": 'its host "a..b" is no name of a host',
    "http://.../": "no name of a host",
    "http://ho<st>/": "no name of a host",
    "http://host%20x/": "no name of a host",
    "http://" + "a" * 64 + ".com/": "no name of a host",
    "http://" + "a." * 200 + "com/": "no name of a host",
    "http://" + "ü" * 60 + ".de/": "no name of a host",
    "http://256.1.1.1/": 'its host "256.1.1.1" is no IPv4 address',
    "http://1.2.3/": "no IPv4 address",
    "http://2130706433/": "no IPv4 address",
    "http://0x7f000001/": "no IPv4 address",
    "https://exa\u2100mple/": "cannot be read",
}


@pytest.mark.parametrize("url", GOOD)
def test_what_can_be_called_has_no_fault(url: str) -> None:
    """Names in any letters, both kinds of numbers, users."""
    assert fault_of(url) is None
    assert fault_as_written(url) is None


@pytest.mark.parametrize("url", BAD, ids=lambda url: ascii(url)[:30])
def test_what_cannot_says_why(url: str) -> None:
    """Briefly, and without a user's password."""
    fault = fault_of(url)
    assert fault is not None
    assert BAD[url] in fault
    assert "secret" not in fault
    assert len(fault) < 150
    assert fault_as_written(url) == fault


def test_a_space_is_a_slip_in_a_configuration_only() -> None:
    """A link of a server may have one in its path."""
    assert fault_of("http://h/a b") is None
    assert fault_as_written("http://h/a b") is not None
