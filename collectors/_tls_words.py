"""Puts into words why no TLS was spoken, and what helps (pure)."""

from __future__ import annotations

import ssl

_OUT_OF_DATE = frozenset({9, 10})
_OTHER_NAME = frozenset({62, 64})
"""OpenSSL's codes: not yet valid, expired; the host's name or address is none of its names."""

_REMEDIES = {
    "WRONG_VERSION_NUMBER": "; is it plain http?",
    "CERTIFICATE_REQUIRED": "; it asks for a certificate of ours: write its file under tls.certificate of the source",
    "HANDSHAKE_FAILURE": "; it may ask for a certificate of ours (tls.certificate of the source), or for old ciphers",
    **dict.fromkeys(
        (
            "ALERT_BAD_CERTIFICATE",
            "ALERT_UNSUPPORTED_CERTIFICATE",
            "ALERT_CERTIFICATE_UNKNOWN",
            "ALERT_UNKNOWN_CA",
        ),
        "; it does not take the certificate of ours: is it that which was made known there, with its authorities behind it?",
    ),
    "ALERT_CERTIFICATE_EXPIRED": "; the certificate of ours has expired: renew tls.certificate",
    "ALERT_CERTIFICATE_REVOKED": "; the certificate of ours was revoked: renew tls.certificate",
    "PROTOCOL_VERSION": "; it takes none of the versions of TLS that this machine speaks",
    "UNSUPPORTED_PROTOCOL": "; it takes none of the versions of TLS that this machine speaks",
}
"""What the end of OpenSSL's word means: alerts have a prefix that differs by version."""


def distrusted(error: ssl.SSLCertVerificationError) -> str:
    """Why a certificate is not trusted, and what helps."""
    if error.verify_code in _OUT_OF_DATE:
        remedy = "have it renewed there, and look at this machine's clock"
    elif error.verify_code in _OTHER_NAME:
        remedy = "write the host by a name that it has"
    else:
        remedy = "if it is your own, name the file of its authority under tls.authority of the source, or in the environment variable SSL_CERT_FILE"
    return f"shows a certificate that is not trusted: {error.verify_message.rstrip('.')}; {remedy}"


def misunderstood(error: ssl.SSLError) -> str:
    """What is wrong with the TLS that was spoken, and what helps where that is known."""
    said = str(error.reason or error)
    remedy = next((text for end, text in _REMEDIES.items() if said.endswith(end)), "")
    return f"does not speak TLS as expected: {said}{remedy}"
