"""A message goes to hosts only, and never to where a machine's own keys are handed out."""

import pytest

from core.addresses import permitted, refusal
from core.errors import AddressRefused


@pytest.mark.parametrize(
    ("address", "anywhere", "public"),
    [
        ("93.184.216.34", True, True),
        ("2606:2800:220:1::1", True, True),
        ("10.1.2.3", True, False),
        ("192.168.1.7", True, False),
        ("127.0.0.1", True, False),
        ("::1", True, False),
        ("fd12::5", True, False),
        ("100.64.0.9", True, False),
        ("169.254.169.254", False, False),
        ("169.254.1.1", False, False),
        ("100.100.100.200", False, False),
        ("fd00:ec2::254", False, False),
        ("fe80::1%eth0", False, False),
        ("0.0.0.0", False, False),
        ("0.1.2.3", False, False),
        ("::", False, False),
        ("224.0.0.1", False, False),
        ("255.255.255.255", False, False),
        ("::ffff:169.254.169.254", False, False),
        ("::ffff:10.0.0.1", True, False),
        ("64:ff9b::a9fe:a9fe", False, False),
        ("2002:a9fe:a9fe::1", False, False),
        ("no-address", False, False),
    ],
)
def test_where_a_message_may_go(address: str, anywhere: bool, public: bool) -> None:
    """Private addresses are for what stands in the file; what is typed on a page stays on the public internet."""
    assert (refusal(address) is None) is anywhere
    assert (refusal(address, public_only=True) is None) is public


def test_one_bad_address_refuses_the_name() -> None:
    """A name that leads to a metadata service among good hosts is not to be trusted at all; the text says why."""
    with pytest.raises(AddressRefused, match=r"hook\.example \(169\.254\.169\.254\) is a metadata service"):
        permitted("hook.example", ["93.184.216.34", "169.254.169.254"])
