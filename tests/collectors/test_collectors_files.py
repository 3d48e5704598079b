"""Files of every make are read line by line: compressed, linked, damaged, in any encoding, with any line end."""

import bz2
import gzip
import lzma
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from collectors.files.content import Content
from collectors.files.csv_lines import CsvLines
from collectors.files.finding import Found
from collectors.files.formats import BadLine, JsonLines, LogfmtLines, PatternLines
from collectors.files.lines import LONGEST_LINE_BYTES, cut
from collectors.files.marks import MOST_GONE_KEPT, Mark, cursor_of, marks_of
from collectors.files.reader import Chunk, LogReader
from collectors.files.text import TextDecoder
from collectors.problems import Problems
from core.clock import now
from core.errors import SourceError


def read(
    pattern: Path | str, cursor: dict | None = None, **options: Any
) -> tuple[list[bytes], dict, Problems, list[Chunk]]:
    problems = Problems()
    reader = LogReader(str(pattern), cursor or {}, now(), problems, **options)
    chunks = list(reader.chunks())
    return [line for chunk in chunks for line in chunk.lines], reader.cursor(), problems, chunks


@pytest.mark.parametrize(
    "pack", [gzip.compress, bz2.compress, lzma.compress, zstandard.compress], ids=["gz", "bz2", "xz", "zst"]
)
def test_compressed_files_are_read_to_their_last_line(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    """By their magic number, whatever the name; the last line needs no end; several streams in one file."""
    (tmp_path / "a.log").write_bytes(pack(b"one\ntwo\n") + pack(b"three\nfour"))
    lines, cursor, problems, _ = read(tmp_path / "a.log")
    assert lines == [b"one", b"two", b"three", b"four"]
    assert problems.count == 0
    assert read(tmp_path / "a.log", cursor)[0] == []


def test_a_damaged_compressed_file_is_read_up_to_the_damage(tmp_path: Path) -> None:
    """It is a problem that names the file, and stops no other."""
    packed = gzip.compress(b"".join(b"line %d\n" % number for number in range(50_000)))
    (tmp_path / "a.gz").write_bytes(packed[: len(packed) // 2] + b"\xff" * 100 + packed[len(packed) // 2 :])
    (tmp_path / "b.log").write_bytes(b"good\n")
    lines, _, problems, _ = read(tmp_path / "*")
    assert b"good" in lines
    assert [(p.kind, p.where) for p in problems.listed()] == [("unreadable_file", str(tmp_path / "a.gz"))]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig"])
def test_wide_encodings_are_read_as_utf_8(tmp_path: Path, encoding: str) -> None:
    """By their mark, or by name; growing files too."""
    path, named = tmp_path / "a.log", encoding if encoding.endswith("e") else "auto"
    path.write_bytes("раз\nдва\n".encode(encoding))
    lines, cursor, _, _ = read(path, encoding=named)
    assert [line.decode() for line in lines] == ["раз", "два"]
    with path.open("ab") as log:
        log.write(
            "три\nчет".encode(
                {"utf-16": "utf-16-le", "utf-32": "utf-32-le", "utf-8-sig": "utf-8"}.get(encoding, encoding)
            )
        )
    lines, cursor, _, _ = read(path, cursor, encoding=named)
    assert [line.decode() for line in lines] == ["три"]


def test_a_line_of_50_mb_is_passed_over_and_named(tmp_path: Path) -> None:
    """With bounded memory: file and offset are told, the next line is read; once only."""
    path = tmp_path / "a.log"
    path.write_bytes(b"before\n" + b"x" * 50_000_000 + b"\nafter\n")
    lines, cursor, problems, chunks = read(path)
    assert lines == [b"before", b"after"]
    assert [(p.kind, p.where) for p in problems.listed()] == [("long_line", f"{path}: byte 7")]
    assert (sum(chunk.too_long for chunk in chunks), chunks[-1].first_line) == (1, 3)
    assert read(path, cursor)[0] == []


def test_an_endless_line_is_told_once_and_passed_over_in_parts(tmp_path: Path) -> None:
    """A line still growing is not read from its start again."""
    path = tmp_path / "a.log"
    path.write_bytes(b"x" * (LONGEST_LINE_BYTES + 1_000_000))
    _, cursor, problems, _ = read(path)
    assert problems.count == 1
    with path.open("ab") as log:
        log.write(b"y" * 1000 + b"\nnext\n")
    lines, _, problems, _ = read(path, cursor)
    assert (lines, problems.count) == ([b"next"], 0)


def test_a_hole_of_nuls_is_passed_over(tmp_path: Path) -> None:
    """What truncation leaves under a writer that does not append."""
    path = tmp_path / "a.log"
    path.write_bytes(b"\x00" * (LONGEST_LINE_BYTES + 10) + b"line\n")
    lines, _, problems, chunks = read(path)
    assert (lines, problems.count, chunks[0].offset) == ([b"line"], 0, LONGEST_LINE_BYTES + 10)


def test_a_link_and_its_file_are_one(tmp_path: Path) -> None:
    """Symbolic and hard links give a file other names, not other lines."""
    (tmp_path / "a.1").write_bytes(b"one\n")
    (tmp_path / "a.now").symlink_to(tmp_path / "a.1")
    (tmp_path / "a.hard").hardlink_to(tmp_path / "a.1")
    assert read(tmp_path / "a.*")[0] == [b"one"]


def test_one_bad_file_stops_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A broken link, a pipe and a file that may not be read are named; the rest is read."""
    (tmp_path / "a.log").write_bytes(b"one\n")
    (tmp_path / "b.log").symlink_to(tmp_path / "nothing")
    os.mkfifo(tmp_path / "c.log")
    (tmp_path / "d.log").write_bytes(b"secret\n")
    (tmp_path / "e.log").mkdir()
    opened = Content.open

    def refuse(path: Path, encoding: str = "auto") -> Content:
        if path.name == "d.log":
            raise PermissionError(13, "Permission denied")
        return opened(path, encoding)

    monkeypatch.setattr(Content, "open", refuse)
    lines, _, problems, _ = read(tmp_path / "*.log")
    assert lines == [b"one"]
    assert {Path(p.where).name for p in problems.listed()} == {"b.log", "c.log", "d.log"}
    with pytest.raises(SourceError, match=r"none of the files.*Permission denied"):
        read(tmp_path / "d.log")


def test_no_file_at_all_is_a_failed_poll_that_says_which_path(tmp_path: Path) -> None:
    """SourceError, with the path and where it was looked for."""
    with pytest.raises(SourceError, match=r"no file matches .*nowhere.*looked in"):
        read(tmp_path / "nowhere" / "*.log")


def test_a_file_that_disappears_is_forgotten_in_time(tmp_path: Path) -> None:
    """The cursor stays bounded."""
    gone = [
        Mark(id=str(n), dev=1, ino=n + 1, path="x", offset=1, gone_at=1000 + n)
        for n in range(MOST_GONE_KEPT + 50)
    ]
    assert len(marks_of(cursor_of(gone, 2000))) == MOST_GONE_KEPT
    assert marks_of(cursor_of(gone, 10**9)) == []


def test_offsets_and_numbers_name_each_line(tmp_path: Path) -> None:
    """Byte offsets and line numbers go on over polls, and the id with them over a rename."""
    path = tmp_path / "a.log"
    path.write_bytes(b"one\ntwo\nha")
    _, cursor, _, chunks = read(path)
    assert (chunks[0].offsets()[:2], chunks[0].first_line) == ([0, 4], 1)
    path.write_bytes(b"one\ntwo\nhalf\nfour\n")
    path.rename(tmp_path / "b.log")
    _, _, _, more = read(tmp_path / "*.log", cursor)
    assert (more[0].offsets()[:2], more[0].first_line, more[0].id) == ([8, 13], 3, chunks[0].id)


def test_quotes_keep_a_piece_open_but_not_for_ever() -> None:
    """A row with a line end in quotes is not torn; quotes that never close are no quotes."""
    import io

    def pieces(data: bytes) -> list[list[bytes]]:
        found = cut(
            io.BytesIO(data), at_start=False, skipping=False, last_is_whole=lambda _: False, quoted=True
        )
        return [piece.lines for piece in found]

    assert pieces(b'a,b\n1,"two\n') == [[b"a,b"]]
    assert pieces(b'a,b\n1,"two\nlines"\n2,x\n') == [[b"a,b", b'1,"two', b'lines"', b"2,x"]]
    assert len(pieces(b'1,"disk\n' + b"line\n" * 40_000)[0]) > 40_000
    assert pieces(b'a,b\n1,5" disk\n2,x\n') == [[b"a,b", b'1,5" disk', b"2,x"]]
    assert pieces(b'a,b\n1,\xd1\x8f" disk\n2,"x\ny"\n3,"z\n') == [
        [b"a,b", b'1,\xd1\x8f" disk', b'2,"x', b'y"', b'3,"z']
    ]
    assert pieces(b'1,"a ""b"" c","d""\n') == []
    assert pieces(b'a,b\n1,"two\n2,"x\ny"\n3,z\n') == [[b"a,b", b'1,"two', b'2,"x', b'y"', b"3,z"]]


@given(data=st.binary(max_size=300), size=st.integers(1, 20))
def test_lines_put_together_again_are_the_file(data: bytes, size: int) -> None:
    """No byte is lost or doubled by cutting, however small the blocks."""
    import io

    stream = io.BytesIO(data)
    stream_read = stream.read
    stream.read = lambda _=-1: stream_read(size)  # type: ignore[method-assign]
    pieces = list(cut(stream, at_start=True, skipping=False, last_is_whole=lambda _: True))
    assert b"".join(piece.raw for piece in pieces) == data
    lines = [line.lstrip(b"\x00") for piece in pieces for line in piece.lines]
    body = data.removeprefix(b"\xef\xbb\xbf")
    expected = body.split(b"\n")
    expected = expected[:-1] if not expected[-1].strip(b"\x00") else expected
    assert [line.strip(b"\x00") for line in lines] == [line.strip(b"\x00") for line in expected]


@pytest.mark.parametrize(
    ("line", "item"),
    [
        (b'level=info msg="run \\"x\\" done" rows=5 empty= path=/a=b', {"level": "info", "msg": 'run "x" done', "rows": "5", "empty": "", "path": "/a=b"}),
        (b'time=2026-11-24T13:30:50Z msg="a\\nb"', {"time": "2026-11-24T13:30:50Z", "msg": "a\nb"}),
        (b"status=500 error='Validation failed: it\\'s taken' who=d'arc", {"status": "500", "error": "Validation failed: it's taken", "who": "d'arc"}),
    ],
    ids=["quoted", "escaped", "single quotes"],
)  # fmt: skip
def test_logfmt_is_read(line: bytes, item: dict[str, str]) -> None:
    """Pairs, quoted values with escapes, empty values."""
    assert LogfmtLines(TextDecoder()).item(line) == item


def test_a_line_that_is_one_long_word_is_a_bad_line() -> None:
    """A file in Base64, say: looked for in it from each of its letters on, a key would be found missing next year."""
    with pytest.raises(BadLine, match="no key=value"):
        LogfmtLines(TextDecoder()).item(b"a" * 2_000_000)


@given(line=st.binary(max_size=200).filter(lambda line: b"\n" not in line), text=st.text(max_size=50))
def test_any_line_is_an_item_or_a_bad_line(line: bytes, text: str) -> None:
    """No exception but BadLine, from JSON, logfmt and a pattern; CSV tells of bad rows."""
    import re

    decoder = TextDecoder()
    for lines in (
        JsonLines(decoder),
        LogfmtLines(decoder),
        PatternLines(decoder, re.compile(r"(?P<a>\w+) (?P<b>.*)")),
    ):
        for one in (line, text.encode("utf-8", "replace"), b"{" + line + b"}"):
            try:
                assert isinstance(lines.item(one), dict)
            except BadLine:
                continue
    bad: list[int] = []
    items = list(
        CsvLines(decoder).items([b"a,b", line, b'1,"'], b"a,b\n", True, lambda index, _: bad.append(index))
    )
    assert all(set(item) == {"a", "b"} for _, item in items)


@given(pairs=st.dictionaries(st.from_regex(r"[a-z_][a-z0-9_.]{0,8}", fullmatch=True), st.text(max_size=20)))
def test_logfmt_comes_back(pairs: dict[str, str]) -> None:
    """What is written with quotes is read back."""

    def quoted(value: str) -> str:
        return (
            '"'
            + value.replace("\\", "\\\\")
            .replace('"', '\\"')
            .replace("\n", "\\n")
            .replace("\r", "\\r")
            .replace("\t", "\\t")
            + '"'
        )

    pairs = {key: value.replace("\x00", "").replace("\x1b", "") for key, value in pairs.items()}
    line = " ".join(f"{key}={quoted(value)}" for key, value in pairs.items())
    if pairs:
        assert LogfmtLines(TextDecoder()).item(line.encode("utf-8", "replace")) == pairs


def test_a_file_found_is_named_by_device_and_inode(tmp_path: Path) -> None:
    """Identity is not the path."""
    assert Found(tmp_path, 1, 2, 3, 4).place == (1, 2)
