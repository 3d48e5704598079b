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
"""What a line carries; None for a line that carries nothing."""

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
    # A text where the journal writes it, a number where some who hand it on do: neither keeps the message back.
    at: object = msgspec.field(default="", name="__REALTIME_TIMESTAMP")


_docker = msgspec.json.Decoder(_DockerLine).decode
_journal = msgspec.json.Decoder(_JournalLine).decode


def carried(lines: Sequence[bytes], wrapping: Wrapping) -> list[Carried | None]:
    """What each line carries; None for one that carries nothing."""
    reads = _READS[wrapping]
    return [reads(line) for line in lines]


def unwrapped(lines: Sequence[bytes], wrapping: Wrapping) -> list[bytes]:
    """The lines as they were written (see `texts_of`)."""
    return texts_of(lines, carried(lines, wrapping))


def texts_of(lines: Sequence[bytes], found: Sequence[Carried | None]) -> list[bytes]:
    """The lines as they were written, each at its place; the parts of one stand together where its last part does.

    What stdout and stderr write at the same time is told apart. A line that nothing carries stays as it is.
    """
    texts: list[bytes] = []
    parts: dict[str, list[bytes]] = {}
    places: dict[str, int] = {}
    for place, (line, one) in enumerate(zip(lines, found, strict=True)):
        if one is None:
            texts.append(line)
        elif one.open:
            parts.setdefault(one.stream, []).append(one.text)
            places[one.stream] = place
            texts.append(b"")
        else:
            texts.append(b"".join([*parts.pop(one.stream, ()), one.text]) if parts else one.text)
    for stream, open_parts in parts.items():
        texts[places[stream]] = b"".join(open_parts)
    return texts


def streams_of(found: Sequence[Carried | None]) -> list[str]:
    """Which stream wrote each line of a container's log."""
    return [one.stream if one is not None else "" for one in found]


def times_of(found: Sequence[Carried | None]) -> list[str]:
    """When each line was carried, as its carrier writes it; empty where it does not say."""
    return [one.at if one is not None else "" for one in found]


def carried_in(wrapping: Wrapping | None) -> Reads | None:
    """How the lines of a container's log are read; None where lines are never parted."""
    return _PARTED.get(wrapping) if wrapping is not None else None


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


def _of_syslog(line: bytes) -> Carried | None:
    found = _SYSLOG.match(line)
    if found is None:
        return None
    at = found[1] or found[2] or b""
    return Carried(line[found.end() :], "", at.decode("ascii", "replace"), False)


def _of_journal(line: bytes) -> Carried | None:
    try:
        found = _journal(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    text = line if found.MESSAGE is None else _message(found.MESSAGE)
    return Carried(text, "", str(found.at) if isinstance(found.at, str | int) else "", False)


def _message(told: str | list[int | str]) -> bytes:
    if isinstance(told, str):
        return told.encode("utf-8", "replace")
    # The journal writes what is no UTF-8 as a list of its bytes.
    if all(isinstance(one, int) for one in told):
        return bytes(one for one in told if isinstance(one, int) and 0 <= one < 256)
    # And a message that was given twice as a list of texts.
    return " ".join(map(str, told)).encode("utf-8", "replace")


_PARTED: dict[Wrapping, Reads] = {"docker": _of_docker, "cri": _of_cri}
_READS: dict[Wrapping, Reads] = {**_PARTED, "syslog": _of_syslog, "journald": _of_journal}
