"""The line to Stripe: one pinned API version, explicit timeouts, and errors told as outcomes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import stripe

from kernel.errors import Conflict, Unavailable
from kernel.money import EXPONENTS, Money
from payouts.gateway import Done, Failed, InDoubt, Outcome

# What the types of the installed SDK describe; a test fails when the two drift apart.
API_VERSION = "2026-10-28.endive"
CONNECT_SECONDS = 4
READ_SECONDS = 12
# One retry of the SDK's own, under the same key: a call ends well before its lease does.
RETRIES_MAX = 1
IN_USE_STATUS = 409

SENTENCES = {
    "balance_insufficient": "The processor does not hold enough cleared money yet.",
    "transfers_not_allowed": "The payout account cannot take money just now.",
    "insufficient_capabilities_for_transfer": "The payout account cannot take money just now.",
    "payouts_not_allowed": "The payout account cannot send money to a bank just now.",
    "account_closed": "The payout account is closed.",
    "account_invalid": "The payout account is closed.",
    "bank_account_unusable": "The bank account cannot be used. Please give another one.",
    "no_account": "There is no such bank account. Please give another one.",
    "charge_already_refunded": "The card has got all its money back already.",
    "charge_disputed": "The card holder objected to this payment, so it cannot be sent back.",
    "amount_too_small": "The amount is too small to be sent.",
    "amount_too_large": "The amount is too large to be sent.",
}


def client(key: str, url: str, read_seconds: int = READ_SECONDS) -> stripe.StripeClient:
    """Build a client that is bound to one address, version, timeout and number of retries."""
    return stripe.StripeClient(
        key,
        stripe_version=API_VERSION,
        base_addresses={"api": url, "connect": url, "files": url, "meter_events": url},
        max_network_retries=RETRIES_MAX,
        http_client=stripe.RequestsClient(timeout=(CONNECT_SECONDS, read_seconds)),
    )


def outcome(work: Callable[[], Done | Failed]) -> Outcome:
    """Do a call and tell what came of it: done, definitely not done, or in doubt.

    A key used for something else is our own fault and raises Conflict("key_reused").
    """
    try:
        return work()
    except stripe.IdempotencyError as error:
        if error.http_status == IN_USE_STATUS:
            return InDoubt("The same call is under way.")
        raise Conflict("key_reused", "This key was used for something else.") from error
    except (stripe.InvalidRequestError, stripe.CardError) as error:
        # Of a call whose twin is under way Stripe says so with this status, whatever the type.
        if error.http_status == IN_USE_STATUS:
            return InDoubt("The same call is under way.")
        return _failed(error)
    except stripe.PermissionError as error:
        if code(error) == "account_invalid":
            return _failed(error)
        return InDoubt(_why(error))
    except stripe.StripeError as error:
        return InDoubt(_why(error))


def code(error: stripe.StripeError) -> str:
    """Return the processor's code of an error; of some kinds the SDK knows it only inside."""
    return error.code or str(getattr(error.error, "code", None) or "")


@contextmanager
def reached() -> Iterator[None]:
    """Tell a question that got no answer from one that was answered: raise Unavailable."""
    try:
        yield
    except stripe.StripeError as error:
        sentence = "The payment processor did not answer. Please try again."
        raise Unavailable("processor_unreachable", sentence, why=_why(error)) from error


def money(minor: int, currency: str) -> Money:
    """Read an amount of whole minor units; raise ValueError for a currency we do not keep."""
    code = currency.upper()
    return Money(minor * 10 ** (6 - EXPONENTS[code]) if code in EXPONENTS else minor, code)


def minor(amount: Money) -> int:
    """Write an amount as the whole minor units that the processor counts in."""
    assert amount.micros > 0 and amount == amount.whole_minor
    return amount.micros // amount.minor_step


def _failed(error: stripe.StripeError) -> Failed:
    refused = code(error) or "refused"
    said = (error.user_message or "").strip()
    return Failed(refused, SENTENCES.get(refused) or said or "The processor refused this request.")


def _why(error: stripe.StripeError) -> str:
    """Write what is known of a failure, without the processor's text, which may name people."""
    return f"{type(error).__name__} {error.http_status or ''} {code(error)}".strip()
