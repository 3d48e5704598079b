"""Certificates that the tests of TLS make for themselves."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest


def certificate_of(name: str, folder: Path) -> Path:
    """A file with the certificate of a host, signed by itself, and its key; the test is skipped without openssl."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed")
    file = folder / "both.pem"
    names = ["-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}"]
    made = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *names]
    subprocess.run([openssl, *made, "-keyout", file, "-out", f"{file}.crt"], check=True, capture_output=True)
    file.write_text(file.read_text() + Path(f"{file}.crt").read_text())
    return file
