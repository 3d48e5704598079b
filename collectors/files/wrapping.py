"""Takes log lines out of what carries them: container logs of Docker and Kubernetes, syslog, the journal (pure)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Literal

import msgspec

Wrapping = Literal["docker", "cri", "syslog", "journald"]
Continued = Callable[[bytes], bool]
"""Whether a line is only a part, whose rest stands in the next line."""

_CRI = re.compile(rb"\d{4}-\d\d-\d\dT\S+ std(?:out|err) ([FP])(?::\S+)? ")
_SYSLOG = re.compile(
    rb"(?:<\d{1,3}>)?(?:"
    rb"1 (?:-|\d{4}-\d\d-\d\dT\S+) \S+ \S+ \S+ \S+ (?:-|(?:\[(?:[^\]\\\"]|\"(?:[^\"\\]|\\.)*\"|\\.)*\])+)(?: |$)(?:\xef\xbb\xbf)?"
    rb"|(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d(?:\.\d+)?|\d{4}-\d\d-\d\dT\S+) \S+ [^\s:\[]+(?:\[[^\]\s]*\])?: ?"
    rb")"
)


class _DockerLine(msgspec.Struct):
    log: str | None = None


class _JournalLine(msgspec.Struct):
    MESSAGE: str | list[int] | None = None


_docker = msgspec.json.Decoder(_DockerLine).decode
_journal = msgspec.json.Decoder(_JournalLine).decode


def unwrapped(lines: Sequence[bytes], wrapping: Wrapping) -> list[bytes]:
    """The lines as they were written, each at its place; parts of one stand together where the last part does.

    A line that nothing carries stays as it is.
    """
    take, continued = _TAKES[wrapping], continued_in(wrapping)
    if continued is None:
        return [take(line) for line in lines]
    found: list[bytes] = []
    parts: list[bytes] = []
    for line in lines:
        parts.append(take(line))
        if continued(line):
            found.append(b"")
            continue
        found.append(b"".join(parts) if len(parts) > 1 else parts[0])
        parts.clear()
    if parts:
        found[-1] = b"".join(parts)
    return found


def continued_in(wrapping: Wrapping | None) -> Continued | None:
    """How the parts of a long line are told; None where lines are never parted."""
    return _CONTINUED.get(wrapping) if wrapping is not None else None


def _of_docker(line: bytes) -> bytes:
    try:
        text = _docker(line).log
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return line
    return line if text is None else text.rstrip("\r\n").encode("utf-8", "replace")


def _of_cri(line: bytes) -> bytes:
    found = _CRI.match(line)
    return line[found.end() :] if found else line


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
    return bytes(one for one in message if 0 <= one < 256)


def _docker_continued(line: bytes) -> bool:
    try:
        text = _docker(line).log
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False
    return text is not None and not text.endswith("\n")


def _cri_continued(line: bytes) -> bool:
    found = _CRI.match(line)
    return found is not None and found[1] == b"P"


_TAKES: dict[Wrapping, Callable[[bytes], bytes]] = {
    "docker": _of_docker, "cri": _of_cri, "syslog": _of_syslog, "journald": _of_journal,
}  # fmt: skip
_CONTINUED: dict[Wrapping, Continued] = {"docker": _docker_continued, "cri": _cri_continued}
