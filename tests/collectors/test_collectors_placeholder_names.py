"""A name in braces that stands for nothing is told before anybody is asked; other languages keep their braces."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from collectors.sources._probe_settings import ProbeSettings
from collectors.sources._rest_settings import RestSettings

FIELDS = {"external_id": "id", "status": "state"}


def rest(request: dict[str, Any] | None = None, **more: Any) -> RestSettings:
    call = {"url": "https://one/runs", **(request or {})}
    return RestSettings.model_validate(
        {"type": "rest", "name": "api", "request": call, "fields": FIELDS, **more}
    )


def probe(**request: Any) -> ProbeSettings:
    call = {"url": "https://one/me", **request}
    return ProbeSettings.model_validate({"type": "probe", "name": "key", "request": call})


STRAY = {
    "path": ({"url": "https://one/jobs/{job_id}/runs"}, "request.url has {job_id}"),
    "query": ({"url": "https://one/runs?from={sinse}"}, "request.url has {sinse}"),
    "param": ({"params": {"from": "{from}"}}, "request.params.from has {from}"),
    "param of a list": ({"params": {"q": ["a", "{until}"]}}, "request.params.q has {until}"),
    "param, another call's": ({"params": {"q": "run eq '{external_id}'"}}, "request.params.q has {external_id}"),
    "header": ({"headers": {"X-From": "{last}"}}, "request.headers.X-From has {last}"),
    "body": ({"method": "POST", "json": {"filter": [{"ge": "at > {Sinse}"}]}}, "request.json.filter[0].ge has {Sinse}"),
    "each": ({"params": {"q": "{each}"}}, "request.params.q has {each}"),
}  # fmt: skip


@pytest.mark.parametrize(("request_", "told"), STRAY.values(), ids=STRAY)
def test_a_name_that_stands_for_nothing_is_refused_with_those_that_do(
    request_: dict[str, Any], told: str
) -> None:
    """Braces and all it would be sent at each poll: refused by the system, or worse, taken for a filter."""
    with pytest.raises(ValidationError) as caught:
        rest(request_)
    assert f"{told}, which stands for nothing here; use {{now}} or {{since}}" in str(caught.value)


def test_each_call_has_its_own_names() -> None:
    """Of the list and its later pages, of what it is asked for one by one, of a run's detail, of a probe."""
    each = {"request": {"url": "https://one/jobs"}, "field": "id"}
    detail = {
        "request": {"url": "https://one/runs/{external_id}", "params": {"job": "{job}"}},
        "fields": {"error_message": "m"},
    }
    pages = {"by": "cursor", "next": "next", "url": "https://one/runs/{each}/more"}
    asked = {"url": "https://one/jobs/{each}", "params": {"from": "{since}", "to": "{now}"}}
    rest(asked, each=each, detail=detail, pages=pages)
    for wrong in (
        {"pages": pages, "told": "pages.url has {each}"},
        {"each": {**each, "request": {"url": "https://one/{since}"}}, "told": "each.request.url has {since}"},
        {"each": {**each, "pages": {**pages, "url": "https://one/{x}"}}, "told": "each.pages.url has {x}"},
        {"detail": {**detail, "request": {"url": "https://one/d", "params": {"id": "{id}"}}}, "told": "detail.request.params.id has {id}"},
    ):  # fmt: skip
        told = wrong.pop("told")
        with pytest.raises(ValidationError) as caught:
            rest(asked if "each" in wrong else None, **wrong)
        assert f"{told}, which stands for nothing here" in str(caught.value)
    with pytest.raises(
        ValidationError, match=r"request.params.at has {now}, which stands for nothing here; write"
    ):
        probe(params={"at": "{now}"})


OTHERS = {
    "GraphQL": {"method": "POST", "json": {"query": "query($since: T){runs(since: $since){id job{name}}}", "variables": {"since": "{since}"}}},
    "GraphQL, a word within braces within braces": {"method": "POST", "json": {"query": "{runs{job}}"}},
    "GraphQL, a word": {"method": "POST", "json": {"query": "{me}"}},
    "fields of fields": {"params": {"fields": "id,posts{message},adsets{name}"}},
    "OData": {"params": {"$filter": "LogEnd ge datetime'{since}' and Sub eq guid'{3F2504E0-4F89-11D3}'"}},
    "JSON in a parameter": {"params": {"where": '{"at": {"$gt": "{since}"}, "x": "{external_id}"}'}},
    "a search of another kind": {"params": {"q": "{startdate:'{since}'}"}},
    "an address's query": {"url": "https://one/runs?fields=id,posts{message}"},
    "empty braces": {"method": "POST", "json": {"filter": "{}", "x": {}}},
}  # fmt: skip


@pytest.mark.parametrize("request_", OTHERS.values(), ids=OTHERS)
def test_braces_of_other_languages_stay(request_: dict[str, Any]) -> None:
    """They go out as they are."""
    assert rest(request_)
    assert rest(
        detail={"request": {"url": "https://one/x?fields=a{b}"}, "fields": {"error_message": "m"}}
    ).detail
