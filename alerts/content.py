"""What a notice's text is made from: kept with it, so that it says what was so when it was made."""

from __future__ import annotations

from datetime import datetime

import msgspec

from core.alert_states import Reason, Severity
from core.errors import MonitorError


class Content(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One alert at the moment of which a notice tells.

    rule_name: a message id, or the words of the configuration; severity: now, or at its end the last it
    had; was: before it worsened or eased; since: when the trouble began; fired_at: when it fired; ended_at:
    when it was over, None before; value: the reading in the unit of `indicator`, None = no data; threshold:
    what it is held against, as the configuration writes it; detail: the reading as a sentence
    (`core.said`); turns: how often it came and went within the last hour, where that is what is told.
    """

    rule_name: str
    indicator: str
    severity: Severity | None = None
    was: Severity | None = None
    reason: Reason = Reason.THRESHOLD
    since: datetime | None = None
    fired_at: datetime | None = None
    ended_at: datetime | None = None
    value: float | None = None
    threshold: str = ""
    detail: str = ""
    turns: int = 0


_DECODER = msgspec.json.Decoder(Content)


def packed(content: Content) -> str:
    """The content as JSON."""
    return msgspec.json.encode(content).decode()


def unpacked(text: str) -> Content:
    """The content that `packed` made. Raises MonitorError for anything else."""
    try:
        return _DECODER.decode(text)
    except msgspec.MsgspecError as error:
        raise MonitorError(f"the content of a notice cannot be read: {error}") from error
