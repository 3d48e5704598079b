"""The tab Deliveries: how each channel does, what was given up, and every message with how far it came."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import streamlit as st

from core.alerting import Notice, NoticeState
from dashboard import (
    actions,
    alert_commands,
    alert_reads,
    alert_words,
    delivery_reads,
    notices,
    panels,
    reads,
    tables,
)
from dashboard.delivery_reads import ChannelStanding
from dashboard.refresh import refreshing
from dashboard.tables import Column
from dashboard.viewer import Viewer
from dashboard.words import Look, plain

REFRESH_SECONDS = 10
_MOST_DEAD = 20


def draw(viewer: Viewer, integration: str | None) -> None:
    """Channels, dead letters, messages; it refreshes by itself."""
    _deliveries(integration)


@refreshing(REFRESH_SECONDS, quiet=True)
def _deliveries(viewer: Viewer, integration: str | None) -> None:
    actions.follow()
    channels = delivery_reads.channels()
    if not channels:
        notices.empty(
            viewer.text("No channel is configured"),
            viewer.text(
                "Add one to `channels` in {path}, name it in a rule's `notify` or in a contact's `channels`, and try it:",
                path=plain(reads.settings_path()),
            ),
            icon="campaign",
            command="integration-monitor alerts test CHANNEL",
        )
    else:
        _channels(viewer, channels)
    _dead(viewer, delivery_reads.notices(NoticeState.DEAD, integration))
    _messages(viewer, delivery_reads.notices(None, integration))


def _channels(viewer: Viewer, channels: Sequence[ChannelStanding]) -> None:
    text = viewer.text
    with st.container(border=True, key="panel-channels"):
        panels.title(text("Channels"))
        for one in channels:
            look = _look(one)
            with st.container(horizontal=True, vertical_alignment="center", key=f"line-channel-{one.key}"):
                parts = [
                    f":{look.color}-badge[:material/{look.icon}: {text(look.word)}] **{plain(one.key)}** · {plain(one.type)}"
                ]
                parts.append(
                    text("last delivered {ago}", ago=viewer.ago(one.last_delivered_at))
                    if one.last_delivered_at
                    else text("nothing delivered yet")
                )
                if one.failures:
                    parts.append(
                        viewer.plural("{n} attempt failed since", "{n} attempts failed since", one.failures)
                    )
                error = (
                    f"  \n:gray[{plain(one.error)}]"
                    if one.error and (one.failures or one.disabled_at)
                    else ""
                )
                st.markdown(" · ".join(parts) + error, width="stretch")
                if one.disabled_at:
                    st.button(
                        text("Switch on again"), key=f"enable-{one.key}", disabled=not actions.possible(),
                        on_click=partial(alert_commands.enable, viewer, one.key),
                    )  # fmt: skip


def _look(one: ChannelStanding) -> Look:
    looks = alert_words.CHANNEL
    if one.disabled_at:
        return looks["disabled"]
    if one.failures:
        return looks["failing"]
    return looks["works"] if one.last_delivered_at else looks["unused"]


def _dead(viewer: Viewer, dead: Sequence[Notice]) -> None:
    if not dead:
        return
    text = viewer.text
    batches = {one.batch: [other for other in dead if other.batch == one.batch] for one in dead}
    with st.container(border=True, key="panel-dead"):
        panels.title(text("Given up"), viewer.plural("{n} message", "{n} messages", len(batches)))
        st.caption(text("These were tried until they were too old, or refused for good. Once the cause is mended, send them again."))  # fmt: skip
        for batch, some in list(batches.items())[:_MOST_DEAD]:
            first = some[0]
            with st.container(horizontal=True, vertical_alignment="center", key=f"line-dead-{batch}"):
                about = ", ".join(
                    dict.fromkeys(plain(alert_reads.name_of_rule(viewer, one.key)) for one in some)
                )
                st.markdown(
                    f":red[:material/error:] **{plain(delivery_reads.addressee(first.target))}** · {about} · "
                    f"{plain(reads.name_of(first.key.integration))} · {viewer.instant(first.created_at)}  \n"
                    f":gray[{plain(first.error or '')}]",
                    width="stretch",
                )
                st.button(
                    text("Send again"), icon=":material/send:", key=f"resend-{batch}", disabled=not actions.possible(),
                    on_click=partial(alert_commands.resend, viewer, batch),
                )  # fmt: skip


def _messages(viewer: Viewer, rows: Sequence[Notice]) -> None:
    text = viewer.text
    panels.title(text("Messages"))
    if not rows:
        st.caption(text("No message has been made yet: the first alert that fires makes one."))
        return
    tables.draw(
        viewer,
        "table-notices",
        columns(viewer),
        rows,
        alt=text("Messages, newest first"),
        height=tables.tall(len(rows)),
    )


def columns(viewer: Viewer) -> list[Column[Notice]]:
    """What stands in the table, from left to right."""
    text = viewer.text
    looks = [*alert_words.DELIVERY.values(), alert_words.TRYING]
    return [
        tables.instant(viewer, text("Made"), lambda row: row.created_at, width=128),
        tables.states(viewer, text("State"), lambda row: [alert_words.delivery_of(row)], looks, width=130),
        tables.words(text("To"), lambda row: delivery_reads.addressee(row.target), width=190),
        tables.words(text("About"), lambda row: alert_reads.name_of_rule(viewer, row.key), width=200),
        tables.words(text("Integration"), lambda row: reads.name_of(row.key.integration), width=190),
        tables.words(text("Says"), lambda row: text(alert_words.NOTICE[row.kind]), width=100),
        tables.instant(viewer, text("Delivered or due"), lambda row: row.finished_at or row.not_before, width=128),
        tables.number(text("Failed attempts"), lambda row: row.attempts or None, viewer.number, width=104),
        tables.words(text("Error"), lambda row: row.error, width=216),
    ]  # fmt: skip
