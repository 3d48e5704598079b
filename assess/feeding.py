"""The configuration as its shared sources complete it: what they feed, what they made, what is unrouted."""

from __future__ import annotations

from functools import lru_cache

from core.alerting import ThresholdOverride
from core.routing import UNROUTED
from core.same import Same
from core.settings import Integration, Settings, SourceSettings
from storage import queries
from storage.queries.routes import Created, Feeds, feeds


def completed(connection: queries.Connection, settings: Settings) -> Settings:
    """The settings in which every shared source stands under each integration that it feeds.

    Integrations that a route made are among them, and the row `unrouted` is the last. The thresholds that
    people tuned are in them too (`Settings.overrides`). With neither, and for settings completed before,
    these are the settings themselves.
    """
    tuned = _tuned(Same(settings), queries.overrides(connection))
    return _completed(Same(tuned), feeds(connection)) if settings.sources else tuned


@lru_cache(maxsize=4)
def _tuned(held: Same[Settings], overrides: tuple[ThresholdOverride, ...]) -> Settings:
    settings = held.held
    return settings if overrides == settings.overrides else settings.tuned_by(overrides)


@lru_cache(maxsize=4)
def _completed(held: Same[Settings], fed: Feeds) -> Settings:
    settings = held.held
    by_name = {source.name: source for source in settings.sources}
    feeding: dict[str, list[SourceSettings]] = {}
    for name, key in fed.fed:
        if name in by_name:
            feeding.setdefault(key, []).append(by_name[name])
    integrations = [
        one.model_copy(update={"sources": (*one.sources, *feeding[one.key])}) if one.key in feeding else one
        for one in settings.integrations
    ]
    known = {one.key for one in integrations}
    integrations += [_made(one, feeding.get(one.key, [])) for one in fed.created if one.key not in known]
    integrations.append(_made(Created(UNROUTED, "Unrouted", "-"), list(settings.sources)))
    return settings.model_copy(update={"integrations": tuple(integrations), "sources": ()})


def _made(created: Created, sources: list[SourceSettings]) -> Integration:
    return Integration(
        key=created.key,
        name=created.name,
        method="custom",
        source_system=created.source_system,
        sources=tuple(sources),
    )
