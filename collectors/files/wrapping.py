"""Takes log lines out of what carries them: container logs of Docker and Kubernetes, syslog, the journal (pure)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

import msgspec

Wrapping = Literal["docker", "cri", "syslog", "journald"]


class Carried(NamedTuple):
    """A line, or a part of one. text: what was written; stream: where; at: when, as the file has it; open: the
    rest stands in the stream's next line."""

    text: bytes
    stream: str
    at: str
    open: bool


Reads = Callable[[bytes], Carried | None]
"""What a line of a container's log carries; None for a line that carries nothing."""

_CRI = re.compile(rb"(\d{4}-\d\d-\d\dT\S+) (std(?:out|err)) ([FP])(?::\S+)? ")
_SYSLOG = re.compile(
    rb"(?:<\d{1,3}>)?(?:"
    rb"1 (?:-|(\d{4}-\d\d-\d\dT\S+)) \S+ \S+ \S+ \S+ (?:-|(?:\[(?:[^\]\\\"]|\"(?:[^\"\\]|\\.)*\"|\\.)*\])+)(?: |$)(?:\xef\xbb\xbf)?"
    rb"|([A-Z][a-z]{2} [ \d]\d (?:\d{4} )?\d\d:\d\d:\d\d(?:\.\d+)?(?: \d{4})?|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\S+)"
    rb"(?: [^\s:\[]+)?(?: [^\s:\[]+(?:\[[^\]\s]*\])?| [\w ./-]{1,60}\[\d+\]): ?"
    rb")"
)


class _DockerLine(msgspec.Struct):
    log: str | None = None
    stream: str = ""
    time: str = ""


class _JournalLine(msgspec.Struct):
    MESSAGE: str | list[int | str] | None = None
    at: str = msgspec.field(default="", name="__REALTIME_TIMESTAMP")


_docker = msgspec.json.Decoder(_DockerLine).decode
_journal = msgspec.json.Decoder(_JournalLine).decode


def unwrapped(lines: Sequence[bytes], wrapping: Wrapping) -> list[bytes]:
    """The lines as they were written, each at its place; the parts of one stand together where its last part does.

    What stdout and stderr write at the same time is told apart. A line that nothing carries stays as it is.
    """
    reads = carried_in(wrapping)
    if reads is None:
        take = _TAKES[wrapping]
        return [take(line) for line in lines]
    found: list[bytes] = []
    parts: dict[str, list[bytes]] = {}
    places: dict[str, int] = {}
    for place, line in enumerate(lines):
        one = reads(line)
        if one is None:
            found.append(line)
        elif one.open:
            parts.setdefault(one.stream, []).append(one.text)
            places[one.stream] = place
            found.append(b"")
        else:
            found.append(b"".join([*parts.pop(one.stream, ()), one.text]))
    for stream, texts in parts.items():
        found[places[stream]] = b"".join(texts)
    return found


def streams_of(lines: Sequence[bytes], wrapping: Wrapping | None) -> list[str] | None:
    """Which stream wrote each line of a container's log; None where a file has one alone."""
    reads = carried_in(wrapping)
    if reads is None:
        return None
    return [one.stream if (one := reads(line)) is not None else "" for line in lines]


def times_of(lines: Sequence[bytes], wrapping: Wrapping) -> list[str]:
    """When each line was carried, as its carrier writes it; empty where it does not say."""
    tells = _TIMES[wrapping]
    return [tells(line) for line in lines]


def carried_in(wrapping: Wrapping | None) -> Reads | None:
    """How the lines of a container's log are read; None where lines are never parted."""
    return _CARRIED.get(wrapping) if wrapping is not None else None


def _of_docker(line: bytes) -> Carried | None:
    try:
        found = _docker(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    if found.log is None:
        return None
    text = found.log.rstrip("\r\n").encode("utf-8", "replace")
    return Carried(text, found.stream, found.time, not found.log.endswith("\n"))


def _of_cri(line: bytes) -> Carried | None:
    found = _CRI.match(line)
    if found is None:
        return None
    return Carried(
        line[found.end() :], found[2].decode(), found[1].decode("ascii", "replace"), found[3] == b"P"
    )


def _of_syslog(line: bytes) -> bytes:
    found = _SYSLOG.match(line)
    return line[found.end() :] if found else line


def _of_journal(line: bytes) -> bytes:
    try:
        message = _journal(line).MESSAGE
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return line
    if message is None:
        return line
    if isinstance(message, str):
        return message.encode("utf-8", "replace")
    # The journal writes what is no UTF-8 as a list of its bytes.
    if all(isinstance(one, int) for one in message):
        return bytes(one for one in message if isinstance(one, int) and 0 <= one < 256)
    # And a message that was given twice as a list of texts.
    return " ".join(map(str, message)).encode("utf-8", "replace")


_TAKES: dict[Wrapping, Callable[[bytes], bytes]] = {"syslog": _of_syslog, "journald": _of_journal}
_CARRIED: dict[Wrapping, Reads] = {"docker": _of_docker, "cri": _of_cri}


def _when(reads: Reads) -> Callable[[bytes], str]:
    return lambda line: one.at if (one := reads(line)) is not None else ""


def _when_of_syslog(line: bytes) -> str:
    found = _SYSLOG.match(line)
    return (found[1] or found[2] or b"").decode("ascii", "replace") if found else ""


def _when_of_journal(line: bytes) -> str:
    try:
        return _journal(line).at
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return ""


_TIMES: dict[Wrapping, Callable[[bytes], str]] = {
    "docker": _when(_of_docker),
    "cri": _when(_of_cri),
    "syslog": _when_of_syslog,
    "journald": _when_of_journal,
}
