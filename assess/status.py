"""The document of `status --json`: every integration's verdict and its numbers, for programs."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo

from assess.feeding import completed
from assess.judge import Verdict, verdict_of, worst
from assess.numbers import DAY, day_numbers, last_run, weakest_credential
from assess.plan import Watch, plan_of
from core.facts import CredentialFact, Facts, QuotaFact, RunFact, SourceFacts
from core.i18n import SOURCE_LANGUAGE, Translator, translator
from core.records import Json
from core.settings import Settings
from storage import queries
from storage.facts import facts_of
from storage.queries.export_fields import iso, whole

Document = dict[str, Json]


def status_document(
    connection: queries.Connection,
    settings: Settings,
    now: datetime,
    language: str = SOURCE_LANGUAGE,
    zone: tzinfo = UTC,
) -> Document:
    """{as_of, verdict, integrations: […]} as of now, read anew from what is stored.

    Times are ISO 8601 in UTC, ratios in [0, 1], None where nothing is known. runs_24h are counted runs
    (succeeded, partial, failed); last_run is the newest ended run, else the newest open one; credential is
    the key to worry about; a source's age_seconds counts from its last good poll. zone: of the times in a reason.
    """
    plan, says = plan_of(completed(connection, settings)), translator(language, zone)
    windows = {*plan.windows, DAY}
    known = facts_of(connection, now, windows, set(plan.watches), plan.histograms, plan.volumes)
    verdicts, integrations = [], []
    for key, watch in plan.watches.items():
        facts = known.get(key) or Facts(integration=key, as_of=now, known_since=now)
        verdict = verdict_of(watch, facts, now)
        verdicts.append(verdict)
        integrations.append(_integration(watch, facts, verdict, now, says))
    return {"as_of": iso(now), "verdict": worst(verdicts).value, "integrations": integrations}


def _integration(watch: Watch, facts: Facts, verdict: Verdict, now: datetime, says: Translator) -> Document:
    one, numbers = watch.integration, day_numbers(facts, watch.context)
    return {
        "key": one.key,
        "name": one.name,
        "method": one.method,
        "health": verdict.health.value,
        "reason": says.render(verdict.reason),
        "late": verdict.judgement.late,
        "last_run": _run(last_run(facts)),
        "runs_24h": numbers.runs,
        "failed_runs_24h": numbers.failed,
        "run_failure_ratio_24h": numbers.failure_ratio,
        "failed_records_open": facts.failed_records_open,
        "api_calls_24h": numbers.calls,
        "api_errors_24h": numbers.errors,
        "api_error_ratio_24h": numbers.error_ratio,
        "quotas": [_quota(fact) for fact in facts.quotas],
        "credential": _credential(weakest_credential(facts)),
        "sources": [
            _source(source.name, source.type, facts.sources.get(source.name), now) for source in one.sources
        ],
    }


def _run(run: RunFact | None) -> Document | None:
    if run is None:
        return None
    return {
        "external_id": run.external_id,
        "job": run.job,
        "status": run.status.value,
        "started_at": iso(run.started_at),
        "finished_at": iso(run.finished_at),
    }


def _quota(fact: QuotaFact) -> Document:
    reading = fact.reading
    return {
        "scope": reading.scope,
        "quota": reading.quota,
        "limit": whole(reading.limit),
        "remaining": whole(reading.remaining),
        "used_ratio": reading.used_ratio,
        "resets_at": iso(reading.resets_at),
    }


def _credential(fact: CredentialFact | None) -> Document | None:
    if fact is None:
        return None
    reading = fact.reading
    return {
        "source": fact.source,
        "valid": reading.valid,
        "reason": reading.reason,
        "expires_at": iso(reading.expires_at),
        "observed_at": iso(reading.observed_at),
    }


def _source(name: str, kind: str, facts: SourceFacts | None, now: datetime) -> Document:
    last_ok_at = facts.last_ok_at if facts else None
    return {
        "name": name,
        "type": kind,
        "last_poll_at": iso(facts.last_poll_at if facts else None),
        "last_result": facts.last_result.value if facts and facts.last_result else None,
        "error": facts.last_error if facts else None,
        "age_seconds": None if last_ok_at is None else max(0.0, (now - last_ok_at).total_seconds()),
    }
