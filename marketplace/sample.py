"""Sample data for a desk: three people with sign-ins, three jobs that can be worked on."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from demo import items
from kernel.db import UnitOfWork
from kernel.identity import Identity
from kernel.money import Money
from kernel.runtime import Runtime
from marketplace import setting_up
from marketplace.accounts import queries as people
from marketplace.accounts import sign_up
from marketplace.jobs import queries as jobs
from marketplace.jobs.intake import media
from marketplace.setting_up import PASSWORD

REQUESTER, WORKER, ADMIN = "requester@example.org", "worker@example.org", "admin@example.org"
FOLDER = Path(items.__file__).parent / "samples"
DEPOSIT = Money.parse("500", "USD")
BUDGET = Money.parse("60", "USD")
PICTURES, PICTURES_GOLD = 40, 8


@dataclass(frozen=True)
class SampleJob:
    """What one sample job asks, in a requester's words."""

    title: str
    summary: str
    guidelines: str
    body: str
    classes: tuple[str, ...]
    reward: str
    expected_seconds: int

    @property
    def draft(self) -> dict[str, Any]:
        """Return the job as the drafting service takes it."""
        choices = "".join(f'<Choice value="{name}"/>' for name in self.classes)
        target = "picture" if "<Image" in self.body else "text"
        return {
            "title": self.title,
            "summary": self.summary,
            "currency": "USD",
            "guidelines": self.guidelines,
            "interface": f'<View>{self.body}<Choices name="answer" toName="{target}" '
            f'choice="single" required="true">{choices}</Choices></View>',
            "reward": Money.parse(self.reward, "USD"),
            "expected_seconds": self.expected_seconds,
            "gold": {"first": 2, "every": 8},
        }


SUPPORT = SampleJob(
    "What is this message about?",
    "Read one short message to a shop and say what it is about.",
    "# What is this message about?\n\nChoose what the person **wants help with**.\n\n"
    "* *billing*: payments, refunds, invoices\n* *delivery*: where a parcel is or goes\n"
    "* *account*: signing in, addresses, data\n* *fault*: something does not work\n"
    "* *praise*: thanks, and nothing is asked for",
    '<Header value="What is this message about?"/><Text name="text" value="$message"/>',
    ("billing", "delivery", "account", "fault", "praise"),
    "0.05",
    15,
)
SEARCH = SampleJob(
    "Does this result answer the search?",
    "Read a search and one result, and say whether it is useful.",
    "# Does this result answer the search?\n\nA result is **useful** if somebody who typed the "
    "search would be glad to read it, even if it is short.",
    '<Header value="Somebody searched for:"/><Text name="query" value="$query"/>'
    '<Header value="Is this result useful to them?"/><Text name="text" value="$result"/>',
    ("useful", "not useful"),
    "0.05",
    15,
)
DIGITS = SampleJob(
    "Which digit is this?",
    "Look at one handwritten digit and choose what it is.",
    "# Which digit is this?\n\nChoose the digit that most people would read.",
    '<Header value="Which digit is this?"/><Image name="picture" value="$image"/>',
    items.CLASSES,
    "0.02",
    6,
)


def ensure(runtime: Runtime) -> list[str]:
    """Make the sample people and jobs unless they are there; return the sign-ins as lines."""
    with runtime.database.unit_of_work() as uow:
        is_there = people.user_by_email(uow, REQUESTER) is not None
    if not is_there:
        person = runtime.database.run(lambda uow: _people(runtime, uow))
        (organisation,) = person.roles
        setting_up.pay_in(runtime, organisation, DEPOSIT)
        for sample in (SUPPORT, SEARCH, DIGITS):
            job_id = setting_up.draft(runtime, person, sample.draft)
            table = _table_of(runtime, job_id, sample)
            setting_up.import_tasks(runtime, person, job_id, table)
            setting_up.publish(runtime, person, job_id, BUDGET)
    return [
        f"Everybody's password is: {PASSWORD}",
        f"  requester  {REQUESTER}",
        f"  worker     {WORKER}",
        f"  admin      {ADMIN}   (second factor: .venv/bin/flask --app wsgi admin code {ADMIN})",
    ]


def _people(runtime: Runtime, uow: UnitOfWork) -> Identity:
    made = setting_up.person(runtime, uow, REQUESTER, "requester", "Rita Requester")
    setting_up.person(runtime, uow, WORKER, "worker", "Wim Worker")
    sign_up.make_admin(uow, ADMIN, PASSWORD)
    return setting_up.requester(made)


def _table_of(runtime: Runtime, job_id: UUID, sample: SampleJob) -> bytes:
    if sample is not DIGITS:
        return (FOLDER / ("support.csv" if sample is SUPPORT else "search.csv")).read_bytes()
    digits = items.digits(PICTURES, seed=1)
    upload = media.Upload("digits.zip", io.BytesIO(items.zipped(digits)))
    runtime.database.run(
        lambda uow: media.add(uow, jobs.job(uow, job_id, lock=True), runtime.storage, [upload])
    )
    rows = ["image,known,explanation"]
    for place, digit in enumerate(digits):
        known = f"{digit.truth},It is a {digit.truth}." if place < PICTURES_GOLD else ","
        rows.append(f"{digit.name},{known}")
    return "\n".join(rows).encode()
