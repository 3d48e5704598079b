"""Compares what a file holds with what was read of one, and with other files: whether they are the same."""

from __future__ import annotations

from collectors.files.content import BLOCK_BYTES, Content
from collectors.files.finding import Found
from collectors.files.marks import EDGE_BYTES, Mark, Prefix, digest


def stands(content: Content, file: Found, mark: Mark) -> bool:
    """Whether a seekable content still begins with what a mark says was read of it."""
    if file.size < mark.offset:
        return False
    head, tail = edges(content, mark.offset)
    return mark.offset == 0 or (digest(head) == mark.head and digest(tail) == mark.tail)


def edges(content: Content, offset: int) -> tuple[bytes, bytes]:
    """The first and the last bytes of the part before an offset; leaves the content standing there."""
    content.seek(0)
    head = content.read(min(EDGE_BYTES, offset))
    start = max(0, offset - EDGE_BYTES)
    content.seek(start)
    return head, content.read(offset - start)


def matching(content: Content, marks: list[Mark]) -> Mark | None:
    """The mark, of those given, that stands furthest in this very content; None if none does."""
    prefix, best = Prefix(), None
    for mark in sorted((mark for mark in marks if mark.offset), key=lambda mark: mark.offset):
        while prefix.offset < mark.offset:
            block = content.read(min(BLOCK_BYTES, mark.offset - prefix.offset))
            if not block:
                return best
            prefix.feed(block)
            if not _may_still_match(prefix, marks):
                return best
        if prefix.stands_at(mark):
            best = mark
    return best


def _may_still_match(prefix: Prefix, marks: list[Mark]) -> bool:
    """Whether any mark beyond here begins alike, so that reading on can pay."""
    return (
        any(
            mark.offset >= prefix.offset and digest(prefix.head[: mark.offset]) == mark.head
            for mark in marks
            if len(prefix.head) >= min(EDGE_BYTES, mark.offset)
        )
        or len(prefix.head) < EDGE_BYTES
    )


def begins(whole: Found, part: Found, encoding: str) -> bool:
    """Whether the content of `part` is where the content of `whole` begins."""
    with Content.open(whole.path, encoding) as one, Content.open(part.path, encoding) as other:
        if one.seekable and other.seekable and part.size > whole.size:
            return False
        while block := other.read():
            if one.read(len(block)) != block:
                return False
    return True
