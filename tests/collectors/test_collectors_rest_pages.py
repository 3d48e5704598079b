"""Every kind of pages is walked to its end, and no further."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from collectors.http import Clients
from collectors.sources._rest_pages import next_link
from tests.collectors.collectors_rest import by_offset, item, look, paged, settings
from tests.collectors.collectors_server import Answer, Reply, Seen, Served

Serve = Callable[[Answer], Served]
ITEMS = [item(number) for number in range(5)]
IDS = [one["id"] for one in ITEMS]
OFFSET = {"by": "offset", "size": 2}


def page(number: int, size: int = 2) -> list[dict[str, Any]]:
    return ITEMS[number * size : (number + 1) * size]


async def test_none_is_one_call(serve: Serve, clients: Clients) -> None:
    """One answer holds everything."""
    server = serve(lambda _: Reply({"runs": ITEMS}))
    done = await look(settings(server.url), clients)
    assert done.ids == IDS
    assert server.paths == ["/runs"]


async def test_offset_goes_on_to_an_empty_page(serve: Serve, clients: Clients) -> None:
    """Offsets start at 0 and grow by what came, not by what was asked for."""
    server = serve(by_offset(ITEMS))
    done = await look(settings(server.url, pages=OFFSET), clients)
    assert done.ids == IDS
    assert [seen.query for seen in server.seen] == [
        {"offset": str(start), "limit": "2"} for start in (0, 2, 4, 5)
    ]


async def test_offset_of_a_source_that_counts_from_one(serve: Serve, clients: Clients) -> None:
    """Nothing is read twice, however few come at once, and nothing left out."""

    def answer(seen: Seen) -> Reply:
        start = max(1, int(seen.query["startIndex"]))
        return Reply({"runs": ITEMS[start - 1 :][: int(seen.query["count"])]})

    server = serve(answer)
    pages = {"by": "offset", "offset": "startIndex", "limit": "count", "first": 1, "size": 1}
    done = await look(settings(server.url, pages=pages), clients)
    assert (done.ids, done.kinds) == (IDS, set())
    assert [seen.query["startIndex"] for seen in server.seen] == ["1", "2", "3", "4", "5", "6"]


async def test_server_that_gives_less_than_asked_loses_nothing(serve: Serve, clients: Clients) -> None:
    """A cap of two where a hundred were asked for."""

    def answer(seen: Seen) -> Reply:
        start = int(seen.query["offset"])
        return Reply({"runs": ITEMS[start : start + 2]})

    done = await look(settings(serve(answer).url, pages={"by": "offset", "size": 100}), clients)
    assert done.ids == IDS


async def test_offset_in_the_body_at_dotted_paths(serve: Serve, clients: Clients) -> None:
    """The rest of the body stays; numbers stay numbers."""
    server = serve(lambda seen: Reply({"runs": paged(ITEMS, seen, by="body")}))
    pages = {"by": "offset", "in": "body", "offset": "paging.offset", "limit": "paging.limit", "size": 3}
    request = {"method": "POST", "json": {"paging": {"sort": "asc"}, "active": True}}
    done = await look(settings(server.url, pages=pages, request=request), clients)
    assert done.ids == IDS
    assert server.seen[1].json() == {"paging": {"sort": "asc", "offset": 3, "limit": 3}, "active": True}
    assert server.paths == ["/runs"] * 3


@pytest.mark.parametrize("first", [0, 1])
async def test_numbered_pages(serve: Serve, clients: Clients, first: int) -> None:
    """From the first number on, with the size where it has a name."""
    server = serve(lambda seen: Reply({"runs": page(int(seen.query["p"]) - first)}))
    pages = {"by": "page", "param": "p", "first": first, "size": 2, "limit": "per_page"}
    done = await look(settings(server.url, pages=pages), clients)
    assert done.ids == IDS
    assert [seen.query["p"] for seen in server.seen] == [str(first + number) for number in range(4)]
    assert {seen.query["per_page"] for seen in server.seen} == {"2"}


@pytest.mark.parametrize("ending", [None, ""], ids=["null", "empty"])
async def test_cursor_with_an_empty_first_one(serve: Serve, clients: Clients, ending: str | None) -> None:
    """As Airflow has it: `cursor=` asks for the first page, no next ends the list."""
    nexts = {"": "a+b/=", "a+b/=": "c", "c": ending}
    pages_of = {"": 0, "a+b/=": 1, "c": 2}

    def answer(seen: Seen) -> Reply:
        cursor = seen.query["cursor"]
        return Reply({"runs": page(pages_of[cursor]), "next_cursor": nexts[cursor]})

    server = serve(answer)
    pages = {"by": "cursor", "param": "cursor", "next": "next_cursor", "first": ""}
    done = await look(settings(server.url, pages=pages), clients)
    assert done.ids == IDS
    assert server.paths == ["/runs?cursor=", "/runs?cursor=a%2Bb%2F%3D", "/runs?cursor=c"]


async def test_cursor_without_a_first_one_in_the_body(serve: Serve, clients: Clients) -> None:
    """The first call carries none."""

    def answer(seen: Seen) -> Reply:
        after = seen.json().get("page", {}).get("after")
        return Reply(
            {"runs": page(after or 0), "paging": {"after": (after or 0) + 1 if (after or 0) < 2 else None}}
        )

    server = serve(answer)
    pages = {"by": "cursor", "param": "page.after", "next": "paging.after", "in": "body"}
    request = {"method": "POST", "json": {"q": "x"}}
    done = await look(settings(server.url, pages=pages, request=request), clients)
    assert done.ids == IDS
    assert [seen.json() for seen in server.seen[:2]] == [{"q": "x"}, {"q": "x", "page": {"after": 1}}]


@pytest.mark.parametrize(
    ("pages", "kind", "sent"),
    [
        pytest.param({"in": "text"}, "text/plain", "page-1", id="as a text"),
        pytest.param({"in": "body", "param": "queryLocator"}, "application/json", '{"queryLocator":"page-1"}', id="in JSON"),
    ],
)  # fmt: skip
async def test_further_pages_may_be_asked_for_elsewhere_by_their_name_alone(
    serve: Serve, clients: Clients, pages: dict[str, str], kind: str, sent: str
) -> None:
    """As Boomi and Zuora have it: the first call says what is asked for, and the others only where to go on."""

    def answer(seen: Seen) -> Reply:
        number = int(seen.body.decode().rstrip('"}')[-1]) if seen.path.startswith("/more") else 0
        return Reply({"runs": page(number), **({"token": f"page-{number + 1}"} if number < 2 else {})})

    server = serve(answer)
    request = {
        "method": "POST",
        "json": {"filter": "{now}"},
        "params": {"a": "b"},
        "headers": {"X-Key": "k"},
    }
    more = {"by": "cursor", "next": "token", "url": f"{server.url}/more", **pages}
    done = await look(settings(server.url, pages=more, request=request), clients)
    assert (done.ids, done.kinds) == (IDS, set())
    assert server.paths == ["/runs?a=b", "/more", "/more"]
    second = server.seen[1]
    assert (second.method, second.headers["content-type"], second.body.decode()) == ("POST", kind, sent)
    assert [seen.headers["x-key"] for seen in server.seen] == ["k"] * 3


async def test_a_name_that_is_the_whole_body_may_have_a_type_of_its_own(
    serve: Serve, clients: Clients
) -> None:
    """The first call's header is kept to; without an address of its own the next page is where the first was, params and all."""
    server = serve(lambda seen: Reply({"runs": [], **({} if seen.body == b"p2" else {"next": "p2"})}))
    headers = {"content-type": "text/x-token"}
    request = {"method": "POST", "headers": headers, "params": {"v": "2"}, "json": "q"}
    await look(
        settings(server.url, pages={"by": "cursor", "in": "text", "next": "next"}, request=request), clients
    )
    assert (server.paths, [seen.body for seen in server.seen]) == (["/runs?v=2"] * 2, [b'"q"', b"p2"])
    assert server.seen[1].headers["content-type"] == "text/x-token"


