"""Payloads come back as they were packed, in whichever threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from hypothesis import given
from hypothesis import strategies as st

from storage.payloads import pack_payload, unpack_payload


@given(st.none() | st.text(st.characters(codec="utf-8", exclude_categories=["Cs"])))
def test_a_payload_comes_back(payload: str | None) -> None:
    """Any text, and none."""
    assert unpack_payload(pack_payload(payload)) == payload


def test_threads_do_not_disturb_each_other() -> None:
    """Many at once each get their own text back."""

    def there_and_back(number: int) -> bool:
        text = f"payload {number} " * 500
        return all(unpack_payload(pack_payload(text)) == text for _ in range(50))

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(there_and_back, range(16)))
