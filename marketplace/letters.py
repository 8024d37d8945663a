"""Letters: turns news into a notice and a letter for the people it concerns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, func, insert, literal, null, select

from kernel import mail
from kernel.db import UnitOfWork
from kernel.money import Money
from kernel.types import new_id
from marketplace.accounts.models import Member, User
from marketplace.accounts.states import Role
from marketplace.assignments.models import Enrolment
from marketplace.assignments.states import EnrolmentState
from marketplace.config import policy
from marketplace.home.models import Notice
from marketplace.jobs.models import Job
from marketplace.quality.models import RuleAct
from marketplace.quality.states import ActState
from marketplace.review.models import Decision, Dispute
from payouts.books.models import Bonus

News = Mapping[str, Any]
NO_JUDGEMENT = (
    "A rule compares numbers and judges nobody; you can see yours here. What you have earned stays "
    "yours."
)
MANAGING = (Role.OWNER, Role.MANAGER)


def tell(uow: UnitOfWork, users: Iterable[User], sentence: str, link: str) -> None:
    """Leave a notice for each person and write them a letter."""
    for user in users:
        uow.session.add(
            Notice(id=new_id(), user_id=user.id, at=uow.now, sentence=sentence, link=link)
        )
        if user.email:
            mail.write(uow, user.email, sentence[:78], f"{sentence}\n\nSee: {link}\n")


def the_worker(uow: UnitOfWork, worker_id: Any) -> list[User]:
    """Return the person behind a worker."""
    return list(uow.session.scalars(select(User).where(User.worker_id == UUID(str(worker_id)))))


def the_managers(uow: UnitOfWork, organisation_id: Any) -> list[User]:
    """Return the owners and managers of an organisation."""
    return list(
        uow.session.scalars(
            select(User)
            .join(Member, Member.user_id == User.id)
            .where(Member.organisation_id == UUID(str(organisation_id)), Member.role.in_(MANAGING))
        )
    )


def the_admins(uow: UnitOfWork) -> list[User]:
    """Return every admin."""
    return list(uow.session.scalars(select(User).where(User.is_admin)))


def on_suspension(uow: UnitOfWork, news: News) -> None:
    """Tell a worker, the same day, that their account was suspended."""
    sentence = (
        "Your account may not take new tasks for now. You can read why, appeal, withdraw your "
        "money and take your data."
    )
    tell(uow, the_worker(uow, news["worker_id"]), sentence, "/account")


def on_warning(uow: UnitOfWork, news: News) -> None:
    """Tell a worker in an admin's words what must change."""
    sentence = f"A word from the people who run this place: {news['sentence']}"
    tell(uow, the_worker(uow, news["worker_id"]), sentence, "/account")


def on_reinstatement(uow: UnitOfWork, news: News) -> None:
    """Tell a worker that they may work again."""
    tell(uow, the_worker(uow, news["worker_id"]), "You may take tasks again.", "/work")


def on_pause(uow: UnitOfWork, news: News) -> None:
    """Tell managers that a job stopped handing out tasks, and why."""
    job = uow.get(Job, UUID(news["job_id"]), "There is no such job.")
    reason = f" {job.pause_reason}" if job.pause_reason else ""
    _to_managers(uow, job, f"“{job.title}” is paused.{reason}")


def on_stop(uow: UnitOfWork, news: News) -> None:
    """Tell managers that an admin stopped their job or lets it go on, and why."""
    job = uow.get(Job, UUID(news["job_id"]), "There is no such job.")
    if job.stop_reason:
        _to_managers(uow, job, f"An admin stopped “{job.title}”: {job.stop_reason}")
    else:
        _to_managers(uow, job, f"“{job.title}” may go on: an admin lifted the stop.")


def on_close(uow: UnitOfWork, news: News) -> None:
    """Tell managers that a job has ended and its unreserved money is back."""
    job = uow.get(Job, UUID(news["job_id"]), "There is no such job.")
    _to_managers(uow, job, f"“{job.title}” is {job.state}. Its unreserved money is back.")


def on_new_guidelines(uow: UnitOfWork, news: News) -> None:
    """Leave a notice for everybody who works on a job; one statement, however many they are."""
    job = uow.get(Job, UUID(news["job_id"]), "There is no such job.")
    sentence = f"“{job.title}” has new guidelines. You see what changed before your next task."
    at_work = (Enrolment.job_id == job.id, Enrolment.state == EnrolmentState.ACTIVE)
    told = (
        select(
            func.uuidv7(),
            User.id,
            literal(uow.now, DateTime(timezone=True)),
            literal(sentence),
            literal(f"/work/{job.id}"),
            null(),
        )
        .join(Enrolment, Enrolment.worker_id == User.worker_id)
        .where(*at_work)
    )
    columns = ("id", "user_id", "at", "sentence", "link", "read_at")
    uow.session.execute(insert(Notice).from_select(columns, told))