@pytest.mark.parametrize(
    ("pages", "told"),
    [
        ({"by": "offset", "in": "text"}, "Input should be 'query' or 'body'"),
        ({"by": "cursor", "next": "n", "in": "text", "first": "*"}, "remove first, or write in: body"),
        ({"by": "cursor", "next": "n", "in": "text", "limit": "size", "size": 5}, "remove limit, size, or"),
        ({"by": "cursor", "next": "n", "in": "text", "param": "p"}, "remove param, or write in: body"),
        ({"by": "cursor", "next": "n", "in": "text"}, "pages: in: text has .* write request: {method: POST"),
        ({"by": "cursor", "next": "n", "url": "https://other.example/more"}, "pages.url is on another host"),
    ],
    ids=str,
)
def test_what_cannot_be_asked_for_by_a_name_alone(pages: dict[str, object], told: str) -> None:
    """It is refused when the file is read."""
    with pytest.raises(ValidationError, match=told):
        settings("https://api.example", pages=pages)


@pytest.mark.parametrize("ending", [{}, {"x-next-page": ""}], ids=["missing", "empty"])
async def test_cursor_in_a_header(serve: Serve, clients: Clients, ending: dict[str, str]) -> None:
    """As Azure DevOps has it: the next page is named beside the body, in a header that the last answer lacks."""

    def answer(seen: Seen) -> Reply:
        number = int(seen.query.get("page", "0"))
        more = {"X-Next-Page": str(number + 1)} if number < 2 else ending
        return Reply({"runs": page(number)}, headers=more)

    server = serve(answer)
    pages = {"by": "cursor", "param": "page", "next_header": "x-Next-page"}
    done = await look(settings(server.url, pages=pages), clients)
    assert (done.ids, done.kinds) == (IDS, set())
    assert server.paths == ["/runs", "/runs?page=1", "/runs?page=2"]


