"""Ask what must always be true of the books, and let no money leave while it is not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text, update

from kernel.db import UnitOfWork
from kernel.types import new_id
from payouts import queries
from payouts.books import truths
from payouts.books.truths import Invariant
from payouts.models import Halt

ROWS_MAX = 20


@dataclass(frozen=True)
class Broken:
    """Report an invariant that does not hold, with the first rows that break it."""

    name: str
    sentence: str
    rows: Sequence[tuple[Any, ...]]
    halts: bool


REGISTRY: dict[str, Invariant] = {one.name: one for one in truths.ALL}


def register(invariant: Invariant) -> None:
    """Add a truth of a package above; the same one twice is one, another of its name a mistake."""
    assert REGISTRY.setdefault(invariant.name, invariant) == invariant, invariant.name


def check(uow: UnitOfWork, about: str = "") -> list[Broken]:
    """Ask every invariant, or those about one thing, and return the broken ones."""
    broken = []
    for invariant in REGISTRY.values():
        rows = ask(uow, invariant) if about in ("", invariant.about) else []
        if rows:
            broken.append(Broken(invariant.name, invariant.sentence, rows, invariant.halts))
    return broken


def ask(uow: UnitOfWork, invariant: Invariant) -> Sequence[tuple[Any, ...]]:
    """Return the first rows that break an invariant."""
    # A million groups fit into this; on disk they would take several times as long.
    uow.session.execute(text("SET LOCAL work_mem = '256MB'"))
    given = {"now": uow.now} if ":now" in invariant.sql else {}
    rows = uow.session.execute(text(invariant.sql), given).fetchmany(ROWS_MAX)
    return [tuple(row) for row in rows]


def halt(uow: UnitOfWork, reason: str) -> None:
    """Let no money leave until a person lifts it; once is enough."""
    if not queries.is_halted(uow):
        uow.session.add(Halt(id=new_id(), at=uow.now, reason=reason))
        uow.session.flush()
        uow.audit("halt_payouts", "books", None, reason)


def lift(uow: UnitOfWork) -> None:
    """Let money leave again and wake what waits for it; a person's decision."""
    uow.session.execute(
        update(Halt)
        .where(Halt.lifted_at.is_(None))
        .values(lifted_at=uow.now, lifted_by=uow.identity.actor)
    )
    uow.audit("lift_halt", "books")
    uow.later("payouts.disburse", "")


def names(about: str = "") -> list[str]:
    """List every invariant, or those about one thing."""
    return [one.name for one in REGISTRY.values() if about in ("", one.about)]
