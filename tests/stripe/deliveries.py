"""How the pretend Stripe pushes events: signed, full or thin, and as badly as the real one."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import stripe

from payouts.gateway import Door
from tests.stripe.company import Company

SECRETS = {Door.PLATFORM: "whsec_platform", Door.CONNECTED: "whsec_connected"}
Post = Callable[[Door, str, str], int]


@dataclass
class Deliveries:
    """Push what is untold to whoever listens, until it says 200 or the event is dropped.

    The shares are chances, by a seed: to be dropped for good, told twice, or put off to the next
    round. `is_reordered` shuffles each round, `is_thin` tells names only.
    """

    company: Company
    post: Post
    dropped_share: float = 0.0
    doubled_share: float = 0.0
    delayed_share: float = 0.0
    is_reordered: bool = False
    is_thin: bool = False
    chance: random.Random = field(default_factory=lambda: random.Random(0))

    def round(self) -> int:
        """Push one round; return how many events are still untold."""
        with self.company.lock:
            self.company.pass_time()
            due, self.company.untold = self.company.untold, []
        if self.is_reordered:
            self.chance.shuffle(due)
        for event in due:
            if self.chance.random() < self.dropped_share:
                continue
            if self.chance.random() < self.delayed_share or not self._push(event):
                self.company.untold.append(event)
            elif self.chance.random() < self.doubled_share:
                self._push(event)
        return len(self.company.untold)

    def all(self, rounds_max: int = 50) -> None:
        """Push until nothing is untold."""
        for _ in range(rounds_max):
            if not self.round():
                return
        raise AssertionError(f"untold after {rounds_max} rounds: {self.company.untold}")

    def _push(self, event: dict[str, Any]) -> bool:
        door = Door.CONNECTED if event.get("account") else Door.PLATFORM
        body = json.dumps(thin(event) if self.is_thin else event)
        return self.post(door, body, sign(body, door, self.company.now())) == 200


def sign(body: str, door: Door, at: datetime) -> str:
    """Sign a body as Stripe does."""
    header = stripe.WebhookSignature.generate_signature_header(
        body, SECRETS[door], int(at.timestamp())
    )
    return str(header)


def thin(event: dict[str, Any]) -> dict[str, Any]:
    """Write an event that only names its object."""
    about = event["data"]["object"]
    return {
        "id": event["id"],
        "object": "v2.core.event",
        "type": f"v1.{event['type']}",
        "livemode": event["livemode"],
        "created": datetime.fromtimestamp(event["created"], UTC).isoformat(),
        "context": event.get("account"),
        "related_object": {
            "id": about["id"],
            "type": about["object"],
            "url": f"/v1/{about['object']}s/{about['id']}",
        },
    }
