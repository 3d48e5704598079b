"""The tab Settings: what the configuration says of the integration, with every secret left out."""

from __future__ import annotations

import streamlit as st

from core.settings import Integration, SourceSettings
from dashboard import panels, reads, tables, words
from dashboard.ranges import Range
from dashboard.viewer import Viewer


def draw(viewer: Viewer, key: str, span: Range) -> None:
    """The integration's own settings, then each source's."""
    integration = reads.settings().integration(key)
    if integration is None:
        return
    own, sources = st.columns(2, gap="small")
    with own, st.container(border=True, key="panel-own"):
        panels.title(viewer.text("Integration"))
        tables.facts("integration", _own(viewer, integration))
        if integration.docs:
            st.link_button(viewer.text("Documentation"), integration.docs, icon=":material/menu_book:")
    with sources, st.container(border=True, key="panel-sources"):
        panels.title(viewer.text("Sources"))
        for source in integration.sources:
            tables.facts(f"source-{source.name}", _source(viewer, source))
        if not integration.sources:
            st.caption(viewer.text("none"))


def _own(viewer: Viewer, one: Integration) -> dict[str, str]:
    text = viewer.text
    told = {
        text("Identifier"): one.key,
        text("Method"): text(words.METHOD[one.method]),
        text("Systems"): f"{one.source_system} → {one.target_system}",
        text("Criticality"): text(words.CRITICALITY[one.criticality]),
        text("Stage"): text(words.STAGE[one.stage]),
        text("Schedule"): _schedule(viewer, one),
        text("Promised"): _promised(viewer, one),
        text("Partial counts as failed"): text("yes") if one.partial_is_failure else text("no"),
        text("Tags"): ", ".join(one.tags),
        **one.labels,
    }
    return {name: value for name, value in told.items() if value}


def _schedule(viewer: Viewer, one: Integration) -> str:
    schedule = one.schedule
    if schedule is None:
        return viewer.text("none, so lateness is not judged")
    if schedule.cron:
        zone = schedule.timezone or reads.settings().timezone
        when = f"{schedule.cron} ({zone})"
    else:
        when = viewer.text("every {duration}", duration=viewer.duration(schedule.every))
    return viewer.text("{when}, late after {grace}", when=when, grace=viewer.duration(schedule.grace))


def _promised(viewer: Viewer, one: Integration) -> str:
    if one.slo is None:
        return ""
    of = viewer.text("runs") if one.slo.of == "runs" else viewer.text("records")
    return viewer.text(
        "{promised} of {of} over {window}",
        promised=viewer.percent(one.slo.success),
        of=of,
        window=viewer.duration(one.slo.window),
    )


def _source(viewer: Viewer, source: SourceSettings) -> dict[str, str]:
    text = viewer.text
    told = {
        text("Source"): f"{source.name} · {source.type}",
        text("Looks at"): text(words.SIDE[source.side]),
        text("Every"): viewer.duration(source.every),
        text("Brings"): ", ".join(sorted(source.brings)) if source.brings else "",
        text("Required"): text("yes") if source.required else text("no"),
        text("Reads"): _address(source),
    }
    return {name: value for name, value in told.items() if value}


def _address(source: SourceSettings) -> str:
    """The file or the address it reads, with every secret of the configuration taken out."""
    request = getattr(source, "request", None)
    place = getattr(request, "url", None) or getattr(source, "path", None)
    return reads.settings().redact(str(place)) if place else ""
