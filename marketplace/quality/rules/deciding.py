"""A person's word on what a rule did or proposes: carry it out, or lift it."""

from __future__ import annotations

from dataclasses import dataclass

import workers.queries
import workers.service
from kernel.db import UnitOfWork
from kernel.errors import Conflict, Denied, Refused
from kernel.permissions import is_admin
from marketplace.jobs.models import Job
from marketplace.quality.models import RuleAct
from marketplace.quality.rules import acting
from marketplace.quality.states import ActState
from marketplace.review.deciding import by_hand, removing
from qualification.rules.language import PROPOSING, Action


@dataclass(frozen=True)
class Word:
    """What a person decided about an act, and why; the switches matter for a removal alone."""

    accepts: bool
    sentence: str
    exclude_answers: bool = False
    replace_answers: bool = False


def decide(uow: UnitOfWork, job: Job, done: RuleAct, word: Word) -> RuleAct:
    """Carry a proposal out, or dismiss it; lift anything else that a rule did.

    A removal is a manager's decision, a suspension an admin's; both with a written reason.
    """
    action = Action(done.rule["action"])
    if not by_hand.SENTENCE_MIN <= len(word.sentence.strip()) <= by_hand.SENTENCE_MAX:
        limits = f"{by_hand.SENTENCE_MIN} to {by_hand.SENTENCE_MAX} characters"
        raise Refused("sentence_needed", f"Say why, in {limits}; the worker reads it.")
    if done.state != ActState.OPEN:
        raise Conflict("act_decided", "This was decided already.")
    if word.accepts and action not in PROPOSING:
        raise Refused("act_in_force", "This is in force already; it can only be lifted.")
    if action is Action.PROPOSE_SUSPENSION and not is_admin(uow.identity, done):
        raise Denied("act_for_admin", "An admin decides about a person's account.")
    done.decided_by, done.decision = uow.identity.user_id, word.sentence.strip()
    acting.end(uow, done, ActState.DONE if word.accepts else ActState.DISMISSED)
    if word.accepts:
        _carry_out(uow, job, done, word, action)
    uow.audit("rule.decided", f"act:{done.id}", None, {"accepts": word.accepts})
    return done


def _carry_out(uow: UnitOfWork, job: Job, done: RuleAct, word: Word, action: Action) -> None:
    if action is Action.PROPOSE_SUSPENSION:
        worker = workers.queries.worker(uow, done.worker_id)
        workers.service.suspend(uow, worker, word.sentence.strip())
        return
    removing.remove(
        uow,
        job,
        removing.Removal(
            done.worker_id, word.sentence.strip(), word.exclude_answers, word.replace_answers
        ),
    )
