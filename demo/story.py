"""The story: every step of the main job, in order, each of which must hold."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any, Protocol

from demo import crowd, items
from demo.client import Client
from demo.labor import Laborer
from demo.report import Given, Report
from demo.requester import PASSWORD, PassTime, Requester

IMAGES = 300
GOLD = 30
EXAM_QUESTIONS = 8
FIXED_ANSWERS = 5
DEPOSIT, BUDGET, REWARD = "600.00", "500.00", "0.2000"
AT_ONCE = 8
ROUNDS_MAX = 60
TASK_SECONDS = 45


class Progress(Protocol):
    """Show how far the story is."""

    def step(self, sentence: str) -> None:
        """Begin a step."""

    def part(self, done: int, total: int) -> None:
        """Show how far the step is."""


@dataclass(frozen=True)
class Stage:
    """Where the story plays: the address, the clock, an admin, and the run's own name."""

    base_url: str
    pass_time: PassTime
    admin: Callable[[], Client]
    admin_email: str
    run: str
    seed: int


@dataclass
class Story:
    """One run: its people, what they saw, and the report that grows with it."""

    stage: Stage
    progress: Progress
    report: Report = field(default_factory=Report)
    laborers: list[Laborer] = field(default_factory=list)
    removed: list[tuple[Laborer, str]] = field(default_factory=list)
    dispute: dict[str, Any] = field(default_factory=dict)

    def tell(self) -> Report:
        """Play every step; raise on the first that does not hold."""
        started = time.monotonic()
        self.prepare()
        self.gather()
        self.work()
        self.dispute_one()
        self.settle_money()
        self.judge()
        self.report.seconds = round(time.monotonic() - started, 1)
        return self.report

    def prepare(self) -> None:
        """Deposit money, post the exam and the job, import and publish."""
        drawn = items.digits(IMAGES + EXAM_QUESTIONS, self.stage.seed)
        self.tasks, exam = drawn[:IMAGES], drawn[IMAGES:]
        self.truth = {digit.name: digit.truth for digit in self.tasks}
        self._seen = {hashlib.sha256(d.png()).digest(): d.truth for d in self.tasks}
        self.exam_truth = {f"q{place}": digit.truth for place, digit in enumerate(exam)}
        self.progress.step("A requester signs up, deposits money and posts a job")
        self.requester = Requester(self.stage.base_url, self.stage.run, self.stage.pass_time)
        self.requester.deposit(DEPOSIT)
        self.exam = self.requester.post_exam(exam)
        self.requester.post_job(REWARD)
        imported = self.requester.import_tasks(self.tasks, GOLD)
        _hold(imported["state"] == "done" and imported["rows_added"] == IMAGES, imported)
        self.requester.publish(BUDGET)
        self.report.tasks = IMAGES

    def gather(self) -> None:
        """Forty workers sign up and sit the exam."""
        self.progress.step("40 workers sign up and sit the exam")
        members = crowd.crowd(items.look_alikes(), self.stage.seed)
        self.laborers = self._each(
            members,
            lambda member: Laborer.sign_up(member, self.stage.base_url, self.stage.run),
        )
        self._each(self.laborers, lambda one: one.sit_exam(self.exam, self.exam_truth))
        self.report.workers = len(self.laborers)

    def work(self) -> None:
        """Claim and answer in rounds until every task has its label."""
        self.progress.step("The crowd works until every label is sure enough")
        for _ in range(ROUNDS_MAX):
            self._each(self.laborers, lambda one: one.claim(self.requester.job))
            self.stage.pass_time(timedelta(seconds=TASK_SECONDS))
            self._each(self.laborers, lambda one: one.answer(self._look))
            self.stage.pass_time(timedelta(seconds=TASK_SECONDS))
            seen = self._settled()
            self.progress.part(seen["tasks"]["settled"], seen["tasks"]["total"])
            if seen["state"] == "completed":
                return
        raise RuntimeError(f"The job did not complete: {seen}")

    def dispute_one(self) -> None:
        """The requester rejects an honest answer; its worker appeals; an admin overturns it."""
        self.progress.step("A rejection is appealed, answered, and overturned by an admin")
        queue = self.requester.client.pages(
            f"/api/v1/jobs/{self.requester.job}/answers", state="submitted"
        )
        by_id = {one.worker_id: one for one in self.laborers if one.member.kind.name == "careful"}
        answer = next(row for row in queue if str(row["worker_id"]) in by_id)
        outcome = self.requester.client.post(
            f"/api/v1/jobs/{self.requester.job}/decisions",
            {
                "decisions": [
                    {
                        "assignment": answer["assignment"],
                        "act": "reject",
                        "reason": "wrong",
                        "sentence": "This is not the digit that I see in the picture.",
                    }
                ]
            },
        )["outcomes"][0]
        _hold(outcome["status"] == "rejected", outcome)
        worker = by_id[str(answer["worker_id"])]
        dispute = worker.appeal(
            outcome["decision_id"], "I looked closely; it can be read this way."
        )
        self.requester.client.post(
            f"/api/v1/disputes/{dispute}/reply", {"reply": "Others read it differently."}
        )
        self.dispute = self.stage.admin().post(
            f"/api/v1/disputes/{dispute}/ruling",
            {
                "outcome": "won",
                "reason": "The digit is hard to read and the answer was given with care. "
                "Disagreement alone is no reason to reject.",
            },
        )
        _hold(self.dispute["state"] == "won", self.dispute)
        self.report.disputes_overturned = 1

    def settle_money(self) -> None:
        """Undecided answers are approved by time; workers withdraw; the rest goes back."""
        self.progress.step("Waiting periods pass; workers withdraw; the rest is refunded")
        requester, job = self.requester, f"/api/v1/jobs/{self.requester.job}"
        self.stage.pass_time(timedelta(days=4))
        self._sign_in_again()
        requester.until(requester.progress, lambda seen: seen["answers"]["undecided"] == 0)
        self.labels = requester.export("labels")
        self.answers = requester.export("answers")
        requester.client.post(f"{job}/close")
        self.stage.pass_time(timedelta(days=10))
        self._each(self._paid_workers(), self._wait_for_earnings)
        self._each(self._paid_workers(), self._set_up_payouts)
        self._each(self._paid_workers(), Laborer.withdraw_all)
        self._each(self._paid_workers(), self._wait_until_sent)
        self._sign_in_again()
        self._refund_rest()
        self.stage.pass_time(timedelta(days=2))
        self._each(self._paid_workers(), self._wait_for_bank)

    def judge(self) -> None:
        """Compare with the truth, look at who was removed, and check the books."""
        self.progress.step("Labels are compared with the truth; the books are checked")
        labels = {row["external_id"]: row["value"] for row in self.labels}
        given = [
            Given(row["external_id"], row["worker"], row["values"]["digit"]) for row in self.answers
        ]
        self.report.score(labels, given, self.truth)
        self.report.answers_fixed = FIXED_ANSWERS * len(labels)
        self._look_at_workers()
        self._look_at_money()

    def _look_at_workers(self) -> None:
        """Note who was stopped: all who did not try, nobody who was careful."""
        path = f"/api/v1/jobs/{self.requester.job}/workers"
        rows = self.requester.client.get(path)["items"]
        people = {str(row["worker_id"]): row for row in rows}
        acknowledged = sum(one.answered for one in self.laborers)
        self.report.answers = sum(row["approved"] for row in rows)
        _hold(acknowledged == self.report.answers, f"{acknowledged} answers were acknowledged")
        for one in self.laborers:
            row = people.get(one.worker_id)
            was_stopped = row is not None and row["state"] != "active"
            if row is not None and was_stopped:
                self.removed.append((one, row["state_reason"]))
            idle = one.member.kind.name in {"spammer", "constant"}
            careful = one.member.kind.name == "careful"
            _hold(was_stopped or not (idle and one.passed), f"{one.member.name} was not stopped")
            _hold(not (careful and was_stopped), f"{one.member.name} was stopped")
        self.report.workers_removed = len(self.removed)

    def _look_at_money(self) -> None:
        """Add the money up from what requester, workers and admin are shown."""
        client, path = self.requester.client, f"/api/v1/organisations/{self.requester.organisation}"
        deposits = client.get(f"{path}/deposits")["items"]
        refunds = client.get(f"{path}/refunds")["items"]
        balances = [seen for one in self._paid_workers() if (seen := one.balance())]
        fees = client.get(f"/api/v1/jobs/{self.requester.job}/money")["fees"]
        self.report.deposited = total(one["amount"] for one in deposits)
        self.report.refunded = total(one["amount"] for one in refunds)
        self.report.left = total(one["available"] for one in client.get(f"{path}/balance")["items"])
        self.report.fees = total([fees])
        self.report.earned = total(
            balance[part]
            for balance in balances
            for part in ("pending", "available", "in_transit", "withdrawn")
        )
        self.report.paid_out = total(balance["withdrawn"] for balance in balances)
        each = Decimal(REWARD) * self.report.answers
        _hold(Decimal(self.report.earned) == each, f"{self.report.earned} was earned, not {each}")
        books = self.stage.admin().get("/api/v1/admin/books")
        self.report.invariants_broken = [
            one["name"] for one in books["invariants"] if not one["holds"]
        ]
        report = self.report
        gone = (report.earned, report.fees, report.refunded, report.left)
        report.books_balanced = not report.invariants_broken and (
            Decimal(report.deposited) == sum(Decimal(part) for part in gone)
        )

    def _refund_rest(self) -> None:
        """Ask for every whole cent back; a card takes no parts of one."""
        client, path = self.requester.client, f"/api/v1/organisations/{self.requester.organisation}"
        available = client.get(f"{path}/balance")["items"][0]["available"]["amount"]
        units, _, part = available.partition(".")
        money = {"amount": f"{units}.{part[:2]}", "currency": "USD"}
        client.post(f"{path}/refunds", {"amount": money})

    def _paid_workers(self) -> list[Laborer]:
        return [one for one in self.laborers if one.answered]

    def _wait_for_earnings(self, one: Laborer) -> None:
        one.client.sign_in(one.email, PASSWORD)
        self.requester.until(one.balance, lambda seen: float(seen["pending"]["amount"]) == 0)

    def _set_up_payouts(self, one: Laborer) -> None:
        one.client.sign_in(one.email, PASSWORD)
        address = "/api/v1/my/payout-account"
        one.client.post(address)
        self.requester.until(lambda: one.client.get(address), lambda seen: seen["state"] == "ready")

    def _wait_until_sent(self, one: Laborer) -> None:
        self.requester.until(
            lambda: one.client.get("/api/v1/withdrawals")["items"],
            lambda seen: all(row["state"] == "sent" for row in seen),
        )

    def _wait_for_bank(self, one: Laborer) -> None:
        one.client.sign_in(one.email, PASSWORD)
        self.requester.until(one.balance, lambda seen: float(seen["in_transit"]["amount"]) == 0)

    def _sign_in_again(self) -> None:
        self.requester.client.sign_in(self.requester.email, PASSWORD)

    def _settled(self) -> Any:
        """Read the progress once everything final has been looked at."""
        return self.requester.until(
            self.requester.progress, lambda seen: seen["answers"]["unsettled"] == 0
        )

    def _look(self, shown: Mapping[str, Any]) -> str:
        return self._seen[hashlib.sha256(shown["picture"]).digest()]

    def _each(self, people: Iterable[Any], act: Callable[[Any], Any]) -> list[Any]:
        with ThreadPoolExecutor(AT_ONCE) as threads:
            return list(threads.map(act, people))


def total(amounts: Iterable[Mapping[str, str]]) -> str:
    """Add amounts of money up, as a decimal string."""
    return str(sum((Decimal(one["amount"]) for one in amounts), Decimal("0.0000")))


def _hold(condition: object, seen: object) -> None:
    """Stop the story where a step does not hold."""
    if not condition:
        raise RuntimeError(f"The story does not hold here: {seen}")
