"""The error that an answer other than a 2xx is, and whether asking again can help (pure)."""

from __future__ import annotations

from collectors.exchange import Response
from collectors.refusal_codes import status_of
from core.errors import SourceError

_HINTS = {
    **dict.fromkeys((401, 403, 407), "; is the key right, and may it read this?"),
    **dict.fromkeys((404, 410), "; is the address right?"),
    405: "; does it want another method?",
    # Of a redirect only those come here that cannot be followed.
    **dict.fromkeys((301, 302, 303, 307, 308), "; it does not say where to"),
}


def refusal(response: Response) -> SourceError:
    """The error that an answer other than a 2xx is."""
    hint = _HINTS.get(status_of(response), "")
    # What the request itself is to blame for stays so until someone changes it.
    permanent = 300 <= response.status < 500 and response.status not in (408, 409, 423, 425, 429)
    return SourceError(f"answered {response.described()}{hint}", permanent=permanent)
