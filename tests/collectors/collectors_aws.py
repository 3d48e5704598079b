"""Looks whether a call is signed as AWS wants it, by the rules that it publishes and not by the library that signs."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import parse_qsl, quote, urlsplit

KEY, SECRET = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"

_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<key>[^/]+)/(?P<scope>(?P<day>\d{8})/[^/]+/(?P<service>[^/]+)/aws4_request), "
    r"SignedHeaders=(?P<headers>[^,]+), Signature=(?P<signature>[0-9a-f]{64})"
)


def key_of(headers: Mapping[str, str]) -> str | None:
    """Whose signature a call has; None: none."""
    found = _AUTHORIZATION.fullmatch(headers.get("authorization", ""))
    return found["key"] if found else None


def is_signed(method: str, raw_path: str, headers: Mapping[str, str], body: bytes) -> bool:
    """Whether a call's signature is right: "Create a signed AWS API request" of the guide to IAM, read backwards."""
    found = _AUTHORIZATION.fullmatch(headers.get("authorization", ""))
    if found is None or found["key"] != KEY:
        return False
    names = found["headers"].split(";")
    at = headers["x-amz-date"]
    datetime.strptime(at, "%Y%m%dT%H%M%SZ")  # noqa: DTZ007
    assert at.startswith(found["day"])
    assert "host" in names
    canonical = [
        method,
        *_place(raw_path, found["service"]),
        "".join(f"{name}:{' '.join(headers[name].split())}\n" for name in names),
        found["headers"],
        headers.get("x-amz-content-sha256", hashlib.sha256(body).hexdigest()),
    ]
    hashed = hashlib.sha256("\n".join(canonical).encode()).hexdigest()
    to_sign = "\n".join(["AWS4-HMAC-SHA256", at, found["scope"], hashed])
    signing = b"AWS4" + SECRET.encode()
    for part in (*found["scope"].split("/"), to_sign):
        signing = hmac.new(signing, part.encode(), hashlib.sha256).digest()
    return signing.hex() == found["signature"]


def _place(raw_path: str, service: str) -> tuple[str, str]:
    """Path and query as they are signed: S3 takes the path as it was sent, all others encode it once more."""
    parts = urlsplit(raw_path)
    path = parts.path if service == "s3" else quote(parts.path, safe="/-_.~")
    pairs = sorted(
        (quote(name, safe="-_.~"), quote(text, safe="-_.~"))
        for name, text in parse_qsl(parts.query, keep_blank_values=True)
    )
    return path, "&".join(f"{name}={text}" for name, text in pairs)
