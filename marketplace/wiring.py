"""The two tables of the house: what follows which news, and what is due when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kernel import keeping as _kernel_chores
from kernel.db import UnitOfWork
from kernel.events import FollowUp
from marketplace import letters, sources
from marketplace.accounts import chores as _account_chores
from marketplace.assignments import chores as _assignment_chores
from marketplace.assignments import events as assignments
from marketplace.jobs import chores as _job_chores
from marketplace.jobs import events as jobs
from marketplace.quality import chores as _quality_chores
from marketplace.quality import events as quality
from marketplace.review import chores as _review_chores
from marketplace.review import events as review
from payouts import chores as _payout_chores
from payouts import events as payouts
from payouts.books import chores as _books_chores
from qualification import chores as _qualification_chores
from qualification import events as qualification
from workers import chores as _worker_chores
from workers import events as workers

CHORE_MODULES = (
    _kernel_chores,
    _worker_chores,
    _account_chores,
    _assignment_chores,
    _job_chores,
    _review_chores,
    _quality_chores,
    _payout_chores,
    _books_chores,
    _qualification_chores,
)
sources.register_all()


def return_claims_of_worker(uow: UnitOfWork, news: Mapping[str, Any]) -> None:
    """A suspended worker's claims go back, on every job."""
    uow.later("assignments.return_all", news["worker_id"])


def return_claims_on_job(uow: UnitOfWork, news: Mapping[str, Any]) -> None:
    """A worker removed from one job gives back what they hold there."""
    uow.later("assignments.return_all", f"{news['worker_id']}/{news['job_id']}")


FOLLOW_UPS: dict[str, Sequence[FollowUp]] = {
    workers.WorkerSuspended.name: (return_claims_of_worker, letters.on_suspension),
    workers.WorkerWarned.name: (letters.on_warning,),
    workers.WorkerClosed.name: (return_claims_of_worker,),
    workers.WorkerReinstated.name: (letters.on_reinstatement,),
    qualification.WorkerFellShort.name: ("review.pause_worker",),
    qualification.WorkerRecovered.name: ("review.pause_worker",),
    qualification.ExamPassed.name: (_quality_chores.end_training,),
    assignments.AnswersSubmitted.name: ("review.settle", _quality_chores.look_soon),
    assignments.ClaimsEnded.name: (
        "jobs.release_leftovers",
        "review.settle",
        _quality_chores.look_soon,
    ),
    assignments.TaskReported.name: ("review.uphold_reports",),
    jobs.JobPublished.name: ("quality.draw_audit",),
    jobs.JobPaused.name: (letters.on_pause,),
    jobs.GuidelinesChanged.name: (letters.on_new_guidelines,),
    jobs.JobFunded.name: ("review.settle",),
    jobs.JobStopped.name: (letters.on_stop,),
    jobs.JobClosed.name: ("jobs.release_leftovers", letters.on_close),
    jobs.TasksImported.name: (letters.on_import, "quality.draw_audit"),
    review.LabelsChanged.name: (_quality_chores.look_soon,),
    review.GoldRepaired.name: (_quality_chores.look_again_soon,),
    quality.RuleActed.name: (letters.on_rule_act,),
    quality.CheckDoubted.name: (letters.on_doubted_check,),
    quality.GoldRunsOut.name: (letters.on_gold_shortage,),
    review.AnswersRejected.name: ("review.settle", letters.on_rejection),
    review.RejectingStopped.name: (letters.on_stopped_rejecting,),
    review.WorkerRemoved.name: (return_claims_on_job, letters.on_removal),
    review.AppealOpened.name: (letters.on_appeal,),
    review.DisputeDecided.name: ("review.settle_dispute", letters.on_ruling),
    payouts.DepositPaid.name: (letters.on_deposit,),
    payouts.RefundFailed.name: (letters.on_refund_failure,),
    payouts.WithdrawalStuck.name: (letters.on_stuck_withdrawal,),
    payouts.WithdrawalPaid.name: (letters.on_withdrawal,),
    payouts.WithdrawalFailed.name: (letters.on_withdrawal_failure,),
    payouts.WithdrawalRecalled.name: (letters.on_recalled_withdrawal,),
    payouts.BonusGiven.name: (letters.on_bonus,),
    payouts.EarningTakenBack.name: ("jobs.release_leftovers", letters.on_taken_back_earning),
    payouts.OrganisationFrozen.name: ("jobs.pause_frozen", letters.on_freeze),
    payouts.LinesUnmatched.name: (letters.on_unmatched_lines,),
    payouts.BooksBroken.name: (letters.on_broken_books,),
}

SCHEDULE: dict[str, int] = {
    "assignments.expire": 15,
    "review.sweep": 60,
    "review.approve_due": 60,
    "review.end_holds": 300,
    "review.rule_overdue": 300,
    "quality.end_due": 60,
    "workers.end_pauses": 300,
    "qualification.expire": 300,
    "payouts.poll_processor": 10,
    "payouts.look_again": 600,
    "payouts.mature": 60,
    "payouts.disburse": 30,
    "payouts.check_books": 900,
    "payouts.recover": 3_600,
    "payouts.keep_holding_limits": 3_600,
    "payouts.close_day": 86_400,
    "payouts.reconcile": 86_400,
    "kernel.chain_audit": 60,
    "kernel.forget": 3_600,
    "accounts.forget": 3_600,
    "mail.send": 30,
}
