"""The requester's part of the story: deposit, exam, job, tasks, money, and what comes out."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from demo.client import Client
from demo.items import CLASSES, Digit, zipped

PASSWORD = "a long demo password"
TERMS_VERSION = "2026-11"
POLLS_MAX = 400
PassTime = Callable[[timedelta], None]

INTERFACE = (
    '<View>\n  <Header value="Which digit is this?"/>\n  <Image name="picture" value="$image"/>\n'
    '  <Choices name="digit" toName="picture" choice="single" required="true" showInline="true">\n'
    + "".join(f'    <Choice value="{name}" hotkey="{name}"/>\n' for name in CLASSES)
    + "  </Choices>\n</View>"
)
GUIDELINES = """# Which digit is this?

Each picture shows one digit that somebody wrote by hand. Choose the digit you see.

* A **7** may have a bar through its middle; a **1** never has.
* A **9** has a closed loop at the top; an open one is a **4**.
* If two digits are possible, choose the one that most people would read.
"""


class Requester:
    """One organisation with its job."""

    def __init__(self, base_url: str, run: str, pass_time: PassTime) -> None:
        self.client = Client(base_url)
        self.email = f"requester-{run}@example.org"
        self._pass_time = pass_time
        made = self.client.sign_up(
            email=self.email,
            password=PASSWORD,
            display_name="Rita Requester",
            country="US",
            age_confirmed=True,
            terms_version=TERMS_VERSION,
            organisation_name=f"Digits {run}",
            **{"as": "requester"},
        )
        confirm(self.client, self.email)
        self.organisation = made["organisation_id"]
        self.job = ""

    def deposit(self, amount: str) -> None:
        """Pay money in through the pretend processor's checkout page."""
        path = f"/api/v1/organisations/{self.organisation}/deposits"
        money = {"amount": amount, "currency": "USD"}
        made = self.client.post(path, {"amount": money})
        seen = self.until(
            lambda: self.client.get(f"{path}/{made['id']}"), lambda deposit: deposit["checkout_url"]
        )
        self.client.post(urlsplit(seen["checkout_url"]).path + "/pay")
        self.until(
            lambda: self.client.get(f"/api/v1/organisations/{self.organisation}/balance"),
            lambda balance: any(float(one["available"]["amount"]) > 0 for one in balance["items"]),
        )

    def post_exam(self, questions: Sequence[Digit]) -> str:
        """Post the exam that guards the job."""
        made = self.client.post(
            f"/api/v1/organisations/{self.organisation}/exams",
            {
                "name": "Reading digits",
                "title": "Can you read digits?",
                "guidelines": GUIDELINES,
                "questions": [
                    {
                        "id": f"q{place}",
                        "text": f"Which digit is drawn here?\n\n{digit.drawing()}",
                        "options": list(CLASSES),
                        "answer": digit.truth,
                        "explanation": f"Somebody wrote a {digit.truth}.",
                    }
                    for place, digit in enumerate(questions)
                ],
                "pass_mark": 60,
                "seconds_max": 600,
                "retry_seconds": 86_400,
                "is_training": False,
                "reward_note": "This exam takes two minutes and is not paid.",
            },
        )
        self.qualification = made["qualification_id"]
        return str(made["id"])

    def post_job(self, reward: str) -> None:
        """Post the job as a draft."""
        made = self.client.post(
            "/api/v1/jobs",
            {
                "organisation_id": self.organisation,
                "title": "Which digit is this?",
                "summary": "Look at one handwritten digit and choose what it is.",
                "currency": "USD",
                "interface": INTERFACE,
                "guidelines": GUIDELINES,
                "reward": {"amount": reward, "currency": "USD"},
                "expected_seconds": 6,
                "redundancy": {
                    "answers_min": 2,
                    "answers_max": 7,
                    "is_adaptive": True,
                    "confidence": "0.97",
                },
                "approval": {"mode": "agreement"},
                "gold": {"first": 4, "every": 12, "minimum": "0.7", "error_rate": "0.02"},
                "requirements": [
                    {
                        "qualification": self.qualification,
                        "comparison": ">=",
                        "value": 60,
                        "guards": "accept",
                    }
                ],
            },
        )
        self.job = str(made["id"])

    def import_tasks(self, items: Sequence[Digit], gold: int) -> Any:
        """Upload pictures and a table of tasks, the first `gold` of them with known answers."""
        self.client.post(
            f"/api/v1/jobs/{self.job}/media",
            files={"file": ("digits.zip", zipped(items), "application/zip")},
        )
        file = io.StringIO()
        table = csv.writer(file)
        table.writerow(["image", "external_id", "known", "explanation"])
        for place, item in enumerate(items):
            known = (item.truth, f"Somebody wrote a {item.truth}.") if place < gold else ("", "")
            table.writerow([item.name, item.name, *known])
        made = self.client.post(
            f"/api/v1/jobs/{self.job}/imports",
            files={"file": ("tasks.csv", file.getvalue().encode(), "text/csv")},
        )
        return self.until(
            lambda: self.client.get(f"/api/v1/imports/{made['id']}"),
            lambda seen: seen["state"] != "waiting",
        )

    def publish(self, budget: str) -> None:
        """Fund the job and open it."""
        money = {"amount": budget, "currency": "USD"}
        self.client.post(f"/api/v1/jobs/{self.job}/fundings", {"amount": money})
        self.client.post(f"/api/v1/jobs/{self.job}/publish")

    def progress(self) -> Any:
        """Read how far the job is."""
        return self.client.get(f"/api/v1/jobs/{self.job}/progress")

    def export(self, content: str) -> list[dict[str, Any]]:
        """Export labels or answers as JSON lines."""
        made = self.client.post(
            f"/api/v1/jobs/{self.job}/exports", {"format": "jsonl", "content": content}
        )
        self.until(
            lambda: self.client.get(f"/api/v1/exports/{made['id']}"),
            lambda seen: seen["state"] == "done",
        )
        lines = self.client.download(f"/api/v1/exports/{made['id']}/file")
        return [json.loads(line) for line in lines.splitlines() if line]

    def until(self, read: Callable[[], Any], enough: Callable[[Any], Any]) -> Any:
        """Read again and again until it is enough, letting a little time pass between."""
        return poll(read, enough, self._pass_time)


def poll(read: Callable[[], Any], enough: Callable[[Any], Any], pass_time: PassTime) -> Any:
    """Read until it is enough; give up with what was seen last."""
    seen = None
    for _ in range(POLLS_MAX):
        seen = read()
        if enough(seen):
            return seen
        pass_time(timedelta(seconds=1))
    raise RuntimeError(f"Waited in vain: {seen}")


def confirm(client: Client, email: str) -> None:
    """Open the development mailbox and follow the link that confirms an address."""
    letters = client.get("/api/v1/development/letters", recipient=email)
    words = " ".join(letter["body"] for letter in letters).split()
    token = next(word.rsplit("/", 1)[1] for word in words if "/confirm/" in word)
    client.post("/api/v1/email-confirmations", {"token": token})
