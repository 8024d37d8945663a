"""A bare Flask application: the same answers over HTTP from the least SQL, for the floor.

It runs under the same gunicorn with the same processes, threads and pool, and as durably.
"""

from __future__ import annotations

import json
import os
from typing import Any
from uuid import UUID

from flask import Flask, request
from sqlalchemy import create_engine

from bench.serving import bare

app = Flask(__name__)
engine = create_engine(os.environ["DATABASE_URL"], pool_size=12, max_overflow=4)
KEY, CLAIM, SUBMIT = map(bare.for_driver, (bare.KEY, bare.CLAIM, bare.SUBMIT))


def _asked(statement: str, values: dict[str, Any]) -> list[Any]:
    """Look up who asks, then run one statement; both in one transaction, by the driver alone."""
    line: Any = engine.raw_connection()
    try:
        raw = line.driver_connection
        key = request.headers["Authorization"].partition(" ")[2]
        values["worker"] = raw.execute(KEY, {"key": key}).fetchone()[0]
        rows: list[Any] = raw.execute(statement, values).fetchall()
        raw.commit()
        return rows
    finally:
        line.close()


@app.post("/api/v1/jobs/<uuid:job>/claims")
def claim(job: UUID) -> dict[str, Any]:
    """Hand out tasks."""
    rows = _asked(CLAIM, {"job": job, "count": request.get_json()["count"]})
    return {"claims": [{"id": f"{job}/{id_}", "data": data} for id_, data in rows]}


@app.post("/api/v1/answers")
def submit() -> dict[str, Any]:
    """Keep answers."""
    given = request.get_json()["answers"]
    job = UUID(given[0]["assignment"].partition("/")[0])
    ids = [UUID(one["assignment"].partition("/")[2]) for one in given]
    results = [json.dumps(one["result"]) for one in given]
    [(kept,)] = _asked(SUBMIT, {"job": job, "ids": ids, "results": results})
    return {"outcomes": [{"status": "accepted"}] * kept}
