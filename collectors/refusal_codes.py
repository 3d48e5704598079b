"""What a refusal's code says that its status does not: a limit, or a key that is none (pure)."""

from __future__ import annotations

import re

from collectors.exchange import Response

_LONGEST = 4096
_BEFORE, _AFTER = rb"""(?:["'#>]|message=)""", rb"""(?:["'](?!\s*:)|<|:http|;)"""
"""A code stands alone as a value in JSON, behind a namespace, in an element of XML, before an address or in QuickBooks' list."""

_LIMITED = re.compile(
    _BEFORE
    + rb"(?:(?:Request)?Throttl(?:ing|ed)(?:Exception)?|ThrottleExceeded|TooManyRequests(?:Exception)?|SlowDown|"
    rb"ProvisionedThroughputExceeded(?:Exception)?|RequestLimitExceeded|REQUEST_LIMIT_EXCEEDED|"
    rb"(?:userR|r)ateLimitExceeded|dailyLimitExceeded|quotaExceeded|RATE_LIMIT_EXCEEDED|RESOURCE_EXHAUSTED|"
    rb"SSS_REQUEST_LIMIT_EXCEEDED|(?i:(?:HOURLY|BURST)_[A-Z_]{1,40}_LIMIT_EXCEEDED))" + _AFTER
)
"""Of AWS, Salesforce, Google, QuickBooks, NetSuite and DocuSign: of calls, not of what they may hold."""

_NO_KEY = re.compile(
    _BEFORE
    + rb"(?:ExpiredToken(?:Exception)?|UnrecognizedClient(?:Exception)?|InvalidSignature(?:Exception)?|"
    rb"InvalidClientTokenId|InvalidAccessKeyId|SignatureDoesNotMatch|IncompleteSignature(?:Exception)?|"
    rb"MissingAuthenticationToken(?:Exception)?|AuthFailure|INVALID_SESSION_ID|InvalidSessionId|API_KEY_INVALID)"
    + _AFTER
)
"""Of AWS, Salesforce and Google."""


def status_of(response: Response) -> int:
    """The status to judge an answer by: a 400 or 403 is a 429 or a 401 where its code says so."""
    if response.status not in (400, 403):
        return response.status
    said = f'"{response.header("x-amzn-errortype") or ""}"'.encode() + response.body[:_LONGEST]
    if _LIMITED.search(said):
        return 429
    return 401 if _NO_KEY.search(said) else response.status