@pytest.mark.parametrize("ways", [{}, {"next": "next", "next_header": "X-Next-Page"}], ids=["none", "both"])
def test_a_cursor_is_looked_for_in_one_place(ways: dict[str, str]) -> None:
    """Without a place there would be one page for ever, and of two nobody knows which counts."""
    with pytest.raises(ValidationError, match=r"write either next.* or next_header"):
        settings("http://h", pages={"by": "cursor", **ways})


@pytest.mark.parametrize("relative", [True, False])
async def test_next_url(serve: Serve, clients: Clients, relative: bool) -> None:
    """The address is taken as it is given, absolute or relative; headers go along."""

    def answer(seen: Seen) -> Reply:
        number = int(seen.query.get("page", "0"))
        base = "" if relative else server.url
        return Reply(
            {
                "runs": page(number),
                "links": {"next": f"{base}/runs?page={number + 1}&x=a%2Fb" if number < 2 else None},
            }
        )

    server = serve(answer)
    given = settings(
        server.url, pages={"by": "next_url", "next": "links.next"}, request={"headers": {"X-A": "1"}}
    )
    done = await look(given, clients)
    assert done.ids == IDS
    assert server.paths[1] == "/runs?page=1&x=a%2Fb"
    assert server.seen[2].headers["x-a"] == "1"


async def test_link_header(serve: Serve, clients: Clients) -> None:
    """rel="next" among others."""

    def answer(seen: Seen) -> Reply:
        number = int(seen.query.get("page", "0"))
        links = [f'<{server.url}/runs?page=0>; rel="first"']
        if number < 2:
            links.append(f'<{server.url}/runs?page={number + 1}>; title="a, b"; rel="next last"')
        return Reply({"runs": page(number)}, headers={"Link": ", ".join(links)})

    server = serve(answer)
    assert (await look(settings(server.url, pages={"by": "link_header"}), clients)).ids == IDS


