"""Calls to the processor: the intent stored before, one sender at a time, the outcome after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select

from kernel.db import UnitOfWork
from kernel.errors import Unavailable
from kernel.types import new_id
from payouts.gateway import Ask, Done, Failed, Gateway, InDoubt, Outcome
from payouts.models import RemoteCall
from payouts.states import CALL, CallState

# Longer than any request can take with its retries, so that two are never in flight at once.
LEASE_SECONDS = 120
KEY_HOURS = 20
DOUBT_SECONDS_MAX = 3_600
WAITING = (CallState.READY, CallState.SENDING, CallState.IN_DOUBT)


@dataclass(frozen=True)
class Taken:
    """Hold one call while its sender works on it; `turn` fences off an earlier sender."""

    id: UUID
    purpose: str
    thing_id: UUID
    key: str
    turn: int
    is_resend: bool
    is_key_forgotten: bool


def plan(uow: UnitOfWork, purpose: str, thing_id: UUID) -> RemoteCall:
    """Store the intent and the key of a call, numbered after all earlier ones, and ask for it."""
    number = uow.session.scalar(
        select(func.coalesce(func.max(RemoteCall.number), 0) + 1).where(
            RemoteCall.purpose == purpose, RemoteCall.thing_id == thing_id
        )
    )
    call = RemoteCall(
        id=new_id(),
        purpose=purpose,
        thing_id=thing_id,
        number=number,
        key=f"{purpose}:{thing_id}:{number}",
        state=CALL.start,
        state_at=uow.now,
        try_at=uow.now,
    )
    uow.session.add(call)
    uow.later("payouts.disburse", "")
    return call


def take(uow: UnitOfWork, purposes: Sequence[str]) -> Taken | None:
    """Take the oldest call that is due, or None; commit before sending it."""
    call = uow.session.scalar(
        select(RemoteCall)
        .where(
            RemoteCall.state.in_(WAITING),
            RemoteCall.purpose.in_(purposes),
            RemoteCall.try_at <= uow.now,
        )
        .order_by(RemoteCall.try_at, RemoteCall.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if call is None:
        return None
    first = call.first_sent_at
    CALL.move(call, CallState.SENDING, at=uow.now)
    call.sent_count += 1
    call.try_at = uow.now + timedelta(seconds=LEASE_SECONDS)
    call.first_sent_at = first or uow.now
    return Taken(
        id=call.id,
        purpose=call.purpose,
        thing_id=call.thing_id,
        key=call.key,
        turn=call.sent_count,
        is_resend=first is not None,
        is_key_forgotten=first is not None and first + timedelta(hours=KEY_HOURS) < uow.now,
    )


def send(gateway: Gateway, taken: Taken, ask: Ask) -> Outcome | None:
    """Make the call with no transaction open; look up what came of it before sending it again.

    None: it never happened and its key may be forgotten, so that a new call must replace it.
    """
    if taken.is_resend:
        try:
            found = gateway.find(ask, taken.key)
        except Unavailable as unreachable:
            return InDoubt(unreachable.sentence)
        if found is not None:
            return found
        if taken.is_key_forgotten:
            return None
    return gateway.send(ask, taken.key)


def finish(uow: UnitOfWork, taken: Taken, outcome: Outcome | None) -> bool:
    """Record what came of a call; return whether whoever planned it should act on it now."""
    call = uow.get(RemoteCall, taken.id, "This call does not exist.", lock=True)
    if call.state != CallState.SENDING or call.sent_count != taken.turn:
        return False
    match outcome:
        case Done(ref=ref):
            CALL.move(call, CallState.DONE, at=uow.now)
            call.remote_ref = ref
        case Failed(code=code, sentence=sentence):
            CALL.move(call, CallState.FAILED, at=uow.now)
            call.failure = f"{code}: {sentence}"
        case InDoubt(why=why):
            CALL.move(call, CallState.IN_DOUBT, at=uow.now)
            call.failure = why
            pause = min(LEASE_SECONDS * 2 ** min(call.sent_count, 10), DOUBT_SECONDS_MAX)
            call.try_at = uow.now + timedelta(seconds=pause)
            return False
        case None:
            CALL.move(call, CallState.REPLACED, at=uow.now)
            plan(uow, call.purpose, call.thing_id)
            return False
    return True


def next_at(uow: UnitOfWork, purposes: Sequence[str]) -> datetime | None:
    """Return when the next call is due, or None."""
    return uow.session.scalar(
        select(func.min(RemoteCall.try_at)).where(
            RemoteCall.state.in_(WAITING), RemoteCall.purpose.in_(purposes)
        )
    )


def is_under_way(uow: UnitOfWork, purpose: str) -> bool:
    """Tell whether any call with this purpose has not been recorded yet."""
    waiting = (RemoteCall.purpose == purpose, RemoteCall.state.in_(WAITING))
    return bool(uow.session.scalar(select(RemoteCall.id).where(*waiting).limit(1)))


def is_ours(uow: UnitOfWork, ref: str) -> bool:
    """Tell whether a recorded call made this object."""
    return bool(uow.session.scalar(select(RemoteCall.id).where(RemoteCall.remote_ref == ref)))
