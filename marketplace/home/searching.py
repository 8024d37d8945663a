"""Find people for admins: by name, address, pseudonym or id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, false, or_, select

from kernel.db import UnitOfWork
from marketplace.accounts.models import Member, Organisation, User
from workers.models import Worker

PEOPLE_MAX = 50


def people(uow: UnitOfWork, wanted: str) -> Sequence[Any]:
    """Return people with their worker, if they are one; suspended ones first, then the newest.

    `wanted` is an id in full, or the beginning of a pseudonym or address, or part of a name.
    """
    query = (
        select(User, Worker)
        .outerjoin(Worker, Worker.id == User.worker_id)
        .where(User.erased_at.is_(None))
        .order_by((Worker.state == "suspended").desc().nulls_last(), User.id.desc())
        .limit(PEOPLE_MAX)
    )
    return uow.session.execute(query.where(_matches(wanted)) if wanted else query).all()


def places(uow: UnitOfWork, found: Sequence[Any]) -> Mapping[UUID, list[tuple[str, str]]]:
    """Return which organisations people act for and in which role; one statement."""
    ids = [row.User.id for row in found]
    rows = uow.session.execute(
        select(Member.user_id, Organisation.name, Member.role)
        .join(Organisation, Organisation.id == Member.organisation_id)
        .where(Member.user_id.in_(ids))
        .order_by(Organisation.name)
    )
    acts: dict[UUID, list[tuple[str, str]]] = {}
    for user_id, name, role in rows:
        acts.setdefault(user_id, []).append((name, str(role)))
    return acts


def _matches(wanted: str) -> ColumnElement[bool]:
    return or_(
        _has_id(wanted),
        Worker.handle.istartswith(wanted, autoescape=True),
        User.email.istartswith(wanted.lower(), autoescape=True),
        User.display_name.icontains(wanted, autoescape=True),
    )


def _has_id(wanted: str) -> ColumnElement[bool]:
    try:
        named = UUID(wanted.rpartition(":")[2])
    except ValueError:
        return false()
    return or_(User.id == named, Worker.id == named)
