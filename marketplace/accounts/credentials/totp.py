"""Second factors: codes from an authenticator app (RFC 6238), each good once."""

from __future__ import annotations

import base64
import hmac

import pyotp
from cryptography.fernet import Fernet
from sqlalchemy import or_, update

from kernel.db import UnitOfWork
from marketplace.accounts.credentials import installation
from marketplace.accounts.models import User

ISSUER = "Quorum"
STEPS_OFF_MAX = 1


def enrol(user: User) -> tuple[str, str]:
    """Give a person a new secret; return it and the address an authenticator app reads."""
    secret = pyotp.random_base32()
    user.totp_secret = _box().encrypt(secret.encode()).decode()
    user.totp_counter = None
    uri = pyotp.TOTP(secret).provisioning_uri(name=user.email or "", issuer_name=ISSUER)
    return secret, uri


def accept(uow: UnitOfWork, user: User, code: str) -> bool:
    """Tell whether a code is right now, and use it up: no code is accepted a second time.

    A clock may be one step (30 seconds) off. The step is claimed by a conditional update, so of
    two requests with the same code one loses.
    """
    step = _step_of(uow, user, code.replace(" ", ""))
    if step is None:
        return False
    unused = or_(User.totp_counter.is_(None), User.totp_counter < step)
    claimed = uow.session.scalar(
        update(User).where(User.id == user.id, unused).values(totp_counter=step).returning(User.id)
    )
    return claimed is not None


def reveal(kept: str) -> str:
    """Return the plain secret of a kept one."""
    return _box().decrypt(kept.encode()).decode()


def _step_of(uow: UnitOfWork, user: User, code: str) -> int | None:
    if user.totp_secret is None:
        return None
    clockwork = pyotp.TOTP(reveal(user.totp_secret))
    present = clockwork.timecode(uow.now)
    for step in range(present - STEPS_OFF_MAX, present + STEPS_OFF_MAX + 1):
        if hmac.compare_digest(clockwork.generate_otp(step).encode(), code.encode()):
            return step
    return None


def _box() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(installation.key("totp")))