@pytest.mark.parametrize(
    ("header", "target"),
    [
        ('<https://h/a?x=1,2>; rel="next"', "https://h/a?x=1,2"),
        ("</b>; rel=next", "/b"),
        ('</c>; rel="prev next"; title="x"', "/c"),
        ('</d>; title="rel=next"; rel="prev"', None),
        ('</e>; rel="nextish"', None),
        ("", None),
        ("rubbish; rel=next", None),
    ],
)
def test_link_headers_are_read_as_the_standard_has_them(header: str, target: str | None) -> None:
    """Quotes, several relations and commas inside addresses."""
    assert next_link(header) == target


async def test_last_item_is_taken_before_any_filter(serve: Serve, clients: Clients) -> None:
    """`where` drops items from the result, not from the walk."""

    def answer(seen: Seen) -> Reply:
        after = seen.query.get("after")
        start = IDS.index(after) + 1 if after else 0
        return Reply({"runs": ITEMS[start : start + 2]})

    server = serve(answer)
    given = settings(
        server.url,
        pages={"by": "last_item", "param": "after", "field": "id"},
        where="id == 'r0' || id == 'r4'",
    )
    done = await look(given, clients)
    assert done.ids == ["r0", "r4"]
    assert server.paths == ["/runs", "/runs?after=r1", "/runs?after=r3", "/runs?after=r4"]


@pytest.mark.parametrize("kind", ["next_url", "link_header"])
async def test_next_page_on_another_host_is_refused(serve: Serve, clients: Clients, kind: str) -> None:
    """What was read stays; the credentials do not leave."""
    other = serve(lambda _: Reply({"runs": []}))
    target = f"{other.url}/runs?page=2"
    server = serve(
        lambda _: Reply({"runs": ITEMS, "next": target}, headers={"Link": f'<{target}>; rel="next"'})
    )
    pages = {"by": kind} | ({"next": "next"} if kind == "next_url" else {})
    done = await look(settings(server.url, pages=pages, auth={"type": "bearer", "token": "t"}), clients)
    assert done.error is not None
    assert "another host" in done.error.message
    assert done.error.message.endswith("; let it name its pages by the address it is called by")
    assert done.error.permanent
    assert other.seen == []
    assert done.ids == [item["id"] for item in ITEMS]


@pytest.mark.parametrize("kind", ["next_url", "link_header"])
@pytest.mark.parametrize(
    "target",
    [
        "http://[::1",
        "//127.0.0.1:99999/runs",
        "http://exa mple.com/",
        "https://a..b/",
        "http://[]/",
    ],
)
async def test_next_page_at_no_address_is_told(
    serve: Serve, clients: Clients, kind: str, target: str
) -> None:
    """What was read stays, and the page is asked for again at the next poll."""
    server = serve(
        lambda _: Reply({"runs": ITEMS, "next": target}, headers={"Link": f'<{target}>; rel="next"'})
    )
    pages = {"by": kind} | ({"next": "next"} if kind == "next_url" else {})
    given = settings(server.url, pages=pages, cursor={"field": "at"})
    done = await look(given, clients)
    assert done.error is not None
    assert "/runs names as its next page" in done.error.message
    assert "which cannot be called: " in done.error.message
    assert done.ids == [item["id"] for item in ITEMS]
    again = await look(given, clients, done.cursor)
    assert (again.ids, len(server.seen)) == (done.ids, 2)
    assert server.seen[0].raw_path == server.seen[1].raw_path


async def test_a_link_with_a_space_in_its_path_is_followed(serve: Serve, clients: Clients) -> None:
    """Not every server escapes what it writes."""
    server = serve(
        lambda seen: Reply(
            {"runs": [item(len(server.seen))], "next": "/runs?filter=a b" if not seen.query else None}
        )
    )
    done = await look(settings(server.url, pages={"by": "next_url", "next": "next"}), clients)
    assert (done.error, done.ids, server.seen[1].query) == (None, ["r1", "r2"], {"filter": "a b"})


