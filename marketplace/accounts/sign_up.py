"""Make accounts: people sign up and confirm their address; the command line makes admins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from kernel.db import UnitOfWork
from kernel.errors import Conflict, Refused
from kernel.types import new_id
from kernel.web.limits import Limits, TooMany
from marketplace.accounts import invitations, letters, organisations, queries
from marketplace.accounts.credentials import passwords, tokens, totp
from marketplace.accounts.marks import Visit
from marketplace.accounts.models import User
from marketplace.config import TERMS_VERSION
from workers import service as workers

SIGN_UPS = "200 per 1 hour"
LETTERS = "5 per 1 hour"
# ISO 3166-1 alpha-2, the 249 codes assigned officially.
_COUNTRIES = """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS
    BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE
    EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM
    HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC
    LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA
    NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW
    SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO
    TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
"""
COUNTRIES = frozenset(_COUNTRIES.split())


@dataclass(frozen=True)
class Registration:
    """Hold what a person says of themselves when they sign up."""

    email: str
    password: str
    display_name: str
    country: str
    age_confirmed: bool
    terms_version: str
    kind: Literal["worker", "requester"]
    organisation_name: str = ""
    languages: tuple[str, ...] = ()
    adult_consent: bool = False
    invitation: UUID | None = None


@dataclass(frozen=True)
class NewAccount:
    """Name what a sign-up made."""

    user: User
    organisation_id: UUID | None


@dataclass(frozen=True)
class NewAdmin:
    """Hold a new admin and, this once, the secret of their second factor."""

    user: User
    totp_secret: str
    totp_uri: str


def sign_up(
    uow: UnitOfWork, limits: Limits, registration: Registration, visit: Visit
) -> NewAccount:
    """Make a person, with a worker or an organisation as they asked, and write to them."""
    limits.check(SIGN_UPS, "sign_up", visit.address)
    limits.hit(SIGN_UPS, "sign_up", visit.address)
    email = queries.normalised(registration.email)
    is_invited = invitations.is_invited(uow, registration.invitation, email)
    _check(registration, email, is_invited)
    worker_id = _worker_id(uow, registration)
    user = _insert(uow, registration, email, worker_id)
    organisation_id = None
    if registration.kind == "requester" and registration.organisation_name:
        organisation_id = organisations.create(uow, registration.organisation_name, user.id).id
    letters.ask_to_confirm(uow, user)
    return NewAccount(user, organisation_id)


def confirm(uow: UnitOfWork, token: str) -> User:
    """Take the link of a letter as proof that the address is theirs."""
    user = queries.user(uow, tokens.spend(uow, token, tokens.Purpose.CONFIRM_ADDRESS))
    user.email_confirmed_at = user.email_confirmed_at or uow.now
    invitations.take_up(uow, user)
    return user


def ask_again(uow: UnitOfWork, limits: Limits, user: User) -> None:
    """Write the letter that confirms an address again, unless it was or too many were sent."""
    if user.email_confirmed_at is not None:
        return
    try:
        limits.check(LETTERS, "confirm", str(user.id))
    except TooMany:
        return
    limits.hit(LETTERS, "confirm", str(user.id))
    letters.ask_to_confirm(uow, user)


def make_admin(uow: UnitOfWork, email: str, password: str) -> NewAdmin:
    """Make an admin, or make one of a person who is here, with a new password and second factor."""
    email = queries.normalised(email)
    passwords.check_choice(password, email)
    user = queries.user_by_email(uow, email)
    if user is None:
        about = Registration(email, password, "Admin", "", True, TERMS_VERSION, "requester")
        user = _insert(uow, about, email, None)
    else:
        user.password_hash = passwords.hashed(password)
    user.is_admin = True
    user.email_confirmed_at = user.email_confirmed_at or uow.now
    secret, uri = totp.enrol(user)
    uow.audit("admin.made", f"user:{user.id}")
    return NewAdmin(user, secret, uri)


def _check(registration: Registration, email: str, is_invited: bool) -> None:
    if registration.age_confirmed is not True:
        raise Refused("age_not_confirmed", "Please confirm that you are 18 or older.")
    if registration.terms_version != TERMS_VERSION:
        raise Refused("terms_outdated", f"Please read and accept the terms of {TERMS_VERSION}.")
    if registration.country not in COUNTRIES:
        sentence = "Please name your country by its two capital letters, such as DE or IN."
        raise Refused("country_unknown", sentence)
    founds = registration.kind == "requester" and not is_invited
    if founds and not registration.organisation_name:
        raise Refused("organisation_name_missing", "Please name the organisation you act for.")
    passwords.check_choice(registration.password, email)


def _worker_id(uow: UnitOfWork, registration: Registration) -> UUID | None:
    if registration.kind != "worker":
        return None
    languages = list(registration.languages)
    return workers.register(uow, registration.country, languages, registration.adult_consent).id


def _insert(
    uow: UnitOfWork, registration: Registration, email: str, worker_id: UUID | None
) -> User:
    """Insert the person, or refuse an address that is taken, also by one signing up just now."""
    uow.session.flush()
    values = {
        "id": new_id(),
        "email": email,
        "password_hash": passwords.hashed(registration.password),
        "display_name": registration.display_name,
        "country": registration.country,
        "worker_id": worker_id,
        "is_admin": False,
        "age_confirmed_at": uow.now,
        "terms_version": registration.terms_version,
        "created_at": uow.now,
    }
    row = insert(User).values(values).on_conflict_do_nothing(index_elements=[User.email])
    user: User | None = uow.session.scalar(row.returning(User))
    if user is None:
        sentence = "There is an account with this address already. Sign in or reset the password."
        raise Conflict("address_taken", sentence)
    return user
