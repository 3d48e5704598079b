"""How the words of alerting are stored: stable integer codes, added to at the end and never changed."""

from core.alert_states import EventKind, Phase, Reason, Severity
from core.alerting import NoticeKind, NoticeState

PHASE_CODE: dict[Phase, int] = {Phase.NORMAL: 0, Phase.PENDING: 1, Phase.FIRING: 2, Phase.RECOVERING: 3}
PHASE_OF = {code: phase for phase, code in PHASE_CODE.items()}

SEVERITY_CODE: dict[Severity | None, int] = {None: 0, Severity.WARNING: 1, Severity.CRITICAL: 2}
SEVERITY_OF = {code: severity for severity, code in SEVERITY_CODE.items()}

REASON_CODE: dict[Reason, int] = {
    Reason.THRESHOLD: 0,
    Reason.NO_DATA: 1,
    Reason.ERROR: 2,
    Reason.VANISHED: 3,
}
REASON_OF = {code: reason for reason, code in REASON_CODE.items()}

EVENT_CODE: dict[EventKind, int] = {
    EventKind.FIRED: 0,
    EventKind.WORSENED: 1,
    EventKind.EASED: 2,
    EventKind.RECOVERED: 3,
    EventKind.VANISHED: 4,
    EventKind.FLAPPING: 5,
    EventKind.STEADY: 6,
    EventKind.ACKNOWLEDGED: 7,
    EventKind.UNACKNOWLEDGED: 8,
}
EVENT_OF = {code: kind for kind, code in EVENT_CODE.items()}

NOTICE_CODE: dict[NoticeKind, int] = {
    NoticeKind.FIRED: 0,
    NoticeKind.WORSENED: 1,
    NoticeKind.EASED: 2,
    NoticeKind.RECOVERED: 3,
    NoticeKind.PASSED: 4,
    NoticeKind.REPEATED: 5,
    NoticeKind.ESCALATED: 6,
    NoticeKind.FLAPPING: 7,
    NoticeKind.CLOSED: 8,
}
NOTICE_OF = {code: kind for kind, code in NOTICE_CODE.items()}

STATE_CODE: dict[NoticeState, int] = {
    NoticeState.WAITING: 0,
    NoticeState.DELIVERED: 1,
    NoticeState.DEAD: 2,
    NoticeState.COLLAPSED: 3,
}
STATE_OF = {code: state for state, code in STATE_CODE.items()}

WAITING = STATE_CODE[NoticeState.WAITING]
DELIVERED = STATE_CODE[NoticeState.DELIVERED]
DEAD = STATE_CODE[NoticeState.DEAD]
COLLAPSED = STATE_CODE[NoticeState.COLLAPSED]
ENDINGS = (EVENT_CODE[EventKind.RECOVERED], EVENT_CODE[EventKind.VANISHED])
"""The kinds of event that end an episode."""