async def test_a_link_that_is_an_object_is_named_with_what_to_write(serve: Serve, clients: Clients) -> None:
    """As JSON:API has it; with that expression the list is read to its end, whichever form a link has."""

    def answer(seen: Seen) -> Reply:
        number = int(seen.query.get("page", "0"))
        links: list[object] = [{"href": "/runs?page=1", "meta": {}}, "/runs?page=2", None]
        return Reply({"runs": ITEMS[number * 2 : number * 2 + 2], "links": {"next": links[number]}})

    server = serve(answer)
    done = await look(settings(server.url, pages={"by": "next_url", "next": "links.next"}), clients)
    assert done.error is not None
    assert done.error.message == (
        "links.next should name the next page and is an object; write next: links.next.href"
    )
    pages = {"by": "next_url", "next": "links.next.href || links.next"}
    assert (await look(settings(server.url, pages=pages), clients)).ids == IDS


@pytest.mark.parametrize(
    "pages", [{}, {"pages": {"by": "cursor", "next": "next"}}], ids=["none", "in the body"]
)
async def test_a_next_page_in_a_header_that_is_not_followed_is_told(
    serve: Serve, clients: Clients, pages: dict[str, Any]
) -> None:
    """What is read is not all there is; with the pages that the note names it is, and nothing is told."""

    def answer(seen: Seen) -> Reply:
        if seen.query.get("page") == "2":
            return Reply({"runs": ITEMS[2:]}, headers={"Link": '</runs>; rel="first"'})
        return Reply({"runs": ITEMS[:2]}, headers={"Link": '</runs?page=2>; rel="next"'})

    server = serve(answer)
    done = await look(settings(server.url, **pages), clients)
    assert (done.ids, done.kinds) == (IDS[:2], {"more_pages"})
    assert "pages: {by: link_header}" in done.problems[0].message
    done = await look(settings(server.url, pages={"by": "link_header"}), clients)
    assert (done.ids, done.kinds) == (IDS, set())


@pytest.mark.parametrize(
    ("header", "way"),
    [
        (
            {"x-ms-continuationtoken": "2026-11-24T10:00:00Z"},
            "{by: cursor, param: …, next_header: x-ms-continuationtoken}",
        ),
        ({"X-Next-Page": "2"}, "{by: cursor, param: …, next_header: x-next-page}"),
        ({"X-Next-Page": ""}, None),
        ({"X-Page": "2"}, None),
    ],
)
async def test_a_next_page_in_a_header_of_its_own_that_is_not_asked_for_is_told(
    serve: Serve, clients: Clients, header: dict[str, str], way: str | None
) -> None:
    """Such a list looks whole: nothing in its body says that there is more."""
    server = serve(lambda _: Reply({"runs": ITEMS}, headers=header))
    done = await look(settings(server.url), clients)
    assert done.ids == IDS
    told = [problem.message.partition("write pages: ")[2] for problem in done.problems]
    assert told == ([] if way is None else [way])


@pytest.mark.parametrize(
    ("more", "way"),
    [
        ({"next": "/runs?page=2"}, "{by: next_url, next: next}"),
        ({"@odata.nextLink": "runs?$skiptoken=2"}, """{by: next_url, next: '"@odata.nextLink"'}"""),
        (
            {"meta": {"paging": {"next_cursor": "abc"}}},
            "{by: cursor, param: …, next: meta.paging.next_cursor}",
        ),
        ({"nextPageToken": ""}, None),
        ({"next": None, "meta": {"next": 2}}, None),
    ],
    ids=["address", "OData", "token", "none", "no text"],
)
async def test_a_next_page_in_the_body_that_is_not_asked_for_is_told(
    serve: Serve, clients: Clients, more: dict[str, object], way: str | None
) -> None:
    """Where no pages are written at all, with what to write."""
    done = await look(settings(serve(lambda _: Reply({"runs": ITEMS, **more})).url), clients)
    assert done.ids == IDS
    told = [problem.message.partition("write pages: ")[2] for problem in done.problems]
    assert told == ([] if way is None else [way])


