"""A server that speaks as much of S3 as reading takes: signed calls, listings in pages, parts of objects."""

from __future__ import annotations

import hashlib
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

from tests.collectors.collectors_aws import KEY, SECRET, is_signed, key_of


@dataclass
class Bucket:
    """The server's only bucket. objects: key → content; page: keys in a page; listings: how often one was asked
    for; written_at: when all of them were written."""

    objects: dict[str, bytes] = field(default_factory=dict)
    name: str = "exchange"
    page: int = 1000
    port: int = 0
    listings: int = 0
    written_at: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))

    def options(self, **more: object) -> dict[str, Any]:
        """What `storage:` has for it."""
        endpoint = {"endpoint_url": f"http://127.0.0.1:{self.port}"}
        return {"key": KEY, "secret": SECRET, "client_kwargs": endpoint} | more

    def address(self, pattern: str) -> str:
        """A pattern in the bucket."""
        return f"s3://{self.name}/{pattern}"


@contextmanager
def serving(bucket: Bucket) -> Iterator[Bucket]:
    """A server of this bucket, while it runs."""
    server = _Server(("127.0.0.1", bucket.port), _Handler)
    server.bucket, bucket.port = bucket, int(server.server_address[1])
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield bucket
    finally:
        server.shutdown()
        server.server_close()
        server.hang_up()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    bucket: Bucket

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remember who is connected."""
        self.__dict__.setdefault("connected", []).append(request)
        super().process_request(request, client_address)

    def handle_error(self, request: object, client_address: object) -> None:
        """A connection that was hung up."""

    def hang_up(self) -> None:
        """End the connections that clients keep."""
        for connection in self.__dict__.get("connected", []):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        bucket = cast("_Server", self.server).bucket
        headers = {name.lower(): value for name, value in self.headers.items()}
        place, _, key = unquote(urlsplit(self.path).path).lstrip("/").partition("/")
        if key_of(headers) != KEY:
            self._refuse(403, "InvalidAccessKeyId")
        elif not is_signed(self.command, self.path, headers, b""):
            self._refuse(403, "SignatureDoesNotMatch")
        elif place != bucket.name:
            self._refuse(404, "NoSuchBucket")
        elif not key:
            query = parse_qs(urlsplit(self.path).query, keep_blank_values=True)
            self._send(200, _listing(bucket, {name: texts[-1] for name, texts in query.items()}).encode())
        elif key not in bucket.objects:
            self._refuse(404, "NoSuchKey")
        else:
            self._object(bucket, bucket.objects[key], headers)

    do_HEAD = do_GET  # noqa: N815

    def _object(self, bucket: Bucket, content: bytes, headers: dict[str, str]) -> None:
        tag = _tag(content)
        if headers.get("if-match", tag) != tag:
            self._refuse(412, "PreconditionFailed")
            return
        told = {"ETag": tag, "Last-Modified": format_datetime(bucket.written_at, usegmt=True)}
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", headers.get("range", ""))
        if asked is None:
            self._send(200, content, told)
        elif int(asked[1]) >= len(content):
            self._refuse(416, "InvalidRange")
        else:
            self._send(206, content[int(asked[1]) : int(asked[2] or len(content)) + 1], told)

    def _refuse(self, status: int, code: str) -> None:
        self._send(status, f"<Error><Code>{code}</Code><Message>{code}</Message></Error>".encode())

    def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in ({"Content-Type": "application/xml"} | (headers or {})).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""


def _listing(bucket: Bucket, asked: dict[str, str]) -> str:
    """A page of ListObjectsV2; its token is the last key of the page before."""
    bucket.listings += 1
    prefix, delimiter = asked.get("prefix", ""), asked.get("delimiter", "")
    after = asked.get("continuation-token", "")
    names = sorted(name for name in bucket.objects if name.startswith(prefix))
    entries = dict.fromkeys(
        prefix + name[len(prefix) :].partition(delimiter)[0] + delimiter
        if delimiter and delimiter in name[len(prefix) :]
        else name
        for name in names
    )
    left = [entry for entry in entries if entry > after]
    page, more = left[: bucket.page], len(left) > bucket.page
    found = "".join(_entry(bucket, entry) for entry in page)
    token = f"<NextContinuationToken>{escape(page[-1])}</NextContinuationToken>" if more else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
        f"<Name>{bucket.name}</Name><Prefix>{escape(prefix)}</Prefix><KeyCount>{len(page)}</KeyCount>"
        f"<IsTruncated>{str(more).lower()}</IsTruncated>{token}{found}</ListBucketResult>"
    )


def _entry(bucket: Bucket, name: str) -> str:
    content = bucket.objects.get(name)
    if content is None:
        return f"<CommonPrefixes><Prefix>{escape(name)}</Prefix></CommonPrefixes>"
    at = bucket.written_at.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return (
        f"<Contents><Key>{escape(name)}</Key><LastModified>{at}</LastModified><ETag>{escape(_tag(content))}</ETag>"
        f"<Size>{len(content)}</Size><StorageClass>STANDARD</StorageClass></Contents>"
    )


def _tag(content: bytes) -> str:
    return f'"{hashlib.md5(content, usedforsecurity=False).hexdigest()}"'
