"""The crowd at work: sign up, sit the exam, claim, answer, appeal, withdraw; all over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from demo.client import Client, ProblemError
from demo.crowd import Member
from demo.requester import PASSWORD, TERMS_VERSION, confirm

BATCH = 6
ENDED = frozenset({"removed_from_job", "paused_on_job"})
TruthOf = Callable[[Mapping[str, Any]], str]


@dataclass
class Laborer:
    """One simulated worker with a client of their own."""

    member: Member
    client: Client
    email: str
    worker_id: str = ""
    passed: bool = False
    stopped: str = ""
    held: list[dict[str, Any]] = field(default_factory=list)
    answered: int = 0

    @classmethod
    def sign_up(cls, member: Member, base_url: str, run: str) -> Laborer:
        """Join as a worker and confirm the address."""
        laborer = cls(member, Client(base_url), f"{member.name}-{run}@example.org")
        made = laborer.client.sign_up(
            email=laborer.email,
            password=PASSWORD,
            display_name=member.name,
            country="US",
            age_confirmed=True,
            terms_version=TERMS_VERSION,
            languages=["en"],
            **{"as": "worker"},
        )
        laborer.worker_id = made["worker_id"]
        confirm(laborer.client, laborer.email)
        return laborer

    def sit_exam(self, exam: str, truth: Mapping[str, str]) -> None:
        """Take the exam; `truth` tells what the questions show to a person with eyes."""
        sitting = self.client.post(f"/api/v1/exams/{exam}/sittings")
        given = {
            question["id"]: self.member.answer_exam(truth[question["id"]])
            for question in sitting["questions"]
        }
        result = self.client.post(f"/api/v1/sittings/{sitting['id']}/answers", {"answers": given})
        self.passed = result["state"] == "passed"

    def claim(self, job: str) -> None:
        """Take the next few tasks, unless the job has let this worker go."""
        if not self.passed or self.stopped:
            return
        try:
            self.held = self.client.post(f"/api/v1/jobs/{job}/claims", {"count": BATCH})["claims"]
        except ProblemError as problem:
            self.held = []
            if problem.code in ENDED:
                self.stopped = str(problem.body["detail"])
            elif problem.status != 409:
                raise

    def answer(self, truth_of: TruthOf) -> None:
        """Look at each picture and answer all tasks held."""
        if not self.held:
            return
        answers = [
            {
                "assignment": claim["id"],
                "active_seconds": self.member.seconds(),
                "result": [
                    {
                        "from_name": "digit",
                        "to_name": "picture",
                        "type": "choices",
                        "value": {"choices": [self.member.answer(self._look(claim, truth_of))]},
                    }
                ],
            }
            for claim in self.held
        ]
        outcomes = self.client.post("/api/v1/answers", {"answers": answers})["outcomes"]
        refused = [one for one in outcomes if one["status"] == "refused"]
        if refused:
            raise RuntimeError(f"An answer in time was refused: {refused[0]}")
        self.answered += len(outcomes)
        self.held = []

    def appeal(self, decision: str, statement: str) -> str:
        """Object to a rejection."""
        body = {"kind": "rejection", "decision_id": decision, "statement": statement}
        return str(self.client.post("/api/v1/appeals", body)["id"])

    def balance(self) -> dict[str, Any] | None:
        """Return the balance, None before the first cent."""
        items = self.client.get("/api/v1/my/balance")["items"]
        return items[0] if items else None

    def withdraw_all(self) -> None:
        """Show the password again and withdraw every whole cent, if there is a dollar."""
        self.client.sign_in(self.email, PASSWORD)
        balance = self.balance()
        if balance is None:
            return
        whole = balance["available"]["amount"].partition(".")
        if int(whole[0]) >= 1:
            amount = f"{whole[0]}.{whole[2][:2]}"
            self.client.post(
                "/api/v1/withdrawals", {"amount": {"amount": amount, "currency": "USD"}}
            )

    def _look(self, claim: Mapping[str, Any], truth_of: TruthOf) -> str:
        """Open the picture as a person would, and see what it shows."""
        return truth_of({"picture": self.client.download(claim["data"]["image"])})
