"""Make exams, and show them without their key."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any
from uuid import UUID

from kernel.db import UnitOfWork
from kernel.errors import Conflict, Refused
from kernel.types import new_id
from qualification import gold, queries, service
from qualification.models import Exam, QualificationType

QUESTIONS_MAX = 200
OPTIONS_LEAST = 2
PAY_SAID_SECONDS = 300

Question = Mapping[str, Any]


@dataclass(frozen=True)
class ExamDraft:
    """What a new exam is to be; it grants `qualification_id`, or a new qualification `name`.

    Questions are {id, text, image?, options, answer, explanation}; `pass_mark` is in per cent;
    `retry_seconds` None means one sitting only.
    """

    title: str
    guidelines: str
    questions: Sequence[Question]
    pass_mark: int
    seconds_max: int
    retry_seconds: int | None
    is_training: bool
    reward_note: str
    qualification_id: UUID | None = None
    name: str | None = None
    valid_days: int | None = None


@dataclass(frozen=True)
class MadeExam:
    """A new exam, and what its maker should look at again."""

    exam: Exam
    warnings: list[str]


def create(uow: UnitOfWork, owner: str, draft: ExamDraft) -> MadeExam:
    """Make an exam for an owner; raise Refused where it could not be sat or scored fairly."""
    _check_questions(draft.questions)
    if draft.seconds_max > PAY_SAID_SECONDS and not draft.reward_note:
        raise Refused(
            "exam_pay_unsaid",
            "An exam of more than 5 minutes says what it pays, or plainly that it is not paid.",
        )
    kind = _qualification(uow, owner, draft)
    exam = Exam(
        id=new_id(),
        type_id=kind.id,
        version=1 + max((one.version for one in queries.versions(uow, kind.id)), default=0),
        title=draft.title,
        guidelines=draft.guidelines,
        questions=[dict(question) for question in draft.questions],
        pass_mark=draft.pass_mark,
        seconds_max=draft.seconds_max,
        retry_seconds=draft.retry_seconds,
        is_training=draft.is_training,
        reward_note=draft.reward_note,
        created_at=uow.now,
    )
    uow.session.add(exam)
    uow.session.flush()
    uow.audit("exam.created", f"exam:{exam.id}", None, {"qualification": str(kind.id)})
    return MadeExam(exam, _warnings(draft))


def paper(exam: Exam) -> list[dict[str, Any]]:
    """Return the questions as a worker sees them: without answers and explanations."""
    return [
        {name: part for name, part in question.items() if name not in {"answer", "explanation"}}
        for question in exam.questions
        if not question.get("is_withdrawn")
    ]


def _check_questions(questions: Sequence[Question]) -> None:
    if not questions:
        raise Refused("exam_empty", "An exam needs one question or more.")
    if len(questions) > QUESTIONS_MAX:
        raise Refused("exam_too_long", f"An exam has at most {QUESTIONS_MAX} questions.")
    ids = Counter(question["id"] for question in questions)
    twice = [id for id, count in ids.items() if count > 1]
    if twice:
        raise Refused("exam_question_twice", f"Two questions have the id “{twice[0]}”.")
    for question in questions:
        _check_options(question["id"], question["options"], question["answer"])


def _check_options(id: str, options: Sequence[str], answer: str) -> None:
    if len(options) < OPTIONS_LEAST:
        raise Refused("exam_options_few", f"Question “{id}” needs two options or more.")
    if len(set(options)) < len(options):
        raise Refused("exam_option_twice", f"Question “{id}” offers the same option twice.")
    if answer not in options:
        raise Refused("exam_answer_unknown", f"The answer to “{id}” is not among its options.")


def _qualification(uow: UnitOfWork, owner: str, draft: ExamDraft) -> QualificationType:
    if (draft.qualification_id is None) == (draft.name is None):
        raise Refused(
            "exam_qualification",
            "Give either a qualification that this exam grants, or the name of a new one.",
        )
    if draft.qualification_id is None:
        return service.create_type(
            uow, owner, service.TypeDraft(draft.name or "", draft.title, False, draft.valid_days)
        )
    kind = queries.qualification(uow, draft.qualification_id)
    if kind.owner != owner:
        raise Refused("exam_qualification", "This exam can only grant your own qualifications.")
    if any(exam.closed_at is None for exam in queries.versions(uow, kind.id)):
        raise Conflict("exam_exists", f"“{kind.name}” is granted by another exam already.")
    return kind


def _warnings(draft: ExamDraft) -> list[str]:
    known = [question["answer"] for question in draft.questions]
    always = gold.constant_answer(known, Fraction(draft.pass_mark, 100))
    return [] if always is None else [f"Always answering “{always.answer}” would pass this exam."]
