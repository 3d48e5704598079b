"""What is compressed is unpacked in bounded pieces, whoever sent it: answers, logs, deliveries."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest
import zstandard

from collectors.exchange import Request
from collectors.files.content import Content
from collectors.http import Clients, HttpClient
from collectors.unpacking import GZIP, Packing, Unpacker, unpacked
from core.errors import SourceError
from tests.collectors.collectors_csv import STAFF, Brought, Inbox
from tests.collectors.collectors_server import Answer, Reply, Served

Serve = Callable[[Answer], Served]
MIB = 1024 * 1024
BOMB_MIB = 128
PACKINGS: dict[str, Callable[[], object]] = {
    "gz": lambda: zlib.compressobj(9, wbits=31),
    "bz2": bz2.BZ2Compressor,
    "xz": lzma.LZMACompressor,
    "zst": lambda: zstandard.ZstdCompressor().compressobj(),
}


@cache
def bomb(packing: str) -> bytes:
    """128 MiB of zeros."""
    compressor, zeros = PACKINGS[packing](), bytes(MIB)
    parts = [compressor.compress(zeros) for _ in range(BOMB_MIB)]  # type: ignore[attr-defined]
    return b"".join([*parts, compressor.flush()])  # type: ignore[attr-defined]


@contextmanager
def memory_within(bound: int) -> Iterator[None]:
    tracemalloc.start()
    try:
        yield
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < bound


def coded(*names: str) -> dict[str, str]:
    return {"Content-Encoding": ", ".join(names)}


class TestAnswers:
    """Of an HTTP answer never more is unpacked than may be read."""

    @pytest.mark.parametrize(
        ("body", "codings"),
        [
            pytest.param(lambda: bomb("gz"), ("gzip",), id="gzip"),
            pytest.param(lambda: gzip.compress(bomb("gz")), ("gzip", "gzip"), id="gzip in gzip"),
            pytest.param(lambda: bomb("zst"), ("zstd",), id="zstd"),
            pytest.param(lambda: gzip.compress(bomb("zst")), ("zstd", "gzip"), id="zstd in gzip"),
            pytest.param(lambda: zlib.compress(gzip.compress(bomb("gz"))), ("gzip", "gzip", "deflate"), id="three"),
        ],
    )  # fmt: skip
    async def test_a_bomb_is_refused_early(
        self, serve: Serve, clients: Clients, body: Callable[[], bytes], codings: tuple[str, ...]
    ) -> None:
        """A small body that means 128 MiB is an answer too long; it never stands in memory."""
        packed = body()
        server = serve(lambda _: Reply(packed, headers=coded(*codings)))
        with memory_within(16 * MIB), pytest.raises(SourceError, match="more than 100000 bytes"):
            await HttpClient(clients).fetch(Request("GET", server.url))

    async def test_empty_streams_without_end_are_too_much(self, serve: Serve, clients: Clients) -> None:
        """What is within the outer compression is bounded too, though it means nothing."""
        body = gzip.compress(gzip.compress(b"") * 50_000 + gzip.compress(b"[]"))
        server = serve(lambda _: Reply(body, headers=coded("gzip", "gzip")))
        with pytest.raises(SourceError, match="more than 100000 bytes"):
            await HttpClient(clients).fetch(Request("GET", server.url))

    async def test_a_bomb_that_may_be_cut_is_cut(self, serve: Serve, clients: Clients) -> None:
        """Where the beginning is enough it is what comes."""
        server = serve(lambda _: Reply(bomb("zst"), headers=coded("zstd")))
        with memory_within(16 * MIB):
            answer = await HttpClient(clients).fetch(Request("GET", server.url), patient=False)
        assert (len(answer.body), answer.cut) == (100_000, True)

    @pytest.mark.parametrize(
        ("body", "codings"),
        [
            pytest.param(gzip.compress(b"[1,") + gzip.compress(b"2]"), ("gzip",), id="two members"),
            pytest.param(gzip.compress(b"[1,2]") + bytes(500), ("gzip",), id="padding"),
            pytest.param(gzip.compress(b"[1,2]") + b"\r\n", ("x-gzip",), id="a line's end after it"),
            pytest.param(zlib.compress(b"[1,2]"), ("deflate",), id="deflate as it is written"),
            pytest.param(zlib.compress(b"[1,2]")[2:-4], ("deflate",), id="deflate as some send it"),
            pytest.param(zstandard.compress(b"[1,2]"), ("identity", "ZSTD"), id="zstd"),
            pytest.param(zlib.compress(gzip.compress(b"[1,2]")), ("gzip", "deflate"), id="twice"),
            pytest.param(b"[1,2]", ("identity",), id="not at all"),
        ],
    )
    async def test_a_body_is_read_as_it_was(
        self, serve: Serve, clients: Clients, body: bytes, codings: tuple[str, ...]
    ) -> None:
        """However it was compressed, as often as it says."""
        server = serve(lambda _: Reply(body, headers=coded(*codings)))
        assert (await HttpClient(clients).fetch(Request("GET", server.url))).json() == [1, 2]

    @pytest.mark.parametrize(
        ("body", "codings", "told"),
        [
            pytest.param(gzip.compress(b"1\n" * 90)[:-9], ("gzip",), "breaks off", id="cut gzip"),
            pytest.param(zstandard.compress(b"1\n" * 90)[:-3], ("zstd",), "breaks off", id="cut zstd"),
            pytest.param(b"plain", ("zstd",), "decompressed", id="no zstd"),
            pytest.param(b"plain", ("deflate",), "decompressed", id="no deflate"),
            pytest.param(b"x", ("gzip",) * 20, "compressed 20 times over", id="twenty times"),
        ],
    )
    async def test_what_cannot_be_unpacked_is_told(
        self, serve: Serve, clients: Clients, body: bytes, codings: tuple[str, ...], told: str
    ) -> None:
        """A part of an answer is not taken for all of it."""
        server = serve(lambda _: Reply(body, headers=coded(*codings)))
        with pytest.raises(SourceError, match=told):
            await HttpClient(clients).fetch(Request("GET", server.url))

    async def test_nothing_is_no_broken_compression(self, serve: Serve, clients: Clients) -> None:
        """An empty body needs no unpacking."""
        server = serve(lambda _: Reply(b"", 404, coded("gzip")))
        assert (await HttpClient(clients).fetch(Request("GET", server.url))).status == 404

    async def test_what_was_not_asked_for_is_named(self, serve: Serve, clients: Clients) -> None:
        """Only what can be unpacked within bounds is asked for."""
        server = serve(lambda _: Reply(b"\x0b\x02\x80[1,2]\x03", headers=coded("br")))
        answer = await HttpClient(clients).fetch(Request("GET", server.url))
        with pytest.raises(SourceError, match="compressed as br, which it was not asked for"):
            answer.json()
        assert server.seen[0].headers["accept-encoding"] == "gzip, deflate, zstd"


class TestLogs:
    """A compressed log is read as a stream."""

    @pytest.mark.parametrize("packing", PACKINGS)
    def test_a_log_is_never_unpacked_whole(self, tmp_path: Path, packing: str) -> None:
        """128 MiB from a few hundred bytes, in constant memory."""
        path = tmp_path / "app.log.1"
        path.write_bytes(bomb(packing))
        size = 0
        with memory_within(16 * MIB), Content.open(path) as content:
            while block := content.read():
                size += len(block)
        assert (size, content.problem, content.ended) == (BOMB_MIB * MIB, None, True)


class TestTinyStreams:
    """Many streams of a few bytes: a push of 5 MB can hold a quarter of a million of them."""

    def test_what_follows_a_stream_is_not_copied_whole_for_each(self) -> None:
        """Or it would take a minute and more."""
        fed: list[int] = []

        class OneByte:
            ended, rest = False, b""

            def feed(self, data: bytes) -> Iterator[bytes]:
                fed.append(len(data))
                self.ended, self.rest = True, data[1:]
                yield data[:1]

        data = bytes(range(1, 200)) * 100
        assert b"".join(Unpacker(Packing(b"", OneByte)).feed(data)) == data
        assert max(fed) <= 4096

    def test_streams_may_end_anywhere(self) -> None:
        """Also where one stretch of what is fed ends."""
        members = [bytes([65 + number % 26]) * (number % 7) for number in range(3000)]
        packed = b"".join(gzip.compress(one) + bytes(number % 3) for number, one in enumerate(members))
        assert unpacked(packed, GZIP, MIB) == b"".join(members)


class TestDeliveries:
    """A delivered archive is read as a stream, by whichever method it is compressed."""

    @pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])  # fmt: skip
    def test_a_zip_of_any_method_is_read(self, tmp_path: Path, method: int) -> None:
        """7-Zip and others offer more than the usual one."""
        brought = polled(tmp_path, zipped(b"employee_id;email;manager_id\n1;a@x.example;\n", method))
        assert (brought.file.rows_ok, brought.file.rows_bad) == (1, 0)

    @pytest.mark.parametrize("told", [1000, BOMB_MIB * MIB])
    def test_a_bzip2_bomb_in_a_zip_is_refused(self, tmp_path: Path, told: int) -> None:
        """Whatever size it says it has."""
        content = bytearray(zipped(bytes(BOMB_MIB * MIB), zipfile.ZIP_BZIP2))
        entry = content.index(b"PK\x01\x02")
        content[entry + 24 : entry + 28] = told.to_bytes(4, "little")
        with memory_within(20 * MIB):
            brought = polled(tmp_path, bytes(content), max_bytes="2MB")
        assert brought.file.violations == ("broken_archive" if told == 1000 else "unpacked_too_large",)


def zipped(content: bytes, method: int) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        archive.writestr("staff.csv", content)
    return target.getvalue()


def polled(folder: Path, content: bytes, **contract: object) -> Brought:
    inbox = Inbox(folder, columns=STAFF, **contract)
    inbox.settings = inbox.configured(path=str(folder / "*"), contract={"columns": STAFF, **contract})
    inbox.put(content, "staff.zip")
    return inbox.poll()