class TestEnds:
    """Pages that would never end do."""

    async def test_page_that_repeats_for_ever(self, serve: Serve, clients: Clients) -> None:
        """The server ignores the offset: asked twice."""
        server = serve(lambda _: Reply({"runs": ITEMS[:2]}))
        done = await look(settings(server.url, pages=OFFSET), clients)
        assert set(done.ids) == {"r0", "r1"}
        assert len(server.seen) == 2
        assert "truncated" not in done.kinds

    async def test_cursor_that_repeats(self, serve: Serve, clients: Clients) -> None:
        """The next cursor is this one, with ever new items."""
        server = serve(lambda _: Reply({"runs": [item(len(server.seen))], "next": "same"}))
        await look(settings(server.url, pages={"by": "cursor", "next": "next"}), clients)
        assert len(server.seen) == 2

    async def test_circle_of_pages(self, serve: Serve, clients: Clients) -> None:
        """a → b → a: ids seen in this sweep end it."""
        nexts = {None: "a", "a": "b", "b": "a"}
        server = serve(
            lambda seen: Reply(
                {
                    "runs": [item(list(nexts).index(seen.query.get("cursor")))],
                    "next": nexts[seen.query.get("cursor")],
                }
            )
        )
        done = await look(settings(server.url, pages={"by": "cursor", "next": "next"}), clients)
        assert done.ids == ["r0", "r1", "r2"]
        assert len(server.seen) == 3

    async def test_filter_that_drops_a_whole_page_does_not_end_it(
        self, serve: Serve, clients: Clients
    ) -> None:
        """The end is judged on the list before `where`."""
        done = await look(settings(serve(by_offset(ITEMS)).url, pages=OFFSET, where="id == 'r4'"), clients)
        assert done.ids == ["r4"]

    async def test_list_that_shifts_while_it_is_walked_loses_nothing(
        self, serve: Serve, clients: Clients
    ) -> None:
        """New runs come in at the front between the pages: some are seen twice, none is missed."""
        items = list(reversed(ITEMS))

        def answer(seen: Seen) -> Reply:
            found = paged(items, seen)
            items.insert(0, item(10 + len(server.seen)))
            return Reply({"runs": found})

        server = serve(answer)
        done = await look(settings(server.url, pages={"by": "offset", "size": 3}), clients)
        assert set(IDS) <= set(done.ids)


