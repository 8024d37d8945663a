"""The pretend Stripe's state and what happens to it that nobody asks for over HTTP."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from payouts.gateway import line
from tests.stripe import spec
from tests.stripe.book import AVAILABLE, Book

CLEARING_DAYS = 2
PAYOUT_DAYS = 1
DISPUTE_FEE = 15_00
NEEDED = ["external_account", "individual.dob.day", "individual.verification.document"]
Thing = dict[str, Any]


class Company:
    """Play Stripe: objects, a book, events, and people who pay, object, bounce and fill in forms.

    `now` is the clock it shares with whoever tests; `breaches` are what the spec does not allow.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.now = now
        self.book = Book()
        self.lock = threading.RLock()
        self.things: dict[str, Thing] = {}
        self.owners: dict[str, str] = {}
        self.untold: list[Thing] = []
        self.breaches: list[str] = []
        self.cut: set[str] = set()
        self.links = 0

    def make(self, kind: str, prefix: str, given: Thing, owner: str = "") -> Thing:
        """Make an object that Stripe's spec allows, and keep it."""
        ref = f"{prefix}_{len(self.things) + 1:08d}"
        base = {"id": ref, "object": kind, "created": int(self.now().timestamp())}
        if "livemode" in spec.load()["components"]["schemas"][kind]["properties"]:
            base["livemode"] = False
        thing = spec.blank(kind, base | given)
        self.things[ref], self.owners[ref] = thing, owner
        return thing

    def tell(self, kind: str, thing: Thing) -> None:
        """Have an event to tell, with the object as it is at this moment."""
        owner = thing["id"] if kind.startswith("account.") else self.owners[thing["id"]]
        ref = f"evt_{len(self.things) + 1:08d}"
        event = spec.blank(
            "event",
            {
                "id": ref,
                "object": "event",
                "type": kind,
                "api_version": line.API_VERSION,
                "created": int(self.now().timestamp()),
                "livemode": False,
                "pending_webhooks": 1,
                "data": {"object": copy.deepcopy(thing)},
                **({"account": owner} if owner else {}),
            },
        )
        spec.check_object("event", event)
        self.things[ref], self.owners[ref] = event, owner
        self.untold.append(event)

    def pass_time(self) -> None:
        """Move what moves by itself: charges clear, payouts reach the bank."""
        now = self.now()
        list(self.book.clear(now))
        for thing in [*self.things.values()]:
            due = thing["object"] == "payout" and thing["status"] == "pending"
            if due and thing["arrival_date"] <= now.timestamp():
                thing["status"] = "paid"
                self.tell("payout.paid", thing)

    def pay(self, session_ref: str) -> Thing:
        """Let a card pay a checkout; return the charge."""
        with self.lock:
            session = self.things[session_ref]
            assert session["status"] == "open", session
            amount, currency = session["amount_total"], session["currency"]
            marks = session["metadata"]
            intent = self.make(
                "payment_intent",
                "pi",
                {
                    "amount": amount,
                    "amount_received": amount,
                    "currency": currency,
                    "status": "succeeded",
                    "metadata": marks,
                },
            )
            charge = self.make(
                "charge",
                "ch",
                {
                    "amount": amount,
                    "amount_captured": amount,
                    "captured": True,
                    "paid": True,
                    "currency": currency,
                    "status": "succeeded",
                    "payment_intent": intent["id"],
                    "metadata": marks,
                },
            )
            clears_at = self.now() + timedelta(days=CLEARING_DAYS)
            moved = (amount, (amount * 29 + 500) // 1_000 + 30)
            booked = self.book.line("", "charge", charge, moved, self.now(), clears_at)
            charge["balance_transaction"], intent["latest_charge"] = booked["id"], charge["id"]
            session |= {"status": "complete", "payment_status": "paid"}
            session["payment_intent"], session["url"] = intent["id"], None
            self.tell("checkout.session.completed", session)
            self.tell("payment_intent.succeeded", intent)
            return charge

    def expire(self, session_ref: str) -> None:
        """Let a checkout run out unpaid."""
        with self.lock:
            session = self.things[session_ref]
            session["status"], session["url"] = "expired", None
            self.tell("checkout.session.expired", session)

    def bounce(self, payout_ref: str) -> None:
        """Let a bank send a payout back, even one it had taken."""
        with self.lock:
            payout = self.things[payout_ref]
            payout |= {"status": "failed", "failure_code": "account_closed"}
            owner = self.owners[payout_ref]
            self.book.line(owner, "payout_failure", payout, (payout["amount"], 0), self.now())
            self.tell("payout.failed", payout)

    def fail_refund(self, refund_ref: str) -> None:
        """Let a card's bank send a refund back."""
        with self.lock:
            refund = self.things[refund_ref]
            refund["status"] = "failed"
            self.book.line("", "refund_failure", refund, (refund["amount"], 0), self.now())
            self.tell("refund.failed", refund)

    def object_to(self, charge_ref: str, amount: int) -> Thing:
        """Let a card holder object: Stripe takes the amount and a fee at once."""
        with self.lock:
            charge = self.things[charge_ref]
            charge["disputed"] = True
            dispute = self.make(
                "dispute",
                "du",
                {
                    "amount": amount,
                    "currency": charge["currency"],
                    "charge": charge_ref,
                    "reason": "fraudulent",
                    "status": "needs_response",
                },
            )
            self.tell("charge.dispute.created", dispute)
            self._take(dispute, -amount, DISPUTE_FEE)
            self.tell("charge.dispute.funds_withdrawn", dispute)
            return dispute

    def rule(self, dispute_ref: str, status: str) -> None:
        """Let the card's bank decide: won gives the amount back, and not the fee."""
        with self.lock:
            dispute = self.things[dispute_ref]
            dispute["status"] = status
            if status == "won":
                self._take(dispute, dispute["amount"], 0)
                self.tell("charge.dispute.funds_reinstated", dispute)
            self.tell("charge.dispute.closed", dispute)

    def fill_in(self, account_ref: str) -> None:
        """Let a worker tell everything that is wanted, and Stripe find it right."""
        with self.lock:
            account = self.things[account_ref]
            account |= {"details_submitted": True, "payouts_enabled": True}
            account["capabilities"] = {"transfers": "active"}
            self._want(account, [], None)

    def restrict(self, account_ref: str, wanted: list[str], reason: str) -> None:
        """Let Stripe pay an account no more until it gets something, or at all."""
        with self.lock:
            account = self.things[account_ref]
            account["payouts_enabled"] = False
            account["capabilities"] = {"transfers": "inactive"}
            self._want(account, wanted, reason)

    def disconnect(self, account_ref: str) -> None:
        """Let a worker cut the tie: nobody may look at the account any more."""
        with self.lock:
            self.cut.add(account_ref)
            self.tell("account.application.deauthorized", self.things[account_ref])

    def available(self, owner: str = "", currency: str = "usd") -> int:
        """Return what is available to the platform or to a connected account, in minor units."""
        with self.lock:
            self.pass_time()
            return self.book.held(owner, AVAILABLE, currency)

    def all(self, kind: str) -> list[Thing]:
        """List the objects of one kind, oldest first."""
        with self.lock:
            return [thing for thing in self.things.values() if thing["object"] == kind]

    def _take(self, dispute: Thing, amount: int, fee: int) -> None:
        booked = self.book.line("", "adjustment", dispute, (amount, fee), self.now())
        dispute["balance_transactions"] = [*dispute["balance_transactions"], booked]

    def _want(self, account: Thing, wanted: list[str], reason: str | None) -> None:
        account["requirements"] = wants(wanted, reason)
        self.tell("account.updated", account)


def wants(wanted: list[str], reason: str | None) -> Thing:
    """Write what an account must still tell."""
    return spec.blank(
        "account_requirements",
        {
            "currently_due": wanted,
            "past_due": wanted if reason == "requirements.past_due" else [],
            "pending_verification": [],
            "disabled_reason": reason,
        },
    )
