"""Shared column types and identifiers: UUIDv7 keys, moments, and opaque outward ids."""

from __future__ import annotations

import base64
import os
import time
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import UUID as PGUUID
from sqlalchemy.orm import mapped_column

from kernel.errors import Missing

Moment = Annotated[datetime, mapped_column(DateTime(timezone=True))]
Micros = Annotated[int, mapped_column(BigInteger)]
Currency = Annotated[str, mapped_column(String(3))]
Json = Annotated[Any, mapped_column(JSONB)]
Key = Annotated[UUID, mapped_column(PGUUID(as_uuid=True))]


def new_id() -> UUID:
    """Return a UUIDv7 (RFC 9562): 48 bits of Unix milliseconds, then 74 random bits."""
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10), "big")
    value = (milliseconds & (1 << 48) - 1) << 80 | random
    value = value & ~(0xF << 76) | 0x7 << 76
    return UUID(int=value & ~(0x3 << 62) | 0x2 << 62)


def encode_pair(first: UUID, second: UUID) -> str:
    """Return one opaque outward id that holds two keys: 43 URL-safe characters."""
    return base64.urlsafe_b64encode(first.bytes + second.bytes).decode().rstrip("=")


def decode_pair(outward: str) -> tuple[UUID, UUID]:
    """Return the two keys inside an outward id; raise Missing for anything else."""
    try:
        raw = base64.b64decode(outward + "=", altchars=b"-_", validate=True)
        if len(raw) != 32 or encode_pair(UUID(bytes=raw[:16]), UUID(bytes=raw[16:])) != outward:
            raise ValueError(outward)
    except ValueError:
        raise Missing("not_found", "There is nothing at this address.") from None
    return UUID(bytes=raw[:16]), UUID(bytes=raw[16:])
