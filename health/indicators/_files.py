"""What several indicators ask about files: which deliveries are of the same file, and which is the newest."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta

from core.facts import Facts, FileFact
from core.units import Window

_VARIABLE = re.compile(r"[\d_.\-\s()]+")


def family(name: str) -> str:
    """The name without its folder, numbers and dates: `in/staff_2026-11-24 (1).csv` is `staffcsv`."""
    return _VARIABLE.sub("", name.replace("\\", "/").rpartition("/")[2]).casefold()


def deliveries(facts: Facts, window: Window | None, now: datetime) -> Mapping[object, list[FileFact]]:
    """The window's deliveries by source and file, newest first; a window of runs holds them all."""
    span = window.duration if window and window.duration else timedelta.max
    found: defaultdict[object, list[FileFact]] = defaultdict(list)
    for file in facts.files:
        if now - file.arrived_at <= span:
            found[(file.source, family(file.name))].append(file)
    return found
