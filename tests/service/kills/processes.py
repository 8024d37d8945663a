"""The processes that die: each does its errand in a fork of its own, as a runner or the web does.

A fork server has loaded the product once, so that a life takes a fraction of a second.
"""

from __future__ import annotations

import logging
import multiprocessing
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import structlog
from flask import Flask

from kernel import chores
from kernel import runtime as runtimes
from kernel.identity import STRANGER
from kernel.runtime import Runtime
from kernel.settings import Settings
from kernel.web import problems
from marketplace import wiring
from payouts import chores as payout_chores
from payouts import gateway
from payouts.pages import webhooks
from payouts.webhooks import hearing
from tests.service.kills.crossings import ANYWHERE, Crossings

LIFE_SECONDS_MAX = 120
# What the stories need; the books are checked and compared by who tells them.
NEEDED = ("disburse", "poll_processor", "look_again", "keep_holding_limits")
SCHEDULE = {f"payouts.{name}": wiring.SCHEDULE[f"payouts.{name}"] for name in NEEDED}
Act = Callable[[Runtime], None]
Push = tuple[str, str, str]


@dataclass(frozen=True)
class Errand:
    """Say what a process is to do: an act of a person, taking in pushes, then whatever is due."""

    settings: Settings
    told: Path
    die_at: int = 0
    places: tuple[str, ...] = ANYWHERE
    act: Act | None = None
    pushes: Sequence[Push] = ()


def start(errand: Errand) -> ForkServerProcess:
    """Start a process on its errand."""
    forks = multiprocessing.get_context("forkserver")
    forks.set_forkserver_preload([__name__])
    child = forks.Process(target=live, args=(errand,))
    child.start()
    return child


def is_killed(child: ForkServerProcess) -> bool:
    """Wait for the end of a process; return whether it was killed, and not done."""
    child.join(LIFE_SECONDS_MAX)
    assert child.exitcode in (0, -signal.SIGKILL), f"a process ended by {child.exitcode}"
    return child.exitcode != 0


def live(errand: Errand) -> None:
    """Do an errand from start to end, or until killed."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    crossings = Crossings(errand.told, errand.die_at, errand.places)
    crossings.watch()
    runtime = runtimes.start(errand.settings, wiring.FOLLOW_UPS, SCHEDULE)
    if errand.act is not None:
        errand.act(runtime)
    if errand.pushes:
        _take_in(runtime, errand.pushes)
    chores.drain(runtime)
    crossings.tell()


def send_beside(runtime: Runtime) -> None:
    """Send and hear as a second copy of the chores that nobody knows to live."""
    processor = gateway.connect(runtime.settings, runtime.database)
    payout_chores.send_due(runtime.database, processor)
    hearing.hear(runtime.database, processor)


def _take_in(runtime: Runtime, pushes: Sequence[Push]) -> None:
    """Receive what the processor pushes, as the web does."""
    web = Flask("the web, as far as the processor sees it")
    web.extensions |= {"quorum": runtime, "quorum_identify": lambda _uow: STRANGER}
    web.register_blueprint(webhooks.blueprint)
    problems.install(web)
    client = web.test_client()
    for door, body, signature in pushes:
        headers = {"Content-Type": "application/json", "Stripe-Signature": signature}
        answer = client.post(f"/webhooks/stripe/{door}", data=body, headers=headers)
        assert answer.status_code == 200, answer.text
