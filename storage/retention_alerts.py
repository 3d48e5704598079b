"""How long what is stored about alerts is kept."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from core.alert_states import Phase
from core.clock import to_micros
from storage import schema
from storage.alert_codes import PHASE_CODE
from storage.alert_inputs import REMEMBERED
from storage.chunks import delete_where
from storage.store import Store

EVALUATIONS_KEPT = timedelta(days=90)
EVENTS_KEPT = timedelta(days=400)
MESSAGES_KEPT = timedelta(days=30)
"""After their end; those of alerts that still stand are kept on: they say who was told."""


def prune_messages(store: Store, now: datetime) -> int:
    """Take out messages that ended long ago; how many notices went."""
    told, state = schema.outbox.c, schema.alert_state.c
    standing = sa.select(state.episode).where(
        state.phase != PHASE_CODE[Phase.NORMAL], state.episode.is_not(None)
    )
    old = sa.and_(told.finished_at < to_micros(now - MESSAGES_KEPT), told.episode.notin_(standing))
    sent = schema.outbox_sent
    delete_where(store, sent, sent.c.at < to_micros(now - MESSAGES_KEPT))
    return delete_where(store, schema.outbox, old)


def prune_states(store: Store, now: datetime) -> int:
    """Take out alerts that have been normal, without a turn, for so long that nobody asks; how many went."""
    state = schema.alert_state.c
    normal = sa.and_(state.phase == PHASE_CODE[Phase.NORMAL], state.flapping == 0)
    return delete_where(
        store, schema.alert_state, sa.and_(normal, state.turned_at < to_micros(now - REMEMBERED))
    )
