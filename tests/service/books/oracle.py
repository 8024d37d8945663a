"""A second, plain-Python opinion of what every balance must be after any command.

It keeps numbers in a dictionary and counts time in whole days; it knows the rules of the papers
and nothing of the code, the tables or the statements that keep the real books.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from tests.service.books.facts import Asked, Earned, Name, Objection, Paid, Refusal

UNIT, CENT = 1_000_000, 10_000
DISPUTE_COST = 15 * UNIT
PLATFORM = "platform"


@dataclass
class Oracle:
    """Keep every balance by account kind and owner."""

    day: int = 0
    held: Counter[Name] = field(default_factory=Counter)
    deposits: list[Paid] = field(default_factory=list)
    fundings: list[tuple[str, str, int, int]] = field(default_factory=list)
    earnings: list[Earned] = field(default_factory=list)
    withdrawals: list[Asked] = field(default_factory=list)
    refunds: list[tuple[str, int]] = field(default_factory=list)
    objections: list[Objection] = field(default_factory=list)
    budgets: list[str] = field(default_factory=list)

    def move(self, source: Name, target: Name, micros: int) -> None:
        """Take from one account of our debts and give to another."""
        self.held[source] -= micros
        self.held[target] += micros

    def pay_in(self, organisation: str, micros: int) -> None:
        cost = ((micros // CENT * 29 + 500) // 1_000 + 30) * CENT
        is_new = not any(
            paid.organisation == organisation and paid.day <= self.day - 7 for paid in self.deposits
        )
        matures = self.day + (7 if is_new else 2)
        self.deposits.append(Paid(organisation, micros, micros - cost, self.day, matures))
        self.held["organisation_available", organisation] += micros
        self.held["processor_pending", PLATFORM] += micros - cost
        self.held["processing_cost", PLATFORM] += cost

    def fund(self, job: str, organisation: str, micros: int) -> None:
        self._check_free(organisation)
        if self.held["organisation_available", organisation] < micros:
            raise Refusal("funds_short")
        mine = [paid.matures for paid in self.deposits if paid.organisation == organisation]
        self.fundings.append((job, organisation, self.day, max([*mine, self.day])))
        self.move(("organisation_available", organisation), ("job_budget", job), micros)
        if job not in self.budgets:
            self.budgets.append(job)

    def reserve(self, job: str, micros: int) -> None:
        if self.held["job_budget", job] < micros:
            raise Refusal("budget_short")
        self.move(("job_budget", job), ("job_reserved", job), micros)

    def release(self, job: str, micros: int) -> None:
        if self.held["job_reserved", job] < micros:
            raise Refusal("balance_short")
        self.move(("job_reserved", job), ("job_budget", job), micros)

    def close(self, job: str, organisation: str) -> None:
        rest = self.held["job_budget", job]
        self.move(("job_budget", job), ("organisation_available", organisation), rest)

    def approve(self, job: str, worker: str, reward: int, fee: int) -> None:
        if self.held["job_reserved", job] < reward + fee:
            raise Refusal("balance_short")
        self._pay(job, worker, reward, fee, [(("job_reserved", job), reward + fee)])

    def win_appeal(self, job: str, organisation: str, worker: str, reward: int, fee: int) -> None:
        due, payers = reward + fee, []
        for payer in (("job_budget", job), ("organisation_available", organisation)):
            part = min(due, self.held[payer])
            payers.append((payer, part))
            due -= part
        self._pay(job, worker, reward, fee, [*payers, (("bad_debt", PLATFORM), due)])

    def bonus(self, job: str, organisation: str, worker: str, reward: int, fee: int) -> None:
        self._check_free(organisation)
        payer = ("organisation_available", organisation)
        if self.held[payer] < reward + fee:
            raise Refusal("funds_short")
        self._pay(job, worker, reward, fee, [(payer, reward + fee)])

    def take_back(self, number: int) -> None:
        earned = self.earnings[number]
        if earned.is_taken_back:
            raise Refusal("taken_back_before")
        earned.is_taken_back = True
        kind = "worker_available" if earned.is_matured else "worker_pending"
        there = min(earned.micros, self.held[kind, earned.worker])
        self.held[kind, earned.worker] -= there
        self.held["worker_receivable", earned.worker] += earned.micros - there
        self.held["platform_fee", earned.job] -= earned.fee
        for (kind, owner), micros in earned.payers:
            back = "job_budget" if kind == "job_reserved" else kind
            self._give((back, owner), micros)

    def refund(self, organisation: str, micros: int) -> None:
        self._check_free(organisation)
        mine = [paid for paid in self.deposits if paid.organisation == organisation]
        if micros > self.held["organisation_available", organisation]:
            raise Refusal("refund_above_balance")
        if micros > sum(paid.micros - paid.refunded for paid in mine):
            raise Refusal("refund_above_charges")
        for paid in reversed(mine):
            part = min(micros, paid.micros - paid.refunded)
            paid.refunded += part
            micros -= part
            if part:
                self.refunds.append((organisation, part))
                where = ("refund_in_transit", organisation)
                self.move(("organisation_available", organisation), where, part)

    def withdraw(self, worker: str, micros: int) -> None:
        if micros < UNIT:
            raise Refusal("withdrawal_below_minimum")
        if micros > self.held["worker_available", worker]:
            raise Refusal("withdrawal_above_balance")
        if any(a.worker == worker and a.state != "paid" for a in self.withdrawals):
            raise Refusal("withdrawal_open")
        self.withdrawals.append(Asked(worker, micros))
        self.move(("worker_available", worker), ("worker_in_transit", worker), micros)

    def send_again(self, number: int) -> None:
        asked = self.withdrawals[number]
        if asked.state != "stuck":
            raise Refusal(f"withdrawal_{asked.state}")
        asked.state = "transferred"

    def bounce(self, number: int) -> None:
        self.withdrawals[number].has_bounced = True

    def object_to(self, number: int, micros: int) -> None:
        paid = self.deposits[number]
        paid.is_contested = True
        objection = Objection(paid.organisation, micros, owed=micros)
        self.objections.append(objection)
        self.held["processor_available", PLATFORM] -= micros + DISPUTE_COST
        self.held["dispute_cost", PLATFORM] += DISPUTE_COST
        self.held["chargeback_receivable", paid.organisation] += micros
        self._recover(objection)

    def decide(self, number: int, *, is_won: bool) -> None:
        objection = self.objections[number]
        objection.state = "won" if is_won else "lost"
        if is_won:
            self._give_back(objection)
        else:
            self._recover(objection)
            self._write_off(objection)

    def sweep(self) -> None:
        jobs = [owner for kind, owner in self.held if kind == "platform_fee" and owner != PLATFORM]
        gathered = sum(self.held["platform_fee", job] for job in jobs)
        for job in jobs:
            self.move(
                ("platform_fee", job), ("platform_fee", PLATFORM), self.held["platform_fee", job]
            )
        cover = sum(paid.micros for paid in self.deposits if paid.day >= self.day - 90) // 50
        lacking = cover - self.held["chargeback_reserve", PLATFORM]
        part = min(gathered // 10, lacking, self.held["platform_fee", PLATFORM])
        if part > 0 and gathered:
            self.move(("platform_fee", PLATFORM), ("chargeback_reserve", PLATFORM), part)

    def pass_days(self, days: int) -> None:
        """Let time pass; then send what is due, hear what happened, and mature what may."""
        self.day += days
        self.attend()
        self._mature()

    def attend(self) -> None:
        """Send what is due, then hear what happened: opening a deposit does so too."""
        self._send()
        self.hear()

    def _send(self) -> None:
        for asked in self.withdrawals:
            if asked.state == "requested":
                self.held["processor_available", PLATFORM] -= asked.micros
                self.held["processor_connected", asked.worker] += asked.micros
            if asked.state in ("requested", "transferred"):
                asked.state, asked.arrives = "sent", self.day + 1
        for organisation, micros in self.refunds:
            self.held["refund_in_transit", organisation] -= micros
            self.held["processor_available", PLATFORM] -= micros
        self.refunds.clear()

    def hear(self) -> None:
        """Hear what charges and banks have done since."""
        for paid in self.deposits:
            if not paid.is_cleared and paid.day + 2 <= self.day:
                paid.is_cleared = True
                pending, available = (
                    ("processor_pending", PLATFORM),
                    ("processor_available", PLATFORM),
                )
                self.move(pending, available, paid.net)
        for asked in self.withdrawals:
            if asked.has_bounced:
                if asked.state == "paid":
                    self._arrive(asked, -asked.micros)
                asked.state, asked.has_bounced = "stuck", False
            elif asked.state == "sent" and asked.arrives <= self.day:
                asked.state = "paid"
                self._arrive(asked, asked.micros)

    def _arrive(self, asked: Asked, micros: int) -> None:
        self.held["worker_in_transit", asked.worker] -= micros
        self.held["processor_connected", asked.worker] -= micros

    def _mature(self) -> None:
        for earned in self.earnings:
            if earned.is_matured or earned.is_taken_back or earned.available > self.day:
                continue
            if any(self._waits(funding) for funding in self.fundings if funding[0] == earned.job):
                continue
            earned.is_matured = True
            pending, available = "worker_pending", "worker_available"
            self.move((pending, earned.worker), (available, earned.worker), earned.micros)
        for kind, worker in list(self.held):
            if kind == "worker_receivable":
                part = min(self.held[kind, worker], self.held["worker_available", worker])
                self.held[kind, worker] -= part
                self.held["worker_available", worker] -= part

    def _waits(self, funding: tuple[str, str, int, int]) -> bool:
        _, organisation, day, _ = funding
        return any(
            paid.organisation == organisation and not paid.is_cleared and paid.day <= day
            for paid in self.deposits
        )

    def _pay(
        self, job: str, worker: str, reward: int, fee: int, payers: list[tuple[Name, int]]
    ) -> None:
        for payer, micros in payers:
            self._give(payer, -micros)
        self.held["worker_pending", worker] += reward
        self.held["platform_fee", job] += fee
        clears = [clears for funded, _, _, clears in self.fundings if funded == job]
        available = max([*clears, self.day])
        self.earnings.append(Earned(job, worker, reward, fee, available, payers))

    def _give(self, name: Name, micros: int) -> None:
        """Add to an account; a cost of ours shrinks when it is given something."""
        self.held[name] += -micros if name[0] == "bad_debt" else micros

    def _check_free(self, organisation: str) -> None:
        if any(o.organisation == organisation and o.state != "won" for o in self.objections):
            raise Refusal("organisation_frozen")

    def _recover(self, objection: Objection) -> None:
        funded = {
            job for job, organisation, *_ in self.fundings if organisation == objection.organisation
        }
        jobs = sorted(
            (job for job in self.budgets if job in funded),
            key=lambda job: (-self.held["job_budget", job], self.budgets.index(job)),
        )
        payers = [("organisation_available", objection.organisation)]
        payers += [("job_budget", job) for job in jobs]
        for payer in payers:
            part = min(objection.owed, self.held[payer])
            self.held[payer] -= part
            self.held["chargeback_receivable", objection.organisation] -= part
            objection.owed -= part
            objection.borne += part

    def _write_off(self, objection: Objection) -> None:
        objection.reserve = min(objection.owed, self.held["chargeback_reserve", PLATFORM])
        objection.debt = objection.owed - objection.reserve
        self.held["chargeback_reserve", PLATFORM] -= objection.reserve
        self.held["bad_debt", PLATFORM] += objection.debt
        self.held["chargeback_receivable", objection.organisation] -= objection.owed
        objection.owed = 0

    def _give_back(self, objection: Objection) -> None:
        self.held["processor_available", PLATFORM] += objection.micros
        self.held["chargeback_receivable", objection.organisation] -= objection.owed
        self.held["bad_debt", PLATFORM] -= objection.debt
        self.held["chargeback_reserve", PLATFORM] += objection.reserve
        self.held["organisation_available", objection.organisation] += objection.borne
        objection.owed = objection.borne = objection.reserve = objection.debt = 0
