"""What the pages read of messages: who is told by which channel, how far each has come, and how channels do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from core.alerting import Notice, NoticeState, Target
from dashboard import reads
from storage import queries
from storage.queries import Connection

MOST = 200


@dataclass(frozen=True, slots=True)
class ChannelStanding:
    """One configured channel and how it does; failures: since the last message that arrived."""

    key: str
    type: str
    last_delivered_at: datetime | None = None
    disabled_at: datetime | None = None
    error: str = ""
    failures: int = 0


def notices(state: NoticeState | None, integration: str | None) -> Sequence[Notice]:
    """The newest messages, in one state or in any."""
    return reads.shared(
        f"notices {state} {integration}",
        lambda connection: (
            queries.notices(connection, state=state, integration=integration, limit=MOST).items
        ),
    )


def notices_of(episode: str) -> Sequence[Notice]:
    """The newest messages of one firing."""
    if not episode:
        return ()
    return reads.shared(
        f"notices of {episode}",
        lambda connection: queries.notices(connection, episode=episode, limit=20).items,
    )


def channels() -> Sequence[ChannelStanding]:
    """Every configured channel and how it does, the troubled first."""

    def read(connection: Connection) -> Sequence[ChannelStanding]:
        states = {one.channel: one for one in queries.channel_states(connection)}
        found = []
        for key, settings in reads.settings().channels.items():
            one = states.get(key)
            if one is None:
                found.append(ChannelStanding(key, settings.type))
                continue
            error = one.disabled_why or one.last_error or ""
            found.append(
                ChannelStanding(
                    key, settings.type, one.last_delivered_at, one.disabled_at, error, one.failures
                )
            )
        return sorted(found, key=lambda one: (one.disabled_at is None, not one.failures, one.key))

    return reads.shared("channels", read)


def addressee(target: Target) -> str:
    """Who is told, and by which channel."""
    contact = reads.settings().contacts.get(target.contact)
    name = contact.name if contact else target.contact
    return f"{name} ({target.channel})" if name else target.channel
