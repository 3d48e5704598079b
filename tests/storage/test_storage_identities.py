"""What a row is known by stays what it was when it was stored."""

from __future__ import annotations

import pytest

from storage.identities import identity_of


@pytest.mark.parametrize(
    ("words", "identity"),
    [
        (("7", "event-1"), 6678017872047844015),
        (("7", "job", "run", "user", "u-1", "1", "0123456789abcdef"), 3660936639885784070),
        (("Принято",), -8893523455503171443),
        (("\ud800",), -3667457387382392855),
    ],
    ids=["a step of a record", "a failed record", "other letters", "no letter at all"],
)
def test_the_identity_of_words_never_changes(words: tuple[str, ...], identity: int) -> None:
    """Rows are stored under it: with another one, each would be stored once more."""
    assert identity_of(*words) == identity


def test_where_a_word_ends_matters() -> None:
    """Two rows whose words are the same letters, divided otherwise, are two."""
    assert identity_of("ab", "c") != identity_of("a", "bc")
