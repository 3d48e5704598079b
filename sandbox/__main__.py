"""The command `python -m sandbox`: the sandbox in the foreground until SIGTERM or Ctrl-C."""

import argparse
import asyncio
import os
import signal
import sys
from pathlib import Path

from sandbox.config import DASHBOARD
from sandbox.server import DEFAULT_PORT, SandboxBusyError, running
from sandbox.troubles import ALIASES, SCENARIOS, expand
from sandbox.world import HISTORY_DAYS


def main(arguments: list[str] | None = None) -> int:
    """Run until told to stop; 0 after a clean stop, 1 when it could not start, 2 for wrong usage."""
    options = _options(arguments)
    try:
        asyncio.run(_run(options))
    except (SandboxBusyError, OSError) as error:
        sys.stderr.write(f"sandbox: {error}\n")
        return 1
    return 0


async def _run(options: argparse.Namespace) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with running(
        options.dir,
        port=options.port,
        dashboard=options.dashboard,
        seed=options.seed,
        scenarios=options.scenario,
        days=options.days,
    ) as sandbox:
        sys.stdout.write(f"{sandbox.url}\n")
        sys.stdout.flush()
        if options.with_parent:
            await _either(stop, os.getppid())
        else:
            await stop.wait()


async def _either(stop: asyncio.Event, parent: int) -> None:
    while not stop.is_set() and os.getppid() == parent:
        try:
            await asyncio.wait_for(stop.wait(), timeout=1.0)
        except TimeoutError:
            continue


def _options(arguments: list[str] | None) -> argparse.Namespace:
    known = ", ".join([*SCENARIOS, *ALIASES])
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=sys.modules["sandbox"].__doc__)
    parser.add_argument(
        "--dir", type=Path, default=Path("data/sandbox"), help="its directory (default: %(default)s)"
    )
    parser.add_argument(
        "--port", type=int, default=DEFAULT_PORT, help="default %(default)s; 0: any; taken: the next free one"
    )
    parser.add_argument(
        "--dashboard", default=DASHBOARD, metavar="URL", help="where people reach it (default: %(default)s)"
    )
    parser.add_argument("--seed", type=int, default=7, help="of the invented history (a new directory only)")
    parser.add_argument("--days", type=int, default=HISTORY_DAYS, help="of history (default: %(default)s)")
    parser.add_argument(
        "--scenario", action="append", metavar="NAME", help=f"on from the start, may be repeated: {known}"
    )
    parser.add_argument(
        "--with-parent", action="store_true", help="stop when the process that started it is gone"
    )
    options = parser.parse_args(arguments)
    try:
        options.scenario = None if options.scenario is None else expand(options.scenario)
    except ValueError as error:
        parser.error(str(error))
    return options


if __name__ == "__main__":
    raise SystemExit(main())
