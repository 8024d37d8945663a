"""The kernel's own chores: chain the audit log, send letters, forget what has had its time."""

from __future__ import annotations

from datetime import datetime, timedelta

from kernel import audit, mail
from kernel.chores import chore
from kernel.runtime import Runtime
from kernel.web import idempotency


@chore("kernel.chain_audit", queue="quick")
def chain_audit(runtime: Runtime, _key: str) -> datetime | None:
    """Put new audit entries into the hash chain."""
    return runtime.clock.now() if runtime.database.run(audit.chain) == audit.CHAINED_MAX else None


@chore("kernel.forget", queue="quick")
def forget(runtime: Runtime, _key: str) -> datetime | None:
    """Drop idempotency keys whose time has passed."""
    before = runtime.clock.now() - timedelta(hours=idempotency.KEPT_HOURS)
    runtime.database.run(lambda uow: idempotency.forget_old(uow, before))
    return None


@chore("mail.send")
def send_letters(runtime: Runtime, _key: str) -> datetime | None:
    """Send what is in the post, a bounded number at a time."""
    return runtime.clock.now() if runtime.mail.send_all(runtime.database) == mail.SENT_MAX else None
