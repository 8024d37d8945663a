"""What may go wrong on the line to the pretend Stripe: on demand, or by a seed."""

from __future__ import annotations

import random
import threading
from collections import deque

# Lost before anything was done; lost after; too slow; a 500 that is kept, with and without the
# thing done; too many requests; the same key under way.
KINDS = (
    "lost_question",
    "lost_answer",
    "slow",
    "kept_500",
    "kept_500_done",
    "busy",
    "in_use",
)
HELD_SECONDS_MAX = 60


class Faults:
    """Say before each call what goes wrong with it; nothing, unless asked for."""

    def __init__(self) -> None:
        self.next: deque[str] = deque()
        self.share = 0.0
        self.taken = 0
        self.kinds: tuple[str, ...] = KINDS
        self.has_arrived, self.is_released = threading.Event(), threading.Event()
        self._chance = random.Random(0)

    def once(self, *kinds: str) -> None:
        """Let the next calls that do something go wrong, one after another."""
        self.next.extend(kinds)

    def seed(self, seed: int, share: float, kinds: tuple[str, ...] = KINDS) -> None:
        """Let a share of all calls that do something go wrong."""
        self._chance, self.share, self.kinds = random.Random(seed), share, kinds

    def wait_until_released(self) -> None:
        """Hold a question that has arrived ("held") until told to go on with it."""
        self.has_arrived.set()
        assert self.is_released.wait(HELD_SECONDS_MAX)

    def take(self, method: str) -> str:
        """Return what goes wrong with this call; the empty text: nothing."""
        if method != "POST":
            return ""
        if self.next:
            return self.next.popleft()
        if self._chance.random() >= self.share:
            return ""
        self.taken += 1
        return self._chance.choice(self.kinds)
