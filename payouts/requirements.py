"""What the processor wants to know of a worker, in words the worker would use."""

from __future__ import annotations

from collections.abc import Iterable

# The first that a code begins with, or contains, names it.
WORDS = (
    ("external_account", "The bank account your money should go to"),
    ("bank_account", "The bank account your money should go to"),
    ("tos_acceptance", "Your agreement to the payment company's terms"),
    ("verification.additional_document", "A document that shows where you live"),
    ("verification.proof_of_liveness", "A picture of yourself"),
    ("verification.document", "A picture of your identity card or passport"),
    ("ssn_last_4", "The last four digits of your social security number"),
    ("id_number", "Your tax or social security number"),
    (".dob.", "Your date of birth"),
    (".address", "Your home address"),
    ("first_name", "Your name"),
    ("last_name", "Your name"),
    ("full_name", "Your name"),
    ("email", "Your email address"),
    ("phone", "Your phone number"),
    ("political_exposure", "Whether you hold a public office"),
    ("business_type", "Whether you work as a person or as a company"),
    ("business_profile", "A few words about the work you do"),
    ("company", "Details of your company"),
    ("representative", "Who acts for your company"),
)
ANYTHING_ELSE = "Something that the payment company tells you on its page"
PROBLEMS = {
    "requirements.past_due": "Something it asked for is overdue.",
    "requirements.pending_verification": "It is checking what you told it.",
    "action_required.requested_capabilities": "It needs more details before it can pay you.",
    "under_review": "It is looking at your account. You need not do anything.",
    "listed": "It compares your name with lists of people it may not pay. This takes a while.",
    "platform_paused": "We have paused payouts to you. Please write to us.",
    "disconnected": "You cut the tie between this account and us. You can set up a new one.",
    "other": "It cannot pay you just now. Please write to us.",
}
REJECTED = "It will not pay to this account. You can set up another one, or write to us."


def words(codes: Iterable[str]) -> list[str]:
    """Tell what is wanted, each thing once, in the order of the table above."""
    found = {_word(code) for code in codes}
    order = [*dict.fromkeys(word for _, word in WORDS), ANYTHING_ELSE]
    return [word for word in order if word in found]


def problem(code: str) -> str:
    """Tell why no money may go to an account; a sentence is told as it is."""
    if code.startswith("rejected"):
        return REJECTED
    return PROBLEMS.get(code, code if " " in code else PROBLEMS["other"] if code else "")


def _word(code: str) -> str:
    return next((word for part, word in WORDS if part in code), ANYTHING_ELSE)
