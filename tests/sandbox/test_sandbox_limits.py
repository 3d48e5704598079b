"""Rate limits: counted in windows, told in three dialects, refused with Retry-After."""

from datetime import UTC, datetime, timedelta

from sandbox.limits import Limiter, Quota, ietf, ietf_early, legacy
from tests.sandbox.conftest import Started, bearer

NOW = datetime(2026, 3, 2, 10, 0, 20, tzinfo=UTC)
MINUTE = Quota("per-minute", 3, timedelta(minutes=1))
DAY = Quota("per-day", 5, timedelta(days=1))


def test_a_window_that_is_over_begins_anew() -> None:
    """The fourth call of a minute is refused, the first of the next is not."""
    limiter = Limiter()
    refused = [limiter.take("crm", (MINUTE,), NOW)[0].refused for _ in range(4)]
    assert refused == [False, False, False, True]
    assert not limiter.take("crm", (MINUTE,), NOW + timedelta(minutes=1))[0].refused


def test_consumers_do_not_share_a_limit() -> None:
    """One consumer's calls leave another's alone."""
    limiter = Limiter()
    for _ in range(4):
        limiter.take("crm", (MINUTE,), NOW)
    assert limiter.take("okta", (MINUTE,), NOW)[0].remaining == 2


def test_a_refused_call_is_charged_to_no_quota() -> None:
    """What the minute refuses does not use up the day."""
    limiter = Limiter()
    standings = [limiter.take("crm", (MINUTE, DAY), NOW) for _ in range(6)][-1]
    assert [standing.remaining for standing in standings] == [0, 2]


def test_the_three_dialects_tell_the_same() -> None:
    """Structured fields for all quotas; the others for the tightest, with a delta or an epoch reset."""
    standings = Limiter().take("crm", (MINUTE, DAY), NOW)
    assert ietf(standings, NOW) == {
        "RateLimit-Policy": '"per-minute";q=3;w=60, "per-day";q=5;w=86400',
        "RateLimit": '"per-minute";r=2;t=40, "per-day";r=4;t=50380',
    }
    assert ietf_early(standings, NOW)["RateLimit-Reset"] == "40"
    assert legacy(standings, NOW)["X-RateLimit-Reset"] == str(int(NOW.timestamp()) + 40)


async def test_a_used_up_limit_answers_429_with_a_wait(started: Started) -> None:
    """SuccessFactors has 60 calls a minute; then 429, Retry-After, and headers that say 0 remain."""
    async with started() as (sandbox, client):
        quota = Quota("per-minute", 60, timedelta(minutes=1))
        sandbox.world.limiter.set_used("successfactors", quota, 60, sandbox.world.clock())
        answer = await client.get("/api/v1/users?limit=1", headers=bearer(sandbox, "successfactors"))
        if answer.status_code == 200:  # the minute turned between the two lines above
            return
        assert answer.status_code == 429
        assert 1 <= int(answer.headers["Retry-After"]) <= 60
        assert '"per-minute";r=0' in answer.headers["RateLimit"]


async def test_endpoints_speak_different_dialects(started: Started) -> None:
    """Users speak the IETF draft, tasks the X- fields, HR systems the early draft."""
    async with started() as (sandbox, client):
        headers = bearer(sandbox, "crm")
        assert "RateLimit" in (await client.get("/api/v1/users", headers=headers)).headers
        assert "X-RateLimit-Reset" in (await client.get("/api/v1/tasks", headers=headers)).headers
        password = sandbox.world.keys.of("hr").secret
        found = await client.get("/hr/peoplesoft/v1/changes", auth=("monitor", password))
        assert "RateLimit-Reset" in found.headers
