"""Named reads of qualifications, grants, exams and sittings."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.sql import ColumnElement

from kernel.db import UnitOfWork
from kernel.errors import Missing
from kernel.web import paging
from qualification.models import Exam, Grant, QualificationType, Sitting

PLATFORM = "platform"


@dataclass(frozen=True)
class TypeLine:
    """One qualification in a list, with the exam that grants it."""

    type: QualificationType
    exam_id: UUID | None


@dataclass(frozen=True)
class OwnedGrant:
    """A grant with the owner of its qualification, who may take it back."""

    owner: str
    grant: Grant


@dataclass(frozen=True)
class OwnedExam:
    """An exam with the owner of its qualification, who may mend its key."""

    owner: str
    exam: Exam


@dataclass(frozen=True)
class Held:
    """What one worker holds of one qualification, and the road to it."""

    type: QualificationType
    value: int | None
    exam_id: UUID | None


def owner(_uow: UnitOfWork, organisation_id: UUID) -> str:
    """Return the owner string of an organisation."""
    return f"organisation:{organisation_id}"


def qualification(uow: UnitOfWork, type_id: UUID) -> QualificationType:
    """Return a qualification; raise Missing where there is none."""
    return uow.get(QualificationType, type_id, "There is no qualification with this id.")


def types(
    uow: UnitOfWork, owner_text: str, cursor: str | None, limit: int
) -> paging.Page[TypeLine]:
    """Return one page of an owner's qualifications: two statements."""
    query = select(QualificationType).where(QualificationType.owner == owner_text)
    found = paging.page(uow.session, query, QualificationType.id, cursor, limit)
    ids = [kind.id for kind in found.items]
    rows = uow.session.execute(
        select(Exam.type_id, Exam.id).where(Exam.type_id.in_(ids)).order_by(Exam.version)
    )
    exam_ids = dict(rows.all())
    lines = [TypeLine(kind, exam_ids.get(kind.id)) for kind in found.items]
    return paging.Page(lines, found.next_cursor)


def is_name_taken(uow: UnitOfWork, owner_text: str, name: str) -> bool:
    """Tell whether an owner has a qualification of this name already."""
    query = select(QualificationType.id).where(
        QualificationType.owner == owner_text, QualificationType.name == name
    )
    return uow.session.scalar(query.limit(1)) is not None


def known_types(uow: UnitOfWork, owner_text: str, ids: Collection[UUID]) -> frozenset[UUID]:
    """Return which of these ids are qualifications of this owner or of the platform."""
    query = select(QualificationType.id).where(
        QualificationType.id.in_(ids), QualificationType.owner.in_((owner_text, PLATFORM))
    )
    return frozenset(uow.session.scalars(query))


def held(uow: UnitOfWork, worker_id: UUID, ids: Collection[UUID]) -> dict[UUID, Held]:
    """Return what a worker holds of each qualification today: one statement, none for no ids."""
    if not ids:
        return {}
    mine = and_(
        Grant.type_id == QualificationType.id, Grant.worker_id == worker_id, is_current(uow)
    )
    rows = uow.session.execute(
        select(QualificationType, Grant.value, Exam.id)
        .outerjoin(Grant, mine)
        .outerjoin(Exam, and_(Exam.type_id == QualificationType.id, Exam.closed_at.is_(None)))
        .where(QualificationType.id.in_(ids))
    )
    return {kind.id: Held(kind, value, exam_id) for kind, value, exam_id in rows}


def is_current(uow: UnitOfWork) -> ColumnElement[bool]:
    """Return the condition that a grant has not run out."""
    return or_(Grant.expires_at.is_(None), Grant.expires_at > uow.now)


def current_grant(uow: UnitOfWork, type_id: UUID, worker_id: UUID) -> Grant | None:
    """Return a worker's grant of a qualification unless it has run out."""
    return uow.session.scalar(
        select(Grant).where(Grant.type_id == type_id, Grant.worker_id == worker_id, is_current(uow))
    )


def owned_grant(uow: UnitOfWork, type_id: UUID, worker_id: UUID) -> OwnedGrant:
    """Return a grant to take back; raise Missing where there is none."""
    found = uow.session.get(Grant, (type_id, worker_id), with_for_update=True)
    if found is None:
        raise Missing("not_found", "This worker does not hold this qualification.")
    return OwnedGrant(qualification(uow, type_id).owner, found)


def exam(uow: UnitOfWork, exam_id: UUID) -> Exam:
    """Return an exam; raise Missing where there is none."""
    return uow.get(Exam, exam_id, "There is no exam with this id.")


def owned_exam(uow: UnitOfWork, exam_id: UUID) -> OwnedExam:
    """Return an exam with its owner; raise Missing where there is none."""
    found = exam(uow, exam_id)
    return OwnedExam(qualification(uow, found.type_id).owner, found)


def versions(uow: UnitOfWork, type_id: UUID) -> Sequence[Exam]:
    """List the versions of a qualification's exam, the newest first."""
    query = select(Exam).where(Exam.type_id == type_id).order_by(Exam.version.desc())
    return uow.session.scalars(query).all()


def sitting(uow: UnitOfWork, sitting_id: UUID) -> Sitting:
    """Return a sitting, locked; raise Missing where there is none."""
    return uow.get(Sitting, sitting_id, "There is no sitting with this id.", lock=True)


def last_sitting(uow: UnitOfWork, exam: Exam, worker_id: UUID) -> Sitting | None:
    """Return the latest time a worker took an exam in any of its versions, if ever."""
    same = select(Exam.id).where(Exam.type_id == exam.type_id)
    return uow.session.scalar(
        select(Sitting)
        .where(Sitting.exam_id.in_(same), Sitting.worker_id == worker_id)
        .order_by(Sitting.started_at.desc(), Sitting.id.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    )
