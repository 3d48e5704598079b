"""Where the password of a database's address ends: at the last @ that can end it."""

from __future__ import annotations

import pytest

from core.database_address import address_meant


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("p@ss@h/db", "p%40ss@h/db"),
        ("a@b%40c@h:5432/db?x=1", "a%40b%40c@h:5432/db?x=1"),
        ("@x@[::1]:5432/db", "%40x@[::1]:5432/db"),
        ("x@@h", "x%40@h"),
        ("x@y:z@h:1/db", "x%40y%3Az@h:1/db"),
        ("x@[y@h/db", "x%40%5By@h/db"),
        ("50%@x@h/db", "50%25%40x@h/db"),
    ],
    ids=str,
)
def test_an_at_sign_in_a_password_is_encoded(written: str, meant: str) -> None:
    """Whatever else stands in it, encoded already or not."""
    address = f"postgresql+psycopg://u@corp:{written}"
    assert address_meant(address) == f"postgresql+psycopg://u@corp:{meant}"
    assert address_meant(address_meant(address)) == address_meant(address)


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://u:p/s?#%40@h:5432/db?sslmode=require",
        "postgresql://u:p%zz@[::1]/db",
        "postgresql://u@h/d@b",
        "postgresql://u:p@h/db?options=a@b",
        "postgresql://u:p@/db?host=/run/postgresql",
        "sqlite:////srv/a:b@c@d.db",
        "sqlite:///C:/a@b@c.db",
        "nonsense",
    ],
)
def test_what_can_be_read_as_it_stands_is_left_so(address: str) -> None:
    """Without a second @, without a password, and where an @ belongs to a file or a parameter."""
    assert address_meant(address) == address


@pytest.mark.parametrize(
    "rest", ["hunt@er/2@h/db", "hunt@er?2@h/db", "hunt@h:port/db", "hunter@:/22@h/db"]
)  # fmt: skip
def test_where_a_password_ends_is_not_guessed(rest: str) -> None:
    """It is told how to write it, and nothing of it."""
    with pytest.raises(
        ValueError, match=r"percent-encoded: @ as %40, : as %3A, / as %2F, % as %25$"
    ) as caught:
        address_meant(f"postgresql://u:{rest}")
    assert "hunt" not in str(caught.value)
