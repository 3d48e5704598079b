"""The head of the Integration page: its state and why, what to check first, and whom to call."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

import streamlit as st

from assess.diagnosis import Diagnosis
from core.records import RunStatus
from core.settings import Contact, Integration
from dashboard import alert_reads, board_reads, notices, panels, reads, words
from dashboard.pages._health_table import last_run_at, looks_of
from dashboard.viewer import Viewer
from dashboard.words import plain
from health.diagnosis import Check, Outcome

_MILD = ":orange[:material/warning:]"
_ICON = {
    Outcome.FAIL: ":red[:material/cancel:]",
    Outcome.UNKNOWN: ":gray[:material/help:]",
    Outcome.PASS: ":green[:material/check_circle:]",
}


def draw(viewer: Viewer, standing: board_reads.Standing) -> None:
    """State and reason on one line, then two panels side by side; where nothing fails, what passed fills the first."""
    _state(viewer, standing)
    well = all(check.outcome is not Outcome.FAIL for check in standing.diagnosis.checks)
    checks, people = st.columns([3, 2], gap="small")
    with checks, st.container(border=True, key="panel-checks", height="stretch"):
        panels.title(viewer.text("What to check first"))
        _cause(viewer, standing.diagnosis)
        _checks(viewer, standing.diagnosis.checks)
        if well:
            _in_order(viewer, standing.diagnosis.checks, viewer.text("All checks"))
    with people, st.container(border=True, key="panel-people", height="stretch"):
        panels.title(viewer.text("Who to call"))
        _people(viewer, standing.row.verdict.integration)
        _promise(viewer, standing)
        if not well:
            _in_order(viewer, standing.diagnosis.checks, viewer.text("Other checks"))


def _state(viewer: Viewer, standing: board_reads.Standing) -> None:
    text, judgement = viewer.text, standing.row.verdict.judgement
    with st.container(horizontal=True, vertical_alignment="center", key="state"):
        muted = alert_reads.mute_flags(viewer.now).get(standing.row.verdict.integration.key, ())
        for look in looks_of(standing.row, muted):
            st.badge(viewer.text(look.word), icon=f":material/{look.icon}:", color=look.color)  # type: ignore[arg-type]
        with st.container(key="verdict", width="stretch"):
            st.markdown(plain(viewer.render(judgement.reason)))
        notices.as_of(viewer, standing.row.refreshed_at)
    parts = []
    since = alert_reads.since_of(standing.row, viewer.now)
    if since:
        parts.append(text("Since {time} ({ago})", time=viewer.instant(since), ago=viewer.ago(since)))
    parts.append(_last_run(viewer, standing))
    if judgement.lateness is None:
        parts.append(_not_judged(viewer, standing))
    else:
        if judgement.late_by:
            parts.append(text("Late by {duration}", duration=viewer.duration(judgement.late_by)))
        next_due = judgement.lateness.next_due_at
        if next_due:
            parts.append(
                text("Next due {time} ({ago})", time=viewer.instant(next_due), ago=viewer.ago(next_due))
            )
    st.markdown(" · ".join(part for part in parts if part))


def _not_judged(viewer: Viewer, standing: board_reads.Standing) -> str:
    """Why nothing is said of lateness: no schedule, or runs that nobody sees; nothing of what is paused."""
    if standing.row.verdict.integration.schedule is None:
        return viewer.text("No schedule, so lateness is not judged")
    if standing.row.verdict.judgement.paused:
        return ""
    return viewer.text("Lateness is not judged: its runs have not been looked at")


def _last_run(viewer: Viewer, standing: board_reads.Standing) -> str:
    run, at = standing.row.last_run, last_run_at(standing.row)
    if run is None:
        return viewer.text("No run seen yet")
    look = words.RUN[run.status]
    status = f":{look.color}[{viewer.text(look.word)}]"
    if run.status in (RunStatus.RUNNING, RunStatus.QUEUED):
        return viewer.text("Last run: {status}, since {ago}", status=status, ago=viewer.ago(at))
    return viewer.text("Last run: {status}, {ago}", status=status, ago=viewer.ago(at))


def _cause(viewer: Viewer, diagnosis: Diagnosis) -> None:
    if diagnosis.cause is None:
        return
    cause = plain(viewer.render(diagnosis.cause))
    call = f"  \n:gray[→ {plain(viewer.render(diagnosis.call))}]" if diagnosis.call else ""
    title = viewer.text("Probable cause")
    st.markdown(f"{title}: **{cause}**{call}")


def _checks(viewer: Viewer, checks: Sequence[Check]) -> None:
    wrong = [check for check in checks if check.outcome is Outcome.FAIL]
    if not wrong:
        well = viewer.text("No check fails: there is nothing to do.")
        st.markdown(f"{_ICON[Outcome.PASS]} {well}")
    for check in wrong:
        advice = f"  \n:gray[→ {viewer.text(check.next_step)}]" if check.next_step else ""
        title, icon = plain(viewer.text(check.title)), _MILD if check.mild else _ICON[check.outcome]
        st.markdown(f"{icon} **{title}** — {plain(viewer.render(check.evidence))}{advice}")


def _in_order(viewer: Viewer, checks: Sequence[Check], title: str) -> None:
    """What passes, and what is not known, one short line each."""
    rest = [check for check in checks if check.outcome is not Outcome.FAIL]
    if not rest:
        return
    passed = sum(check.outcome is Outcome.PASS for check in rest)
    panels.title(title, viewer.plural("{n} passed", "{n} passed", passed))
    ordered = sorted(rest, key=lambda check: check.outcome is Outcome.UNKNOWN)
    st.markdown("  \n".join(_line(viewer, check) for check in ordered))


def _line(viewer: Viewer, check: Check) -> str:
    evidence = plain(viewer.render(check.evidence))
    if check.outcome is Outcome.PASS:
        return f"{_ICON[check.outcome]} {evidence}"
    return f"{_ICON[check.outcome]} {plain(viewer.text(check.title))}: :gray[{evidence}]"


def _people(viewer: Viewer, integration: Integration) -> None:
    contacts = reads.settings().contacts
    if not integration.contacts:
        st.markdown(viewer.text("Nobody is named. Add `contacts` to this integration in the configuration."))
        return
    lines = []
    for place, ref in enumerate(integration.contacts, start=1):
        contact = contacts.get(ref.who)
        after = (
            viewer.text("at once")
            if not ref.after
            else viewer.text("after {duration}", duration=viewer.duration(ref.after))
        )
        name = plain(contact.name if contact else ref.who)
        lines.append(f"{place}. **{name}** · {after}{_reached(contact)}")
    st.markdown("\n".join(lines))


def _reached(contact: Contact | None) -> str:
    if contact is None:
        return ""
    mail = f"[{plain(contact.email)}](mailto:{quote(contact.email, safe='@')})" if contact.email else ""
    ways = [mail, plain(contact.phone or ""), plain(contact.telegram or "")]
    return "".join(f" · {way}" for way in ways if way)


def _promise(viewer: Viewer, standing: board_reads.Standing) -> None:
    slo, promise = standing.row.verdict.integration.slo, standing.promise
    if slo is None or promise is None:
        return
    text = viewer.text
    if promise.success is None:
        shown = ":gray[" + text("no data yet") + "]"
    else:
        color, mark = ("green", "✓") if promise.met else ("red", "✕")
        shown = f":{color}[{mark} **{viewer.percent(promise.success, 2)}**]"
    st.markdown(
        text(
            "Promised: {promised} of {of} over {window} · so far {kept}",
            promised=viewer.percent(slo.success, 2),
            of=text("runs") if slo.of == "runs" else text("records"),
            window=viewer.duration(slo.window),
            kept=shown,
        )
    )
