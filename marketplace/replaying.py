"""Replay a folder of recorded real answers through the whole marketplace in a scratch database."""

from __future__ import annotations

import csv
import io
import random
import secrets
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import create_engine, select, text
from sqlalchemy.engine import make_url

import migrations
from demo.report import Given, Report
from kernel import chores
from kernel import runtime as runtimes
from kernel.errors import DomainError
from kernel.identity import Identity
from kernel.money import Money
from kernel.runtime import Runtime
from kernel.settings import Settings
from marketplace import setting_up, wiring
from marketplace.assignments import submitting
from marketplace.assignments.handout import claiming
from marketplace.assignments.models import Assignment, Enrolment
from marketplace.assignments.states import AssignmentState
from marketplace.jobs import publishing
from marketplace.jobs import queries as jobs
from marketplace.jobs.models import Task
from marketplace.recordings import Recording
from marketplace.review.models import Label
from payouts import invariants
from payouts import queries as money
from workers import service as workers

REWARD = Money.parse("0.05", "USD")
FIXED_ANSWERS = 5
STEP_SECONDS = 31
STOPPED = ("removed_from_job", "paused_on_job")


@dataclass(frozen=True)
class Choices:
    """How to replay: redundancy (`adaptive` or `all`), seed, and the share of gold."""

    redundancy: str
    seed: int
    gold_share: float