class TestTruncation:
    """At `max` pages a poll stops, says so, and the next goes on there."""

    async def test_walk_goes_on_in_the_next_poll(self, serve: Serve, clients: Clients) -> None:
        """Three polls of at most two pages read everything once; only the last moves the mark."""
        server = serve(by_offset(ITEMS))
        given = settings(server.url, pages={**OFFSET, "max": 2}, cursor={"field": "at"})
        first = await look(given, clients)
        assert (first.ids, first.kinds) == (IDS[:4], {"truncated"})
        assert "mark" not in first.cursor
        second = await look(given, clients, first.cursor)
        assert (second.ids, second.kinds) == (IDS[4:], set())
        assert second.cursor["mark"] == ITEMS[4]["at"]
        assert "sweep" not in second.cursor
        assert [seen.query["offset"] for seen in server.seen] == ["0", "2", "4", "5"]

    async def test_failure_in_the_middle_goes_on_there(self, serve: Serve, clients: Clients) -> None:
        """The pages before it stand; the next poll asks for the page that failed."""
        broken = True

        def answer(seen: Seen) -> Reply:
            return Reply(status=500) if broken and seen.query["offset"] == "2" else by_offset(ITEMS)(seen)

        server = serve(answer)
        given = settings(server.url, pages=OFFSET)
        first = await look(given, clients)
        assert first.ids == IDS[:2]
        assert first.error is not None
        broken = False
        assert (await look(given, clients, first.cursor)).ids == IDS[2:]

    async def test_position_that_the_source_forgot_starts_anew(self, serve: Serve, clients: Clients) -> None:
        """A stale cursor is answered 410: the walk begins again in the same poll."""

        def answer(seen: Seen) -> Reply:
            if seen.query.get("cursor") == "old":
                return Reply({"error": "expired"}, 410)
            return Reply({"runs": ITEMS, "next": None})

        server = serve(lambda _: Reply({"runs": ITEMS[:1], "next": "old"}))
        given = settings(server.url, pages={"by": "cursor", "next": "next", "max": 1})
        first = await look(given, clients)
        server.answer = answer
        second = await look(given, clients, first.cursor)
        assert second.error is None
        assert second.ids == IDS

    @pytest.mark.parametrize("pages", [{"by": "page"}, OFFSET], ids=["page", "offset"])
    @pytest.mark.parametrize("most", [200, 3], ids=["in one poll", "in the next poll"])
    async def test_404_past_the_last_page_is_the_end(
        self, serve: Serve, clients: Clients, pages: dict[str, Any], most: int
    ) -> None:
        """As Django REST framework has it: the sweep is whole, also where the poll before was cut there."""

        def answer(seen: Seen) -> Reply:
            query = seen.query
            start = int(query["offset"]) if "offset" in query else 2 * int(query["page"]) - 2
            found = ITEMS[start : start + 2]
            return Reply({"runs": found}) if found else Reply({"detail": "Invalid page."}, 404)

        server = serve(answer)
        given = settings(server.url, pages={**pages, "max": most}, cursor={"field": "at"})
        done = await look(given, clients)
        assert done.ids == IDS
        if most == 3:
            done = await look(given, clients, done.cursor)
            assert done.ids == []
        assert (done.error, done.kinds) == (None, set())
        assert done.cursor["mark"] == ITEMS[-1]["at"]
        assert "sweep" not in done.cursor
        assert len(server.seen) == 4

    async def test_404_elsewhere_is_an_error(self, serve: Serve, clients: Clients) -> None:
        """On the first page, and where the answer itself names the next one."""
        server = serve(lambda _: Reply(status=404))
        assert (await look(settings(server.url, pages={"by": "page"}), clients)).error is not None
        server.answer = lambda seen: (
            Reply(status=404) if "cursor" in seen.query else Reply({"runs": ITEMS, "next": "2"})
        )
        done = await look(settings(server.url, pages={"by": "cursor", "next": "next"}), clients)
        assert (done.ids, done.error is not None) == (IDS, True)

    async def test_position_of_another_list_is_forgotten(self, serve: Serve, clients: Clients) -> None:
        """A changed address starts from the beginning."""
        server = serve(by_offset(ITEMS))
        first = await look(settings(server.url, pages={**OFFSET, "max": 1}), clients)
        other = settings(server.url, pages={**OFFSET, "max": 1}, request={"url": f"{server.url}/other"})
        assert (await look(other, clients, first.cursor)).ids == IDS[:2]


@pytest.mark.parametrize("way", ["cursor", "next_url"])
async def test_an_empty_page_in_the_midst_is_no_end(serve: Serve, clients: Clients, way: str) -> None:
    """A system that filters after it has cut its list into pages names a next one all the same."""
    kept = [[item(0)], [], [], [item(1)], []]

    def answer(seen: Seen) -> Reply:
        page = int(seen.query.get("page", "0"))
        more = f"/runs?page={page + 1}" if way == "next_url" else str(page + 1)
        return Reply({"runs": kept[page], "next": more if page < 4 else None})

    pages = {"by": way, "next": "next"} | ({"param": "page"} if way == "cursor" else {})
    assert (await look(settings(serve(answer).url, pages=pages), clients)).ids == ["r0", "r1"]


async def test_a_stream_without_an_end_is_left_after_many_empty_pages(serve: Serve, clients: Clients) -> None:
    """The poll says that there may be more, and the next one goes on there."""

    def answer(seen: Seen) -> Reply:
        page = int(seen.query.get("page", "0"))
        return Reply({"runs": [] if page else [item(0)], "next": page + 1})

    server = serve(answer)
    given = settings(server.url, pages={"by": "cursor", "param": "page", "next": "next"})
    done = await look(given, clients)
    assert (done.ids, done.kinds, len(server.seen)) == (["r0"], {"truncated"}, 21)
    await look(given, clients, done.cursor)
    assert server.seen[21].query["page"] == "21"


