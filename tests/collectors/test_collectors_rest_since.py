"""From where a `rest` source asks, for systems that want the end of a window and allow a short one only."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, ClassVar

from collectors.http import Clients
from tests.collectors.collectors_rest import item, look, paged, settings
from tests.collectors.collectors_server import Answer, Reply, Seen, Served
from tests.collectors.conftest import Hand

Serve = Callable[[Answer], Served]


class TestWindow:
    """`{now}` is the time of the poll; with `within` `{since}` is never longer ago."""

    REQUEST: ClassVar[dict[str, Any]] = {"params": {"from": "{since}", "to": "{now}"}}

    async def test_first_poll_asks_for_the_whole_window(self, serve: Serve, clients: Clients) -> None:
        """In ISO 8601, there being no time of the source to follow."""
        server = serve(lambda _: Reply({"runs": []}))
        cursor = {"field": "at", "within": timedelta(days=7)}
        await look(settings(server.url, request=self.REQUEST, cursor=cursor), clients)
        assert server.seen[0].query == {"from": "2026-11-17T14:00:00Z", "to": "2026-11-24T14:00:00Z"}

    async def test_later_polls_ask_from_the_mark(self, serve: Serve, clients: Clients) -> None:
        """Both in the notation of the source."""
        server = serve(lambda _: Reply({"runs": [{**item(0), "at": 1795521600000}]}))
        cursor = {"field": "at", "within": timedelta(days=7)}
        given = settings(server.url, request=self.REQUEST, cursor=cursor, lookback=timedelta(minutes=10))
        first = await look(given, clients)
        await look(given, clients, first.cursor)
        assert server.seen[1].query == {"from": "1795521000000", "to": "1795528800000"}

    async def test_after_a_long_stop_the_window_stays_short(
        self, serve: Serve, clients: Clients, hand: Hand
    ) -> None:
        """What is older than that the source would not give anyway."""
        server = serve(lambda _: Reply({"runs": [item(0)]}))
        cursor = {"field": "at", "within": timedelta(days=7)}
        given = settings(server.url, request=self.REQUEST, cursor=cursor)
        first = await look(given, clients)
        hand.move(days=30)
        await look(given, clients, first.cursor)
        assert server.seen[1].query["from"] == "2026-12-17T14:00:00Z"

    async def test_without_a_cursor_now_alone_is_filled(self, serve: Serve, clients: Clients) -> None:
        """It needs no mark."""
        server = serve(lambda _: Reply({"runs": []}))
        await look(settings(server.url, request={"params": {"to": "{now}"}}), clients)
        assert server.seen[0].query == {"to": "2026-11-24T14:00:00Z"}


class TestNewestFirst:
    """A list that takes no `{since}` and begins with the newest is read no further than it must be."""

    KEYS: ClassVar[dict[str, Any]] = {
        "pages": {"by": "offset", "size": 10},
        "cursor": {"field": "at", "order": "newest_first"},
        "lookback": timedelta(minutes=5),
    }

    def server(self, serve: Serve, items: list[dict[str, Any]]) -> Served:
        """All it has, page by page, the newest first."""

        def answer(seen: Seen) -> Reply:
            newest = sorted(items, key=lambda one: one["at"], reverse=True)
            return Reply({"runs": paged(newest, seen)})

        return serve(answer)

    async def test_first_poll_reads_all(self, serve: Serve, clients: Clients) -> None:
        """There is nothing known yet."""
        items = [item(number) for number in range(95)]
        server = self.server(serve, items)
        done = await look(settings(server.url, **self.KEYS), clients)
        assert sorted(done.ids) == sorted(one["id"] for one in items)

    async def test_later_polls_end_at_a_page_of_older_ones(self, serve: Serve, clients: Clients) -> None:
        """The page in which the mark stands is read whole; the one behind it tells the end."""
        items = [item(number) for number in range(95)]
        server = self.server(serve, items)
        given = settings(server.url, **self.KEYS)
        first = await look(given, clients)
        items.append(item(95))
        before = len(server.seen)
        second = await look(given, clients, first.cursor)
        assert "r95" in second.ids
        assert len(server.seen) - before == 2

    async def test_a_run_still_open_is_read_up_to(self, serve: Serve, clients: Clients) -> None:
        """However many newer ones are before it."""
        items = [item(40, "running"), *(item(number) for number in range(95) if number != 40)]
        server = self.server(serve, items)
        given = settings(server.url, **self.KEYS)
        first = await look(given, clients)
        items[0] = item(40)
        second = await look(given, clients, first.cursor)
        assert "r40" in second.ids
        assert "r5" not in second.ids

    async def test_any_order_reads_on(self, serve: Serve, clients: Clients) -> None:
        """Where nothing is said of the order an old page tells nothing."""
        server = self.server(serve, [item(number) for number in range(95)])
        given = settings(server.url, **{**self.KEYS, "cursor": {"field": "at"}})
        first = await look(given, clients)
        assert len((await look(given, clients, first.cursor)).ids) == 95