def on_import(uow: UnitOfWork, news: News) -> None:
    """Tell managers that tasks are in."""
    job = uow.get(Job, UUID(news["job_id"]), "There is no such job.")
    _to_managers(uow, job, f"New tasks are in “{job.title}”.")


def on_rejection(uow: UnitOfWork, news: News) -> None:
    """Tell a worker which answers were rejected, why, and until when to appeal."""
    decision = uow.get(Decision, UUID(news["decision_id"]), "There is no such decision.")
    sentence = (
        f"{decision.answers_count} of your answers were rejected: {decision.sentence} "
        f"You can appeal until {decision.appeal_until:%d %B %Y}, free of charge."
    )
    tell(uow, the_worker(uow, decision.worker_id), sentence, f"/appeals/new/{decision.id}")


def on_stopped_rejecting(uow: UnitOfWork, news: News) -> None:
    """Ask admins to look at an organisation that rejects more than the limit."""
    sentence = "An organisation passed the limit of rejected answers; it may not reject for now."
    tell(uow, the_admins(uow), sentence, "/admin/disputes")


def on_removal(uow: UnitOfWork, news: News) -> None:
    """Tell a worker that a requester removed them from a job, and that they may appeal."""
    job = uow.get(Job, UUID(news["job_id"]), "There is no such job.")
    key = (job.id, UUID(news["worker_id"]))
    enrolment = uow.get(Enrolment, key, "This worker is not on this job.")
    until = enrolment.state_at + timedelta(days=policy().appeal_days)
    sentence = (
        f"Your work on “{job.title}” was ended. The reason given: {enrolment.state_reason} "
        "What you have earned stays yours, and other jobs are open to you as before. If you think "
        f"this is wrong, you can appeal until {until:%d %B %Y}, free of charge."
    )
    link = f"/appeals/new?kind=removal&job_id={job.id}"
    tell(uow, the_worker(uow, news["worker_id"]), sentence, link)


def on_appeal(uow: UnitOfWork, news: News) -> None:
    """Tell the requester that an appeal waits for a reply, with its deadline."""
    dispute = uow.get(Dispute, UUID(news["dispute_id"]), "There is no such dispute.")
    sentence = f"A worker appealed. Please reply by {dispute.reply_by:%d %B %Y %H:%M} UTC."
    people = (
        the_managers(uow, dispute.organisation_id) if dispute.organisation_id else the_admins(uow)
    )
    tell(uow, people, sentence, f"/disputes/{dispute.id}")


def on_ruling(uow: UnitOfWork, news: News) -> None:
    """Tell both sides how a dispute ended and why."""
    dispute = uow.get(Dispute, UUID(news["dispute_id"]), "There is no such dispute.")
    link = f"/disputes/{dispute.id}"
    reason = f" {dispute.ruling}" if dispute.ruling else ""
    tell(uow, the_worker(uow, dispute.worker_id), f"Your appeal was {dispute.state}.{reason}", link)
    if dispute.organisation_id:
        sentence = f"An appeal against your decision was {dispute.state}.{reason}"
        tell(uow, the_managers(uow, dispute.organisation_id), sentence, link)


def on_rule_act(uow: UnitOfWork, news: News) -> None:
    """Tell a worker what a rule did and when that ended; ask people about what it proposes."""
    done = uow.get(RuleAct, UUID(news["act_id"]), "There is no such act.")
    job = uow.get(Job, done.job_id, "There is no such job.")
    worker = the_worker(uow, done.worker_id)
    link = f"/work/quality/{job.id}"
    if done.state != ActState.OPEN:
        reason = f" {done.decision}" if done.decision else ""
        tell(uow, worker, f"What a rule did on “{job.title}” has ended.{reason}", link)
        return
    ends = f" It ends by itself on {done.ends_at:%d %B, %H:%M} UTC." if done.ends_at else ""
    tell(uow, worker, f"“{job.title}”: {done.sentence}{ends} {NO_JUDGEMENT}", link)
    asked = f"A rule of “{job.title}” asks you to decide about a worker."
    if done.rule["action"] == "propose_removal":
        tell(uow, the_managers(uow, job.organisation_id), asked, f"/jobs/{job.id}/rules")
    if done.rule["action"] == "propose_suspension":
        tell(uow, the_admins(uow), asked, f"/jobs/{job.id}/rules")


