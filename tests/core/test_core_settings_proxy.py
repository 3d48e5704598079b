"""The proxy in the configuration: at the top, on a source, and never with its password on a page."""

from __future__ import annotations

import json

import pytest

from collectors.proxy import Proxy
from composition.names import registries
from core.errors import ConfigurationError
from core.settings import Settings, loads
from core.settings.proxy import basic_credentials

SOURCE = "{type: probe, name: key, request: {url: https://api.example/users}%s}"


def read(top: str, source: str = "", **environ: str) -> Settings:
    text = (
        f"{top}\nintegrations:\n  - {{key: a, name: A, method: api, source_system: S, "
        f"sources: [{SOURCE % (', ' + source if source else '')}]}}\n"
    )
    return loads(text, "monitor.yaml", registries(), environ=environ)


def of_source(settings: Settings) -> Proxy | None:
    return Proxy.of(settings.proxy_of(settings.integrations[0].sources[0]))


def test_an_address_alone_is_a_proxy_for_everything() -> None:
    """Channels and sources go through it; what is on this machine is called directly."""
    settings = read("proxy: http://proxy.corp:3128")
    assert Proxy.of(settings.proxy_of()) == of_source(settings)
    found = of_source(settings)
    assert found is not None
    assert found.shown == "http://proxy.corp:3128"
    assert found.headers == []
    assert not found.serves("http", "127.0.0.1", 8501)


def test_a_source_has_its_own_or_none() -> None:
    """What a source says stands in the place of the top's, for this source alone."""
    own = read("proxy: http://proxy.corp:3128", "proxy: 'http://other.corp:8080'")
    direct = read("proxy: http://proxy.corp:3128", "proxy: none")
    top = Proxy.of(own.proxy_of())
    other = of_source(own)
    assert top is not None
    assert top.host == "proxy.corp"
    assert other is not None
    assert other.host == "other.corp"
    assert of_source(direct) is None
    assert of_source(read("")) is None
    assert of_source(read("proxy: none")) is None


@pytest.mark.parametrize(
    "top",
    [
        'proxy: {url: "http://proxy.corp:3128", username: monitor, password: "${PASSWORD}"}',
        "proxy: http://monitor:p%40ss-word@proxy.corp:3128",
        'proxy: "${WHOLE}"',
    ],
)
def test_a_password_is_sent_and_shown_nowhere(top: str) -> None:
    """Neither as it is nor as it is sent; a user in the address counts as one under its own key."""
    settings = read(top, PASSWORD="p@ss-word", WHOLE="http://monitor:p%40ss-word@proxy.corp:3128")
    found = of_source(settings)
    sent = basic_credentials("monitor", "p@ss-word")
    assert found is not None
    assert found.headers == [(b"Proxy-Authorization", f"Basic {sent}".encode())]
    shown = json.dumps(settings.shown()) + repr(settings.proxy) + repr(found)
    for secret in ("p@ss-word", "p%40ss-word", sent):
        assert secret not in shown
        assert secret not in settings.redact(f"said {secret} back")


@pytest.mark.parametrize(
    ("top", "where", "what"),
    [
        ("proxy: socks5://proxy.corp:1080", "proxy", "SOCKS is not spoken"),
        ("proxy: https://proxy.corp:3128", "proxy", "plain HTTP"),
        ("proxy: proxy.corp:3128", "proxy", "http://proxy.corp:3128"),
        ("proxy: http://proxy.corp:3128/path", "proxy", "ends with its port"),
        ("proxy: http://proxy.corp:99999", "proxy", "its port is none of 1 to 65535"),
        ("proxy: [http://proxy.corp:3128]", "proxy", "got a list"),
        ("proxy: {url: 'http://p:1', password: abcdef}", "proxy", "has a password and no username"),
        ("proxy: {url: 'http://p:1', username: 'a:b'}", "proxy.username", "no colon"),
        ("proxy: {url: 'http://p:1', no_proxy: 'http://x/'}", "proxy.no_proxy", "write a host"),
        ("proxy: {url: 'http://p:1', no_proxi: x}", "proxy.no_proxi", 'did you mean "no_proxy"?'),
        ("proxy: {username: a}", "proxy.url", ""),
    ],
)
def test_what_cannot_be_meant_is_refused_with_the_remedy(top: str, where: str, what: str) -> None:
    """Each at its place."""
    with pytest.raises(ConfigurationError) as caught:
        read(top)
    ((place, message),) = caught.value.problems
    assert place == where
    assert what in message


def test_a_refused_address_does_not_tell_its_password() -> None:
    """Not even where it is the reason."""
    with pytest.raises(ConfigurationError) as caught:
        read("proxy: 'socks5://monitor:hush-hush@proxy.corp:1080'")
    assert "hush-hush" not in str(caught.value)


def test_only_what_calls_over_http_has_one() -> None:
    """A file needs no proxy: the key is unknown there."""
    text = (
        "integrations:\n  - {key: a, name: A, method: csv, source_system: S, "
        "sources: [{type: csv_drop, name: f, path: x/*.csv, proxy: none}]}\n"
    )
    with pytest.raises(ConfigurationError, match="unknown key"):
        loads(text, "monitor.yaml", registries())
