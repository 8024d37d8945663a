"""What runs out is ended by a chore."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from kernel import chores as kernel_chores
from kernel import runtime as runtimes
from kernel.db import Database
from kernel.runtime import Runtime
from kernel.settings import Settings
from qualification import chores as _chores  # noqa: F401  (registers the chore)
from qualification import queries, service, sittings
from qualification.models import Grant, Sitting
from qualification.states import SittingState
from tests.service.qualification import builders as b


@pytest.fixture
def installation(database: Database, settings: Settings) -> Iterator[Runtime]:
    """An installation whose schedule asks for this chore alone."""
    started = runtimes.start(settings, {}, {"qualification.expire": 300})
    yield started
    started.database.close()


def test_sittings_and_grants_end_when_the_chore_is_due(installation: Runtime) -> None:
    with installation.database.unit_of_work() as uow:
        worker, kind, exam = b.a_worker(uow), b.a_type(uow, valid_days=1), b.an_exam(uow)
        service.grant_by_hand(uow, kind, worker.id, 1)
        sitting_id = sittings.start(uow, exam, worker.id).id
    kernel_chores.drain(installation)
    with installation.database.unit_of_work() as uow:
        assert uow.session.scalar(select(func.count()).select_from(Grant)) == 1
        assert queries.sitting(uow, sitting_id).state == SittingState.STARTED
    installation.clock.advance(timedelta(days=1, seconds=1))
    kernel_chores.drain(installation)
    with installation.database.unit_of_work() as uow:
        assert uow.session.scalar(select(func.count()).select_from(Grant)) == 0
        assert list(uow.session.scalars(select(Sitting.state))) == [SittingState.EXPIRED]
