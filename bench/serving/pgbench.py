"""The other floor: pgbench runs the bare SQL with no web in front."""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.engine import make_url

from bench.measuring import Sample
from bench.serving import bare
from bench.serving.crowd import Hand
from kernel.db import Database
from kernel.servers import postgres

DONE = re.compile(r"number of transactions actually processed: (\d+)")
FAILED = re.compile(r"number of failed transactions: (\d+)")


@dataclass(frozen=True)
class Bench:
    """Callers of pgbench on one job: each answers what it claims, one at a time."""

    database: Database
    database_url: str
    job_id: UUID
    hands: Sequence[Hand]

    def run(self, seconds: float) -> Sample:
        """Run for whole seconds; a transaction of the script is one answer."""
        self._number_hands()
        whole = max(1, round(seconds))
        with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
            script.write(bare.for_pgbench(str(self.job_id)))
            script.flush()
            done = subprocess.run(
                self._command(script.name, whole), capture_output=True, text=True, check=True
            )
        found, failed = DONE.search(done.stdout), FAILED.search(done.stdout)
        if found is None or (failed and int(failed[1])):
            raise RuntimeError(done.stdout + done.stderr)
        return Sample(int(found[1]), whole)

    def _command(self, script: str, seconds: int) -> list[str | Path]:
        url = make_url(self.database_url)
        count = str(len(self.hands))
        return [
            postgres.find_programs() / "pgbench",
            *("--no-vacuum", "--protocol", "prepared", "--client", count, "--jobs", "1"),
            *("--time", str(seconds), "--file", script),
            *("--host", str(url.query["host"]), "--username", str(url.username)),
            str(url.database),
        ]

    def _number_hands(self) -> None:
        """Let each caller of pgbench, which knows only its number, look up who it is."""
        rows = [
            {"key": str(number), "worker": hand.worker_id} for number, hand in enumerate(self.hands)
        ]
        with self.database.unit_of_work() as uow:
            query = "INSERT INTO bench_keys VALUES (:key, :worker) ON CONFLICT (key) DO NOTHING"
            uow.session.execute(text(query), rows)
