"""What the API receives and shows of accounts."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, validate

from kernel.web.fields import In, Out, Text
from marketplace.accounts.credentials.passwords import CHARACTERS_MAX
from marketplace.accounts.keys import DAYS_MAX, SCOPES
from marketplace.accounts.states import Role

EMAIL_CHARACTERS_MAX = 254
TOKEN_CHARACTERS_MAX = 200
LANGUAGES_MAX = 20


class Line(Text):
    """Receive one line of printable text, such as a name."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        line = super()._deserialize(value, attr, data, **kwargs)
        if not line.isprintable():
            raise ValidationError("Please write this on one line, without control characters.")
        return line


def email_field() -> fields.Email:
    """Return the field for an e-mail address."""
    return fields.Email(required=True, validate=validate.Length(max=EMAIL_CHARACTERS_MAX))


def secret_field(most: int = CHARACTERS_MAX, **options: Any) -> fields.String:
    """Return a field for what is compared and never shown: taken as it is, blanks included."""
    return fields.String(load_only=True, validate=validate.Length(min=1, max=most), **options)


class SignUpIn(In):
    """Receive what a person says of themselves when they sign up."""

    email = email_field()
    password = secret_field(required=True)
    display_name = Line(most=80, required=True)
    country = fields.String(required=True, validate=validate.Length(equal=2))
    age_confirmed = fields.Boolean(required=True)
    terms_version = fields.String(required=True, validate=validate.Length(max=20))
    kind = fields.String(
        required=True, data_key="as", validate=validate.OneOf(["worker", "requester"])
    )
    organisation_name = Line(most=120, load_default="")
    languages = fields.List(
        fields.String(validate=validate.Regexp(r"[a-z]{2,3}\Z")),
        load_default=list,
        validate=validate.Length(max=LANGUAGES_MAX),
    )
    adult_consent = fields.Boolean(load_default=False)
    invitation = fields.UUID(
        load_default=None, metadata={"description": "as the letter names it, to join without one"}
    )


class SignUpOut(Out):
    """Show what a sign-up made."""

    user_id = fields.UUID()
    worker_id = fields.UUID()
    organisation_id = fields.UUID()
    csrf_token = fields.String()


class SignInIn(In):
    """Receive what a person shows to sign in."""

    email = email_field()
    password = secret_field(required=True)
    code = secret_field(12, load_default="")


class RefreshIn(In):
    """Receive what a person shows again before a delicate act."""

    password = secret_field(required=True)
    code = secret_field(12, load_default="")


class RoleOut(Out):
    """Show one organisation a person acts for."""

    id = fields.UUID()
    name = fields.String()
    role = fields.String()


class SessionOut(Out):
    """Show who is signed in."""

    user_id = fields.UUID()
    worker_id = fields.UUID()
    is_admin = fields.Boolean()
    needs_code = fields.Boolean()
    organisations = fields.List(fields.Nested(RoleOut))
    csrf_token = fields.String()


class AccountOut(SessionOut):
    """Show a person their own account."""

    email = fields.String()
    display_name = fields.String()
    country = fields.String()
    is_confirmed = fields.Boolean()
    created_at = fields.AwareDateTime()


class TokenIn(In):
    """Receive the token of a letter's link."""

    token = secret_field(TOKEN_CHARACTERS_MAX, required=True)


class ResetIn(In):
    """Receive the address of a person who forgot their password."""

    email = email_field()


class NewPasswordIn(TokenIn):
    """Receive the token of a letter's link and the new password."""

    password = secret_field(required=True)


class OrganisationIn(In):
    """Receive an organisation to found."""

    name = Line(most=120, required=True)


class OrganisationOut(Out):
    """Show an organisation."""

    id = fields.UUID()
    name = fields.String()
    created_at = fields.AwareDateTime()


class OrganisationsOut(Out):
    """Show what a person acts for; there are few, so one page holds them."""

    items = fields.List(fields.Nested(RoleOut))
    next_cursor = fields.String()


class RoleIn(In):
    """Receive a role."""

    role = fields.Enum(Role, by_value=True, required=True)


class MemberIn(RoleIn):
    """Receive a person to add to an organisation."""

    email = email_field()


class MemberOut(Out):
    """Show one person who acts for an organisation."""

    user_id = fields.UUID()
    email = fields.String()
    display_name = fields.String()
    role = fields.String()
    created_at = fields.AwareDateTime()


class MembersOut(Out):
    """Show who acts for an organisation; one page holds them."""

    items = fields.List(fields.Nested(MemberOut))
    next_cursor = fields.String()


class KeyIn(In):
    """Receive an API key to make."""

    name = Line(most=80, required=True)
    scopes = fields.List(
        fields.String(validate=validate.OneOf(sorted(SCOPES))),
        required=True,
        validate=validate.Length(min=1, max=len(SCOPES)),
    )
    organisation_id = fields.UUID(load_default=None)
    expires_days = fields.Integer(
        load_default=None, validate=validate.Range(min=1, max=DAYS_MAX), allow_none=True
    )


class KeyOut(Out):
    """Show an API key without its token."""

    id = fields.UUID()
    name = fields.String()
    prefix = fields.String()
    scopes = fields.List(fields.String())
    organisation_id = fields.UUID()
    created_at = fields.AwareDateTime()
    expires_at = fields.AwareDateTime()


class NewKeyOut(KeyOut):
    """Show a new API key with its token, this once."""

    token = fields.String()


class KeysOut(Out):
    """Show a page of API keys."""

    items = fields.List(fields.Nested(KeyOut))
    next_cursor = fields.String()


class LettersIn(In):
    """Receive whose letters to show."""

    recipient = fields.String(required=True, validate=validate.Length(max=EMAIL_CHARACTERS_MAX))


class LetterOut(Out):
    """Show one letter of the development mailbox."""

    at = fields.AwareDateTime()
    recipient = fields.String()
    subject = fields.String()
    body = fields.String()
