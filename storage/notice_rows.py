"""Notices as stored rows, there and back."""

from __future__ import annotations

from collections.abc import Mapping

from core.alerting import Notice, Target
from core.clock import from_micros, to_micros
from storage.alert_codes import NOTICE_CODE, NOTICE_OF, SEVERITY_CODE, SEVERITY_OF, STATE_CODE, STATE_OF
from storage.alert_rows import KeyIds, key_of, keyed
from storage.dictionary import clean
from storage.engine import Row
from storage.instants import instant, micros
from storage.schema import outbox, text
from storage.selected import AnyRow, AnySelect
from storage.statements import columns_of

CONTENT_LENGTH = 64_000
OUTBOX_COLUMNS = columns_of(outbox)[1:]

_channel = text.alias("channel_text")
_contact = text.alias("contact_text")


def notices_query() -> AnySelect:
    """Rows for `notice_of`."""
    return (
        keyed(outbox)
        .add_columns(_channel.c.value.label("channel"), _contact.c.value.label("contact"))
        .join(_channel, _channel.c.id == outbox.c.channel_id)
        .join(_contact, _contact.c.id == outbox.c.contact_id)
    )


def notice_of(row: AnyRow) -> Notice:
    """A row of `notices_query` as the notice it was."""
    return Notice(
        notice_id=row.id,
        target=Target(row.channel, row.contact),
        key=key_of(row),
        episode=row.episode,
        kind=NOTICE_OF[row.kind],
        severity=SEVERITY_OF[row.severity],
        created_at=from_micros(row.created_at),
        not_before=from_micros(row.not_before),
        content=row.content,
        state=STATE_OF[row.state],
        batch=row.batch or "",
        attempts=row.attempts,
        leased_until=instant(row.leased_until),
        error=row.error,
        finished_at=instant(row.finished_at),
    )


def notice_row(notice: Notice, ids: KeyIds, words: Mapping[str, int]) -> Row:
    """A new notice as a row of OUTBOX_COLUMNS; words: `text` ids of channels and contacts."""
    return (
        words[notice.target.channel],
        words[notice.target.contact],
        *ids,
        notice.episode,
        NOTICE_CODE[notice.kind],
        SEVERITY_CODE[notice.severity],
        to_micros(notice.created_at),
        to_micros(notice.not_before),
        clean(notice.content, CONTENT_LENGTH),
        STATE_CODE[notice.state],
        notice.batch or None,
        notice.attempts,
        micros(notice.leased_until),
        None,
        notice.error,
        micros(notice.finished_at),
    )
