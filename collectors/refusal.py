"""The error that an answer other than a 2xx is, and whether asking again can help (pure)."""

from __future__ import annotations

from collectors.exchange import Response
from core.errors import SourceError

_REFUSED = frozenset({401, 403, 407})


def refusal(response: Response) -> SourceError:
    """The error that an answer other than a 2xx is."""
    hint = "; is the key right, and may it read this?" if response.status in _REFUSED else ""
    # What the request itself is to blame for stays so until someone changes it.
    permanent = 300 <= response.status < 500 and response.status not in (408, 409, 423, 425, 429)
    return SourceError(f"answered {response.described()}{hint}", permanent=permanent)
