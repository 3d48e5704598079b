"""Sets up structured logs: one line an event, with every secret taken out, other libraries' too."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Callable, Mapping
from typing import TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

Redact = Callable[[str], str]
HIDDEN = "***"
_SECRET_NAME = re.compile(
    r"passw|passwd|pwd|secret|token|authorization|api_?key|cookie|credential|private_?key", re.IGNORECASE
)
_SECRET_TEXT = re.compile(
    r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{6,}"
    r"|((?:password|passwd|pwd|secret|token|api[_-]?key|access_token|client_secret)[\"']?\s*[=:]\s*[\"']?)[^\s\"'&,;]+"
    r"|(://[^\s/:@]*:)[^\s/@]+(?=@)"
)
_MAX_DEPTH = 6


class Redaction:
    """The processor that hides secrets: values known to be secret, and what is named or looks like one.

    Give it another `redact` when a changed configuration is taken over.
    """

    def __init__(self, redact: Redact = str) -> None:
        self.redact = redact

    def __call__(self, logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
        """The event without secrets."""
        return {key: self._value(str(key), value, _MAX_DEPTH) for key, value in event.items()}

    def text(self, text: str) -> str:
        """A text without secrets."""
        return _SECRET_TEXT.sub(_hidden, self.redact(text))

    def _value(self, key: str, value: object, depth: int) -> object:
        if value is None or isinstance(value, bool | int | float):
            return value
        if _SECRET_NAME.search(key):
            return HIDDEN
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping) and depth:
            return {
                self.text(str(name)): self._value(str(name), item, depth - 1) for name, item in value.items()
            }
        if isinstance(value, list | tuple | set | frozenset) and depth:
            return [self._value(key, item, depth - 1) for item in value]
        return self.text(str(value))


def _hidden(found: re.Match[str]) -> str:
    if found[1]:
        return f"{found[1]} {HIDDEN}"
    return f"{found[2] or found[3]}{HIDDEN}"


def set_up(
    redact: Redact = str, *, level: str = "INFO", as_json: bool | None = None, stream: TextIO | None = None
) -> Redaction:
    """Send structlog's and the standard library's logs to one stream, redacted.

    redact: usually `settings.redact`; level: of our own logs (other libraries' from WARNING on);
    as_json: default, JSON unless the stream is a terminal; stream: default stderr. May be called again.
    """
    stream = stream or sys.stderr
    redaction = Redaction(redact)
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        redaction,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    in_json = not stream.isatty() if as_json is None else as_json
    _attach(stream, shared, _renderer(stream, in_json=in_json), level)
    return redaction


def _renderer(stream: TextIO, *, in_json: bool) -> Processor:
    if in_json:
        return structlog.processors.JSONRenderer(ensure_ascii=False, default=str)
    return structlog.dev.ConsoleRenderer(colors=stream.isatty())


class _Handler(logging.StreamHandler[TextIO]):
    """Ours, so that a second set-up finds and replaces it."""


def _attach(stream: TextIO, shared: list[Processor], renderer: Processor, level: str) -> None:
    handler = _Handler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder()],
            processors=[*shared, renderer],
        )
    )
    root = logging.getLogger()
    for old in [one for one in root.handlers if isinstance(one, _Handler)]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level)
    for noisy in (
        "httpx",
        "httpcore",
        "apscheduler",
        "sqlalchemy",
        "alembic",
        "watchdog",
        "urllib3",
        "asyncio",
    ):
        logging.getLogger(noisy).setLevel(logging.WARNING)
