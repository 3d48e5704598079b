"""Logs: one line an event, secrets taken out of ours and of everybody else's."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from core import logs


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Where the logs of the test go; the process's logging is as before afterwards."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    stream = io.StringIO()
    logs.set_up(lambda text: text.replace("hunter2", "***"), as_json=True, stream=stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_events_are_structured(stream: io.StringIO) -> None:
    """An event keeps its values' names and kinds, with level, logger and time."""
    structlog.get_logger("collectors.run").info("poll done", source="a/b", records=5)
    (line,) = lines(stream)
    assert line["event"] == "poll done"
    assert (line["source"], line["records"], line["level"], line["logger"]) == (
        "a/b",
        5,
        "info",
        "collectors.run",
    )
    assert str(line["timestamp"]).endswith("Z")


def test_secrets_are_taken_out_wherever_they_stand(stream: io.StringIO) -> None:
    """In the event, in values however nested, in objects, in tracebacks, and in other libraries' logs."""
    log = structlog.get_logger("x")
    log.info("got hunter2", a="hunter2", b={"c": ["x hunter2", {"hunter2": 1}]}, d=ValueError("hunter2"))
    log.info("see", password="plain", nested={"api_key": "plain"}, header="Authorization: Bearer plain1234")
    log.info("at postgresql://u:plain@h/x with token=plain&x=1 and %s", "hunter2")
    try:
        raise ValueError("hunter2")
    except ValueError:
        log.exception("failed")
        logging.getLogger("other").exception("failed %s", "hunter2", extra={"more": "hunter2"})
    text = stream.getvalue()
    assert len(lines(stream)) == 5
    assert "hunter2" not in text
    assert "plain" not in text
    assert "Traceback" in text


def test_a_new_configuration_brings_its_own_secrets(stream: io.StringIO) -> None:
    """The processor's redaction can be exchanged, and a second set-up replaces the first."""
    redaction = logs.set_up(as_json=True, stream=stream)
    structlog.get_logger("x").info("abc")
    redaction.redact = lambda text: text.replace("abc", "***")
    structlog.get_logger("x").info("abc")
    assert [line["event"] for line in lines(stream)] == ["abc", "***"]


def test_other_libraries_are_heard_from_warning_on(stream: io.StringIO) -> None:
    """An HTTP client's line for every call is no news."""
    logging.getLogger("httpx").info("GET https://h/?key=1")
    logging.getLogger("apscheduler.scheduler").warning("missed")
    assert [line["event"] for line in lines(stream)] == ["missed"]


def test_people_get_lines_they_can_read() -> None:
    """On a terminal an event is one coloured line, not JSON."""
    stream = io.StringIO()
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    logs.set_up(as_json=False, stream=stream)
    structlog.get_logger("x").warning("watch out", n=1)
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()
    assert "watch out" in stream.getvalue()
    assert "n=1" in stream.getvalue()
