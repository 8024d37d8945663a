"""What accounts know of this installation: its public address, its secret as a key per purpose."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass


@dataclass(frozen=True)
class Installation:
    """Hold the secret all processes share and the address people reach us at."""

    secret_key: str
    public_url: str


_known: list[Installation] = []


def use(secret_key: str, public_url: str) -> None:
    """Say once per process which installation this is."""
    assert secret_key, "an installation has a secret"
    _known[:] = [Installation(secret_key, public_url.rstrip("/"))]


def key(purpose: str) -> bytes:
    """Return the 32-byte key for one purpose: HMAC-SHA-256 of its name under the secret.

    One purpose's key tells nothing about another's (HMAC is a pseudo-random function).
    """
    return hmac.digest(_here().secret_key.encode(), purpose.encode(), hashlib.sha256)


def address(path: str = "") -> str:
    """Return the full public address of a path."""
    return _here().public_url + path


def _here() -> Installation:
    if not _known:
        raise RuntimeError("installation.use(secret_key, public_url) was not called yet.")
    return _known[0]