def on_doubted_check(uow: UnitOfWork, news: News) -> None:
    """Ask managers to look at a check that scores nobody meanwhile."""
    job = uow.get(Job, UUID(news["job_id"]), "There is no such job.")
    sentence = f"A check of “{job.title}” is doubted, and scores nobody until you look at it."
    tell(uow, the_managers(uow, job.organisation_id), sentence, f"/jobs/{job.id}/checks")


def on_gold_shortage(uow: UnitOfWork, news: News) -> None:
    """Tell managers when people begin to work unchecked, and how many more checks prevent it."""
    job = uow.get(Job, UUID(news["job_id"]), "There is no such job.")
    at = datetime.fromisoformat(news["at"])
    sentence = (
        f"Checks of “{job.title}” run out about {at:%d %B, %H:%M} UTC: people work unchecked from "
        f"there. Please import {news['more_needed']} more tasks with a known answer."
    )
    tell(uow, the_managers(uow, job.organisation_id), sentence, f"/jobs/{job.id}/checks")


def on_deposit(uow: UnitOfWork, news: News) -> None:
    """Tell managers that money arrived."""
    tell(uow, the_managers(uow, news["organisation"]), "Your deposit has arrived.", "/money")


def on_refund_failure(uow: UnitOfWork, news: News) -> None:
    """Tell managers that a refund came back."""
    sentence = "A refund to your card did not go through. The money is in your balance again."
    tell(uow, the_managers(uow, news["organisation"]), sentence, "/money")


def on_withdrawal(uow: UnitOfWork, news: News) -> None:
    """Tell a worker that the bank has their money."""
    sentence = "Your withdrawal has been paid to your bank."
    tell(uow, the_worker(uow, news["worker"]), sentence, "/earnings")


def on_withdrawal_failure(uow: UnitOfWork, news: News) -> None:
    """Tell a worker that a withdrawal failed and that the money is back in their balance."""
    sentence = "Your withdrawal did not go through. The money is back with you."
    tell(uow, the_worker(uow, news["worker"]), sentence, "/earnings")


def on_stuck_withdrawal(uow: UnitOfWork, news: News) -> None:
    """Tell a worker that the bank refused a payout."""
    sentence = "Your bank refused a payout. Please check your bank details; the money is safe."
    tell(uow, the_worker(uow, news["worker"]), sentence, "/earnings")


def on_recalled_withdrawal(uow: UnitOfWork, news: News) -> None:
    """Tell a worker that money no bank would take is in their balance again."""
    sentence = (
        "Your bank did not take a withdrawal in time, so the money is in your balance again. "
        "Please check your bank details before you withdraw it."
    )
    tell(uow, the_worker(uow, news["worker"]), sentence, "/earnings")


def on_bonus(uow: UnitOfWork, news: News) -> None:
    """Tell a worker of a bonus and what it is for."""
    bonus = uow.get(Bonus, UUID(news["bonus"]), "There is no such bonus.")
    amount = Money(bonus.micros, bonus.currency)
    sentence = f"You were given a bonus of {amount}: {bonus.reason}"
    tell(uow, the_worker(uow, news["worker"]), sentence, "/earnings")


def on_taken_back_earning(uow: UnitOfWork, news: News) -> None:
    """Tell a worker that a mistaken payment was taken back."""
    sentence = "A payment to you was a mistake and was taken back. You can write to us about it."
    tell(uow, the_worker(uow, news["worker"]), sentence, "/earnings")


def on_freeze(uow: UnitOfWork, news: News) -> None:
    """Tell an organisation's managers and the admins that its money does not move for now."""
    sentence = "A bank took back a payment of your organisation, so its money does not move now."
    tell(uow, the_managers(uow, news["organisation"]), sentence, "/money")
    tell(uow, the_admins(uow), "An organisation was frozen by a chargeback.", "/admin/frozen")


def on_unmatched_lines(uow: UnitOfWork, news: News) -> None:
    """Tell admins that the processor shows lines that no journal explains."""
    sentence = f"{news['count']} lines of the payment company wait for an explanation."
    tell(uow, the_admins(uow), sentence, "/admin/reconciliation")


def on_broken_books(uow: UnitOfWork, news: News) -> None:
    """Tell admins that an invariant of the books is broken."""
    tell(uow, the_admins(uow), f"The books do not hold: {news['invariant']}.", "/admin/books")


def _to_managers(uow: UnitOfWork, job: Job, sentence: str) -> None:
    tell(uow, the_managers(uow, job.organisation_id), sentence, f"/jobs/{job.id}")
