"""What an HTTP answer means for a message: taken, to be tried again, or refused for good (pure)."""

from __future__ import annotations

from alerts.transport import Answer
from core.errors import ChannelError

_PASSING = frozenset({408, 409, 423, 425, 429})
_OF_MESSAGE = frozenset({400, 413, 415, 422})


def taken(answer: Answer) -> str:
    """How the message was taken, in a few words. Raises ChannelError where it was not.

    Passing: 408, 409, 423, 425, 429 and every 5xx, with their `Retry-After`. 400, 413, 415 and 422 refuse
    this message only; any other answer means that the channel itself is wrong.
    """
    if 200 <= answer.status < 300:
        return answer.described.partition(" from ")[0]
    if 300 <= answer.status < 400:
        place = f" to {answer.location}" if answer.location else ""
        raise ChannelError(
            f"{answer.described.partition(' from ')[0]} redirects{place}; a message is not sent on: write the final address",
            permanent=True,
        )
    if answer.status in _PASSING or answer.status >= 500:
        raise ChannelError(answer.described, retry_after=answer.retry_after)
    raise ChannelError(answer.described, permanent=True, of_message=answer.status in _OF_MESSAGE)
