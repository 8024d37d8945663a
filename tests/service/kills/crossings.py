"""Where a process can be killed so that it matters: after each crossing to what outlives it.

What outlives a process is PostgreSQL, which it changes by commits, and the processor, which it
changes by POSTs. Between two crossings it changes nothing but its own memory, so that a SIGKILL
anywhere there leaves what a SIGKILL right after the first of them leaves: one death for each is all
there are. Both are met at seams that the product has anyway; none of its lines knows of this.
"""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

import psycopg
import stripe
from psycopg.pq import TransactionStatus

WRITTEN = "SELECT pg_current_xact_id_if_assigned()"
A_PERSON = "a person"
PRODUCT = ("kernel.", "payouts.", "marketplace.")
PLUMBING = ("kernel.db", "kernel.sql")
ANYWHERE = (A_PERSON, *PRODUCT)
# Where money is moved or heard of, and not where chores are kept.
OF_MONEY = (A_PERSON, "payouts.", "kernel.web.")


@dataclass
class Crossings:
    """Count what this process crosses at some places, and end it by SIGKILL after one; 0: none.

    The file `told` then holds a line for each crossing, the deadly one last.
    """

    told: Path
    die_at: int = 0
    places: tuple[str, ...] = ANYWHERE
    names: list[str] = field(default_factory=list)

    def watch(self) -> None:
        """Meet every commit that writes and every POST to Stripe."""
        commit = psycopg.Connection.commit

        def committing(line: psycopg.Connection[Any]) -> None:
            is_open = line.info.transaction_status == TransactionStatus.INTRANS
            has_written = is_open and line.execute(WRITTEN).fetchone() != (None,)
            commit(line)
            if has_written:
                self._cross("committed")

        psycopg.Connection.commit = committing  # type: ignore[method-assign]
        ask = stripe.RequestsClient.request

        def request(client: Any, method: str, *given: Any, **named: Any) -> Any:
            answer = ask(client, method, *given, **named)
            if method == "post":
                self._cross("done there, and not known here")
            return answer

        stripe.RequestsClient.request = request  # type: ignore[method-assign]

    def tell(self) -> None:
        """Write down what was crossed."""
        self.told.write_text("\n".join(self.names))

    def _cross(self, what: str) -> None:
        place = _place(sys._getframe(1))
        if not place.startswith(self.places):
            return
        self.names.append(f"{place}: {what}")
        if len(self.names) == self.die_at:
            self.tell()
            os.kill(os.getpid(), signal.SIGKILL)


def _place(frame: FrameType | None) -> str:
    """Name the function of the product that is nearest."""
    while frame is not None:
        module = str(frame.f_globals.get("__name__"))
        if module.startswith(PRODUCT) and not module.startswith(PLUMBING):
            return f"{module}.{frame.f_code.co_name}"
        frame = frame.f_back
    return A_PERSON
