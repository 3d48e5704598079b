"""How politely the systems that are watched are called: the bounds of every call."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from collectors.retry import RetryPolicy


@dataclass(frozen=True, slots=True)
class Manners:
    """How politely calls are made.

    connect, read: without a byte for so long (read: nor is a request taken for longer); whole: of one attempt; body_bytes: of one answer,
    decompressed; per_host: concurrent calls; redirects: followed in a row.
    """

    connect: timedelta = timedelta(seconds=5)
    read: timedelta = timedelta(seconds=30)
    whole: timedelta = timedelta(seconds=120)
    body_bytes: int = 50_000_000
    per_host: int = 4
    redirects: int = 5
    retry: RetryPolicy = field(default_factory=RetryPolicy)
