"""One line of the gateway's access log, as nginx writes it: combined with the request's time, or JSON."""

import json
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Call:
    """One request as the gateway saw it. seconds: from its first byte to the answer's last."""

    at: datetime
    consumer: str
    method: str
    path: str
    status: int
    bytes: int
    seconds: float
    agent: str
    address: str = "127.0.0.1"


def combined(call: Call) -> str:
    """nginx's combined format with $request_time behind it."""
    return (
        f"{call.address} - {call.consumer or '-'} [{call.at:%d/%b/%Y:%H:%M:%S} +0000] "
        f'"{call.method} {call.path} HTTP/1.1" {call.status} {call.bytes} "-" "{call.agent}" {call.seconds:.3f}'
    )


def json_line(call: Call) -> str:
    """nginx's log_format with escape=json."""
    return json.dumps(
        {
            "time": call.at.isoformat(timespec="seconds"), "msec": f"{call.at.timestamp():.3f}",
            "remote_addr": call.address, "consumer": call.consumer, "method": call.method, "uri": call.path,
            "status": call.status, "bytes": call.bytes, "request_time": round(call.seconds, 3),
            "user_agent": call.agent,
        },
        ensure_ascii=False, separators=(",", ":"),
    )  # fmt: skip


FORMATS = {"combined": combined, "json": json_line}
GARBAGE = (
    '10.20.0.9 - - [{at:%d/%b/%Y:%H:%M:%S} +0000] "\\x16\\x03\\x01\\x02\\x00\\x01" 400 150 "-" "-" 0.000'
)