@dataclass
class Replay:
    """One replay under way: the recorded people and tasks by their new ids.

    `tell` is called with the number of new answers after each round.
    """

    runtime: Runtime
    recording: Recording
    choices: Choices
    tell: Callable[[int], None]
    organisation: UUID = field(init=False)
    job_id: UUID = field(init=False)
    gold: dict[str, str] = field(default_factory=dict)
    task_ids: dict[str, UUID] = field(default_factory=dict)
    names: dict[UUID, str] = field(default_factory=dict)
    people: dict[str, Identity] = field(default_factory=dict)
    stopped: set[str] = field(default_factory=set)

    def run(self) -> Report:
        """Set the job up, let everybody answer as they did, and report."""
        started = time.monotonic()
        self._set_up()
        self._play()
        report = self._report()
        report.seconds = round(time.monotonic() - started, 1)
        return report

    def _set_up(self) -> None:
        chance = random.Random(self.choices.seed)
        known = sorted(set(self.recording.truth) & set(self.recording.tasks))
        count = round(len(known) * self.choices.gold_share)
        self.gold = {task: self.recording.truth[task] for task in chance.sample(known, count)}
        answers = sum(len(own) for own in self.recording.answers.values())
        budget = Money(REWARD.micros * 2, "USD") * (answers + 1_000)
        units = Money.parse(str(budget.micros // 1_000_000 + 1), "USD")
        made = self.runtime.database.run(
            lambda uow: setting_up.person(
                self.runtime, uow, "replay@example.org", "requester", "Replay"
            )
        )
        person = setting_up.requester(made)
        (self.organisation,) = person.roles
        setting_up.pay_in(self.runtime, self.organisation, units)
        self.job_id = setting_up.draft(self.runtime, person, self._draft())
        table = self._table()
        setting_up.import_tasks(self.runtime, person, self.job_id, table, gold_is_random=True)
        setting_up.publish(self.runtime, person, self.job_id, units)
        with self.runtime.database.unit_of_work() as uow:
            own = Task.job_id == self.job_id
            rows = uow.session.execute(select(Task.external_id, Task.id).where(own))
            self.task_ids = {str(external_id): id_ for external_id, id_ in rows}
        self.names = {id_: name for name, id_ in self.task_ids.items()}
        for name in sorted(self.recording.answers):
            worker = self.runtime.database.run(
                lambda uow: workers.register(uow, "US", ["en"], False)
            )
            self.people[name] = Identity(worker_id=worker.id, is_confirmed=True)

    def _draft(self) -> dict[str, Any]:
        most = max(2, self.recording.answers_most)
        adaptive = self.choices.redundancy == "adaptive"
        choices = "".join(f'<Choice value="{name}"/>' for name in self.recording.classes)
        return {
            "title": "Recorded answers",
            "summary": "Answers that a real crowd once gave.",
            "currency": "USD",
            "guidelines": "Answer as you once did.",
            "interface": '<View><Text name="text" value="$item"/><Choices name="answer" '
            f'toName="text" choice="single" required="true">{choices}</Choices></View>',
            "reward": REWARD,
            "expected_seconds": 10,
            "redundancy": {
                "answers_min": 2 if adaptive else most,
                "answers_max": most,
                "is_adaptive": adaptive,
            },
            "gold": {"first": 1, "every": 20} if self.gold else {"first": 0, "every": 0},
        }

    def _table(self) -> bytes:
        file = io.StringIO()
        table = csv.writer(file)
        table.writerow(["item", "external_id", "known"])
        for task in self.recording.tasks:
            table.writerow([f"item {task}", task, self.gold.get(task, "")])
        return file.getvalue().encode()

    def _play(self) -> None:
        """Let everybody take turns, in one seeded order, until a whole round brings nothing."""
        chance = random.Random(self.choices.seed)
        order = sorted(self.people)
        while True:
            chance.shuffle(order)
            answered = sum(self._turn(name, chance) for name in order)
            self.runtime.clock.advance(timedelta(seconds=STEP_SECONDS))
            chores.drain(self.runtime)
            self.tell(answered)
            if not answered:
                return

    def _turn(self, name: str, chance: random.Random) -> int:
        """Claim and answer once: only tasks that this person answered in truth."""
        if name in self.stopped:
            return 0
        own = self.recording.answers[name]
        only = [self.task_ids[task] for task in sorted(own)]
        try:
            handout = self.runtime.database.run(
                lambda uow: claiming.claim(uow, self.job_id, claiming.COUNT_MAX, chance, only),
                self.people[name],
            )
        except DomainError as refusal:
            if refusal.code in STOPPED:
                self.stopped.add(name)
            elif refusal.status != 409:
                raise
            return 0
        answers = [self._answer(own, claim) for claim in handout.claims]
        if answers:
            worker_id = self.people[name].worker_id
            assert worker_id is not None
            outcomes = self.runtime.database.run(
                lambda uow: submitting.submit(uow, worker_id, answers)
            )
            assert all(one.status == "accepted" for one in outcomes), outcomes
        return len(answers)

    def _answer(self, own: Mapping[str, str], claim: claiming.Claim) -> submitting.Given:
        task = str(claim.data["item"]).removeprefix("item ")
        value = {"choices": [own[task]]}
        item = {"from_name": "answer", "to_name": "text", "type": "choices", "value": value}
        return submitting.Given(claim.outward_id, [item], active_seconds=10)

    def _report(self) -> Report:
        """Close the job, let every waiting period pass, and add everything up."""
        runtime = self.runtime
        report = Report(tasks=len(self.task_ids), workers=len(self.people))
        with runtime.database.unit_of_work() as uow:
            labels = uow.session.execute(
                select(Label.task_id, Label.value).where(Label.job_id == self.job_id)
            ).all()
        runtime.clock.advance(timedelta(days=4))
        chores.drain(runtime)
        runtime.database.run(
            lambda uow: publishing.close(uow, jobs.job(uow, self.job_id, lock=True))
        )
        chores.drain(runtime)
        runtime.clock.advance(timedelta(days=10))
        chores.drain(runtime)
        given = list(self._given())
        plain = [one for one in given if one.task not in self.gold]
        report.score(
            {self.names[task_id]: str(value) for task_id, value in labels},
            plain,
            {task: label for task, label in self.recording.truth.items() if task not in self.gold},
        )
        report.answers = len(given)
        report.answers_fixed = FIXED_ANSWERS * report.labels
        self._add_money(report)
        return report

    def _given(self) -> Iterator[Given]:
        with self.runtime.database.unit_of_work() as uow:
            rows = uow.session.execute(
                select(Assignment.task_id, Assignment.worker_id, Assignment.given).where(
                    Assignment.job_id == self.job_id, Assignment.state == AssignmentState.APPROVED
                )
            )
            for task_id, worker_id, given in rows:
                yield Given(self.names[task_id], str(worker_id), str((given or {})["answer"]))

    def _add_money(self, report: Report) -> None:
        with self.runtime.database.unit_of_work() as uow:
            spent = money.job_money(uow, self.job_id, "USD")
            paid_in = money.deposits(uow, self.organisation)
            states = uow.session.scalars(
                select(Enrolment.state).where(Enrolment.job_id == self.job_id)
            ).all()
            report.invariants_broken = [one.name for one in invariants.check(uow)]
        report.workers_removed = sum(state != "active" for state in states)
        report.deposited = Money(sum(one.micros for one in paid_in.items), "USD").amount
        report.earned, report.fees = spent.paid.amount, spent.fees.amount
        report.refunded, report.paid_out = "0.00", "0.00"
        report.books_balanced = (
            not report.invariants_broken
            and spent.funded + spent.covered
            == spent.budget + spent.reserved + spent.paid + spent.fees + spent.returned
        )


@contextmanager
def scratch(settings: Settings) -> Iterator[Runtime]:
    """Start a second installation on a database of its own, dropped afterwards."""
    name = f"quorum_replay_{secrets.token_hex(4)}"
    url = make_url(settings.database_url)
    server = create_engine(url, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    own_url = url.set(database=name).render_as_string(hide_password=False)
    try:
        with tempfile.TemporaryDirectory() as folder:
            migrations.upgrade(own_url)
            own = replace(
                settings,
                database_url=own_url,
                local_folder=Path(folder),
                storage_folder=Path(folder) / "files",
            )
            runtime = runtimes.start(own, wiring.FOLLOW_UPS, wiring.SCHEDULE)
            yield runtime
            runtime.database.close()
    finally:
        with server.connect() as connection:
            connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
        server.dispose()
