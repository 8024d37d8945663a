"""Rate limits on what can be guessed or flooded, counted in Valkey."""

from __future__ import annotations

import redis as redis_errors
import structlog
from limits import RateLimitItem, parse
from limits.storage import storage_from_string
from limits.strategies import SlidingWindowCounterRateLimiter

from kernel.errors import DomainError

log = structlog.get_logger(__name__)


class TooMany(DomainError):
    """Say that something was tried too often and when it may be tried again."""

    status = 429
    title = "Too many requests"


class Limits:
    """Count hits per name and key; a lost Valkey opens the gate rather than the service closing."""

    def __init__(self, redis_url: str) -> None:
        self._windows = SlidingWindowCounterRateLimiter(
            storage_from_string(_storage(redis_url), socket_timeout=1, socket_connect_timeout=1)
        )

    def check(self, limit: str, *key: str) -> None:
        """Raise TooMany when the limit (such as "10 per 15 minutes") is used up; count nothing."""
        item = parse(limit)
        try:
            free = self._windows.test(item, *key)
        except redis_errors.RedisError:
            log.warning("rate_limit_blind")
            return
        if not free:
            raise TooMany(
                "too_many_requests",
                f"Too many tries. Please wait up to {_words(item)} and try again.",
            )

    def hit(self, limit: str, *key: str) -> None:
        """Count one."""
        try:
            self._windows.hit(parse(limit), *key)
        except redis_errors.RedisError:
            log.warning("rate_limit_blind")


def _words(item: RateLimitItem) -> str:
    minutes = max(1, round(item.get_expiry() / 60))
    return "a minute" if minutes == 1 else f"{minutes} minutes"


def _storage(redis_url: str) -> str:
    return redis_url.replace("unix://", "redis+unix://", 1)
