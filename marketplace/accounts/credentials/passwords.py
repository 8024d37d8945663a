"""Passwords: which may be chosen, how they are kept and how they are checked."""

from __future__ import annotations

import os
import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from kernel.errors import Refused

CHARACTERS_MIN = 10
CHARACTERS_MAX = 200
# argon2id at the least cost OWASP advises (19 MiB, two passes, one lane); tests use a tiny one.
PROFILES = {
    "production": PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1),
    "test": PasswordHasher(time_cost=1, memory_cost=8, parallelism=1),
}
_COMMON = """
    1234567890 0123456789 0987654321 12345678910 123456789a 1234567891 123123123123 1111111111
    0000000000 1q2w3e4r5t 1qaz2wsx3edc q1w2e3r4t5 qwerty1234 qwerty12345 qwertyuiop qwertyuiop1
    asdfghjkl1 zxcvbnm123 abcdefghij abcd123456 abc1234567 aaaaaaaaaa password12 password123
    password1234 passwordpassword p@ssword123 passw0rd123 mypassword letmein123 letmeinletmein
    welcome123 welcome1234 administrator admin12345 iloveyou12 iloveyou123 sunshine123
    football123 baseball123 basketball superman123 princess123 dragon1234 monkey1234
    changeme123 changemenow secretsecret computer123 starwars123 quorumquorum correcthorse
    correcthorsebatterystaple
"""
COMMON = frozenset(_COMMON.split())


def check_choice(password: str, email: str) -> None:
    """Refuse a password that is too short, too long, widely used, or the address itself."""
    if not CHARACTERS_MIN <= len(password) <= CHARACTERS_MAX:
        sentence = f"Please choose a password of {CHARACTERS_MIN} to {CHARACTERS_MAX} characters."
        raise Refused("password_length", sentence)
    plain = password.strip().casefold()
    if plain in {email.casefold(), email.partition("@")[0].casefold()}:
        raise Refused("password_is_address", "Please choose a password other than your address.")
    if plain in COMMON:
        sentence = "This password is widely used and soon guessed. Please choose another."
        raise Refused("password_common", sentence)


def hashed(password: str) -> str:
    """Return the argon2id hash to keep."""
    return _hasher().hash(_canonical(password))


def matches(password_hash: str | None, password: str) -> bool:
    """Tell whether a password is the right one.

    Without a hash (no such account) the same work is done, so that timing says nothing.
    """
    hasher = _hasher()
    try:
        return hasher.verify(password_hash or _nobody(hasher), _canonical(password))
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(password_hash: str) -> bool:
    """Tell whether a hash was made with other parameters than we use today."""
    return _hasher().check_needs_rehash(password_hash)


def _canonical(password: str) -> str:
    # Keyboards differ in how they compose letters (NIST SP 800-63B, 5.1.1.2).
    return unicodedata.normalize("NFKC", password)


def _hasher() -> PasswordHasher:
    return PROFILES[os.environ.get("QUORUM_ARGON2", "production")]


@cache
def _nobody(hasher: PasswordHasher) -> str:
    return hasher.hash(os.urandom(16))
