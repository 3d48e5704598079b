"""Limits of calls in fixed windows, and the three dialects of headers that tell of them."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass(frozen=True)
class Quota:
    """So many calls in each window; windows start at whole multiples of their length (UTC)."""

    name: str
    limit: int
    window: timedelta


@dataclass(frozen=True)
class Standing:
    """How a consumer stands with one quota after a call. refused: this call was one too many."""

    quota: Quota
    remaining: int
    resets_at: datetime
    refused: bool

    def resets_in(self, now: datetime) -> int:
        """Whole seconds until the window ends, at least 1."""
        return max(1, round((self.resets_at - now).total_seconds()))


class Limiter:
    """Counts the calls of each consumer."""

    def __init__(self) -> None:
        self._used: dict[tuple[str, str], tuple[int, int]] = {}

    def set_used(self, consumer: str, quota: Quota, used: int, now: datetime) -> None:
        """Say what was used of the present window before this process began to count."""
        self._used[(consumer, quota.name)] = (self._window(quota, now), used)

    def take(self, consumer: str, quotas: tuple[Quota, ...], now: datetime) -> list[Standing]:
        """Count one call against every quota; a refused call is charged to none."""
        before = {quota.name: self._so_far(consumer, quota, now) for quota in quotas}
        refused = {quota.name for quota in quotas if before[quota.name] >= quota.limit}
        standings = []
        for quota in quotas:
            used = before[quota.name] + (0 if refused else 1)
            window = self._window(quota, now)
            self._used[(consumer, quota.name)] = (window, used)
            ends = datetime.fromtimestamp((window + 1) * quota.window.total_seconds(), UTC)
            standings.append(Standing(quota, max(0, quota.limit - used), ends, quota.name in refused))
        return standings

    def _so_far(self, consumer: str, quota: Quota, now: datetime) -> int:
        window, used = self._used.get((consumer, quota.name), (0, 0))
        return used if window == self._window(quota, now) else 0

    @staticmethod
    def _window(quota: Quota, now: datetime) -> int:
        return int(now.timestamp() // quota.window.total_seconds())


def ietf(standings: list[Standing], now: datetime) -> dict[str, str]:
    """The current IETF draft: structured fields that carry several policies."""
    policies = [
        f'"{s.quota.name}";q={s.quota.limit};w={s.quota.window.total_seconds():.0f}' for s in standings
    ]
    limits = [f'"{s.quota.name}";r={s.remaining};t={s.resets_in(now)}' for s in standings]
    return {"RateLimit-Policy": ", ".join(policies), "RateLimit": ", ".join(limits)}


def ietf_early(standings: list[Standing], now: datetime) -> dict[str, str]:
    """The early IETF drafts: three fields for the tightest quota, the reset in seconds from now."""
    tight = _tightest(standings)
    return {
        "RateLimit-Limit": str(tight.quota.limit),
        "RateLimit-Remaining": str(tight.remaining),
        "RateLimit-Reset": str(tight.resets_in(now)),
    }


def legacy(standings: list[Standing], now: datetime) -> dict[str, str]:
    """The common X- fields for the tightest quota, the reset as epoch seconds."""
    tight = _tightest(standings)
    return {
        "X-RateLimit-Limit": str(tight.quota.limit),
        "X-RateLimit-Remaining": str(tight.remaining),
        "X-RateLimit-Reset": f"{tight.resets_at.timestamp():.0f}",
    }


def _tightest(standings: list[Standing]) -> Standing:
    return min(standings, key=lambda standing: standing.remaining / standing.quota.limit)
