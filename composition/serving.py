"""Starts the dashboard's server: alone, or beside the sandbox that it then watches."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from composition.names import CONFIG_VARIABLE
from core.errors import MonitorError

ROOT = Path(__file__).resolve().parent.parent
ADDRESS = "127.0.0.1"
SANDBOX_SECONDS = 90.0
STOP_SECONDS = 30.0


class ServingError(MonitorError):
    """The dashboard or the sandbox could not be started; the text says why and what to do."""


def serve(configuration: Path, port: int) -> None:
    """Become the dashboard's server, with the worker inside. Does not return."""
    command, environment = _dashboard(configuration, _free(port))
    sys.stdout.flush()
    os.execve(command[0], command, environment)  # noqa: S606 (our own interpreter, no shell)


def serve_sandbox(folder: Path, port: int, scenarios: Sequence[str]) -> int:
    """Run the sandbox and, on its configuration, the dashboard, until one of them ends.

    folder: where sandbox and database live. Returns the exit code. Raises ServingError.
    """
    port = _free(port)
    with _sandbox(folder, f"http://{ADDRESS}:{port}", scenarios) as sandbox:
        command, environment = _dashboard(folder / "monitor.yaml", port)
        with subprocess.Popen(command, env=environment, cwd=folder) as dashboard, _passing_on(dashboard):
            while dashboard.poll() is None:
                if sandbox.poll() is not None:
                    dashboard.terminate()
                    dashboard.wait(STOP_SECONDS)
                    raise ServingError(f"the sandbox ended with code {sandbox.returncode}")
                time.sleep(0.2)
            return 0 if dashboard.returncode in (0, -signal.SIGTERM, -signal.SIGINT) else dashboard.returncode


def _dashboard(configuration: Path, port: int) -> tuple[list[str], dict[str, str]]:
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py")]
    command += ["--server.address", ADDRESS, "--server.port", str(port), "--browser.serverAddress", ADDRESS]
    return command, {**os.environ, CONFIG_VARIABLE: str(configuration.resolve())}


@contextmanager
def _sandbox(folder: Path, dashboard: str, scenarios: Sequence[str]) -> Iterator[subprocess.Popen[bytes]]:
    """The sandbox in a process of its own, once it answers; stopped at the end. dashboard: its address."""
    command = [
        sys.executable,
        "-m",
        "sandbox",
        "--dir",
        str(folder),
        "--with-parent",
        "--dashboard",
        dashboard,
    ]
    for scenario in scenarios:
        command += ["--scenario", scenario]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    ready = folder / "sandbox.json"
    ready.unlink(missing_ok=True)
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as sandbox:
        try:
            deadline = time.monotonic() + SANDBOX_SECONDS
            while not ready.exists():
                if sandbox.poll() is not None:
                    raise ServingError("the sandbox did not start; its reason stands above")
                if time.monotonic() > deadline:
                    raise ServingError(f"the sandbox did not answer within {SANDBOX_SECONDS:.0f} s")
                time.sleep(0.05)
            yield sandbox
        finally:
            sandbox.terminate()
            sandbox.wait(STOP_SECONDS)


@contextmanager
def _passing_on(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """Hand SIGTERM and Ctrl-C on to the process, whose clean stop then ends us as well."""

    def pass_on(number: int, _: FrameType | None) -> None:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM if number == signal.SIGTERM else signal.SIGINT)

    before = {number: signal.signal(number, pass_on) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _free(port: int) -> int:
    """The port itself, or a free one for 0. Raises ServingError when it is taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ADDRESS, port))
        except OSError as error:
            raise ServingError(
                f"port {port} on {ADDRESS}: {error.strerror}; give another with --port {port + 1}"
                f" (`make run PORT={port + 1}`)"
            ) from None
        return int(probe.getsockname()[1])