@pytest.mark.parametrize(
    ("pages", "told"),
    [
        ({"by": "offset", "size": 2}, {"repeated_page"}),
        ({"by": "page", "param": "p"}, {"repeated_page"}),
        ({"by": "page", "param": "p", "limit": "n", "size": 2}, {"repeated_page"}),
        ({"by": "cursor", "param": "p", "next": "more"}, {"repeated_page"}),
        ({"by": "cursor", "param": "p", "next": "more", "in": "body"}, {"repeated_page"}),
        ({"by": "last_item", "param": "p", "field": "id"}, {"repeated_page"}),
        ({"by": "offset", "size": 3}, set()),
        ({"by": "page", "param": "p", "limit": "n", "size": 3}, set()),
        ({"by": "next_url", "next": "self"}, set()),
    ],
    ids=[
        "offset",
        "page",
        "page of a size",
        "cursor",
        "cursor in the body",
        "last item",
        "offset, not full",
        "page, not full",
        "an address that is its own",
    ],
)
async def test_parameters_that_the_source_does_not_know_are_told(
    serve: Serve, clients: Clients, pages: dict[str, Any], told: set[str]
) -> None:
    """It answers its first page for ever, of which one would be read and no more."""
    server = serve(lambda _: Reply({"runs": [item(0), item(1)], "more": "p2", "self": "/runs"}))
    done = await look(settings(server.url, pages=pages), clients)
    assert (done.ids[:2], done.kinds) == (["r0", "r1"], told)


async def test_an_item_that_a_list_begins_with_again_is_its_end(serve: Serve, clients: Clients) -> None:
    """A list that goes on at an item, not behind it, and holds just that one."""
    server = serve(lambda _: Reply({"runs": [item(0)]}))
    pages = {"by": "last_item", "param": "from", "field": "id"}
    done = await look(settings(server.url, pages=pages), clients)
    assert (done.ids, done.kinds, len(server.seen)) == (["r0", "r0"], set(), 2)


async def test_a_next_page_that_is_gone_begins_the_list_anew(serve: Serve, clients: Clients) -> None:
    """Once in a poll: names of pages that expire faster than they are read are an error."""
    expired = [1]

    def answer(seen: Seen) -> Reply:
        page = int(seen.query.get("continue", "0"))
        if page and expired:
            expired.pop()
            return Reply({"reason": "Expired"}, 410)
        return Reply({"runs": [item(page)], "next": str(page + 1) if page < 2 else None})

    given = settings(serve(answer).url, pages={"by": "cursor", "param": "continue", "next": "next"})
    done = await look(given, clients)
    assert (done.error, done.ids) == (None, ["r0", "r0", "r1", "r2"])
    expired.extend([1, 1])
    done = await look(given, clients)
    assert done.error is not None
    assert "410 Gone" in done.error.message


@pytest.mark.parametrize("most", [200, 1], ids=["one poll", "a page a poll"])
async def test_a_position_of_several_values_goes_back_as_it_came(
    serve: Serve, clients: Clients, most: int
) -> None:
    """A search goes on after the sort values of its last hit, which are a list."""

    def answer(seen: Seen) -> Reply:
        after = seen.json().get("searchAfter")
        start = 0 if after is None else IDS.index(after[1]) + 1
        found = ITEMS[start : start + 2]
        return Reply({"runs": found, "sortValues": [7, found[-1]["id"]] if found else []})

    pages = {"by": "cursor", "in": "body", "param": "searchAfter", "next": "sortValues", "max": most}
    given = settings(serve(answer).url, request={"method": "POST", "json": {}}, pages=pages)
    cursor: Any = {}
    ids: list[str] = []
    for _ in range(1 if most > 1 else 4):
        done = await look(given, clients, cursor)
        cursor, ids = done.cursor, ids + done.ids
        assert done.error is None
    assert ids == IDS
