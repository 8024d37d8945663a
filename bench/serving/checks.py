"""What a run leaves behind: no task over its maximum, nobody twice on one; few statements."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

from sqlalchemy import event, text

from bench import stage
from bench.serving.crowd import Hand
from kernel.db import Database
from kernel.runtime import Runtime
from marketplace.app import create_app

FRAMES = ("SET ", "SAVEPOINT", "RELEASE", "BEGIN", "COMMIT", "ROLLBACK")


def over_assigned(database: Database) -> int:
    """Count the tasks that are held more often than they may be, or twice by one person."""
    with database.unit_of_work() as uow:
        return int(uow.session.scalar(_OVER) or 0)


def statements(runtime: Runtime, hand: Hand, job_id: UUID) -> tuple[int, int]:
    """Count the statements of one claim and one answer, sign-in included, BEGIN and COMMIT not."""
    app = create_app(runtime)
    sent: list[str] = []

    def note(_line: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith(FRAMES):
            sent.append(statement)

    def ask(path: str, body: Any) -> Any:
        came = app.test_client().post(
            path, json=body, headers={"Authorization": f"Bearer {hand.key}"}
        )
        assert came.status_code < 300, came.text
        return json.loads(came.text)

    event.listen(runtime.database.engine, "before_cursor_execute", note)
    try:
        _turn(ask, job_id)  # the first one enrols, marks and reads the interface
        sent.clear()
        claims = _claim(ask, job_id)
        of_claim = len(sent)
        _answer(ask, claims)
    finally:
        event.remove(runtime.database.engine, "before_cursor_execute", note)
    return of_claim, len(sent) - of_claim


Ask = Callable[[str, Any], Any]


def _turn(ask: Ask, job_id: UUID) -> None:
    _answer(ask, _claim(ask, job_id))


def _claim(ask: Ask, job_id: UUID) -> list[dict[str, Any]]:
    claims: list[dict[str, Any]] = ask(f"/api/v1/jobs/{job_id}/claims", {"count": 1})["claims"]
    return claims


def _answer(ask: Ask, claims: list[dict[str, Any]]) -> None:
    answers = [{"assignment": one["id"], "result": stage.RESULT} for one in claims]
    ask("/api/v1/answers", {"answers": answers})


_OVER = text(
    """
SELECT count(*) FROM (
    SELECT a.job_id, a.task_id FROM assignments a
    JOIN tasks t ON t.job_id = a.job_id AND t.id = a.task_id
    WHERE a.state IN ('claimed', 'submitted') GROUP BY a.job_id, a.task_id, t.slots_max
    HAVING count(*) > t.slots_max OR count(*) <> count(DISTINCT a.worker_id)) AS wrong
"""
)
