"""Where a process can be killed so that it matters: each crossing to what outlives it.

Between two crossings a process changes nothing but its own memory, so a SIGKILL anywhere there
leaves what a SIGKILL at the next crossing leaves. What outlives a process is PostgreSQL, which it
changes by commits, and the processor, which it changes by POSTs. Both are met at seams that the
product has anyway; none of its lines knows of this.
"""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

import stripe
from sqlalchemy import Connection, Engine, event
from sqlalchemy.orm import Session

WRITTEN = "SELECT pg_current_xact_id_if_assigned()"
PRODUCT = ("kernel.", "payouts.", "marketplace.")
PLUMBING = ("kernel.db", "kernel.sql")


@dataclass
class Crossings:
    """Count what this process crosses, and end it by SIGKILL at one; 0: at none.

    The file `told` then holds a line for each crossing, the deadly one last.
    """

    told: Path
    die_at: int = 0
    names: list[str] = field(default_factory=list)
    _has_written: bool = False

    def watch(self) -> None:
        """Meet every commit that writes and every POST to Stripe, before and after."""
        event.listen(Engine, "commit", self._before_commit)
        event.listen(Session, "after_commit", self._after_commit)
        ask = stripe.RequestsClient.request

        def request(client: Any, method: str, *given: Any, **named: Any) -> Any:
            if method != "post":
                return ask(client, method, *given, **named)
            self._cross("before it is asked")
            answer = ask(client, method, *given, **named)
            self._cross("done, and not known here")
            return answer

        stripe.RequestsClient.request = request  # type: ignore[method-assign]

    def tell(self) -> None:
        """Write down what was crossed."""
        self.told.write_text("\n".join(self.names))

    def _before_commit(self, connection: Connection) -> None:
        line: Any = connection.connection.driver_connection
        self._has_written = line.execute(WRITTEN).fetchone()[0] is not None
        if self._has_written:
            self._cross("before its commit")

    def _after_commit(self, _session: Session) -> None:
        if self._has_written:
            self._has_written = False
            self._cross("after its commit")

    def _cross(self, moment: str) -> None:
        self.names.append(f"{_place(sys._getframe(1))} {moment}")
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
    return "somebody's request"
