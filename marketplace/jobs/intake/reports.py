"""Keep the report of an import: what became of each row, as a person reads it."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import asdict, dataclass, field
from typing import Any

from marketplace.jobs.intake.checking import TaskDraft
from marketplace.jobs.reading import Row, RowProblem

PROBLEMS_MAX = 1000
REJECTED_BYTES_MAX = 4 * 1024 * 1024

_OURS = frozenset({"import_row", "import_problem"})


@dataclass
class Report:
    """What became of a file: counts of all rows, and the first problems and repeats."""

    rows_read: int = 0
    rows_good: int = 0
    duplicates: int = 0
    problems_count: int = 0
    problems: list[RowProblem] = field(default_factory=list)
    repeats: list[RowProblem] = field(default_factory=list)
    rejected: dict[int, dict[str, Any]] = field(default_factory=dict)
    _rejected_bytes: int = 0

    def take(self, row: Row, outcome: TaskDraft | list[RowProblem]) -> TaskDraft | None:
        """Count one row, and return its draft if it is good."""
        self.rows_read += 1
        if isinstance(outcome, list):
            self._reject(row, outcome)
            return None
        self.rows_good += 1
        return outcome

    def leave_out(self, repeat: RowProblem) -> None:
        """Count a good row as left out, since its task is there already."""
        self.rows_good -= 1
        self.duplicates += 1
        if len(self.repeats) < PROBLEMS_MAX:
            self.repeats.append(repeat)

    def as_dict(self) -> dict[str, Any]:
        """Return the report as plain values, for keeping and for the API."""
        return {
            "rows_read": self.rows_read,
            "rows_good": self.rows_good,
            "duplicates": self.duplicates,
            "problems_count": self.problems_count,
            "problems": [asdict(problem) for problem in self.problems],
            "repeats": [asdict(problem) for problem in self.repeats],
        }

    def _reject(self, row: Row, problems: list[RowProblem]) -> None:
        self.problems_count += len(problems)
        if len(self.problems) >= PROBLEMS_MAX:
            return
        self.problems += problems[: PROBLEMS_MAX - len(self.problems)]
        self._rejected_bytes += len(json.dumps(row.data))
        if self._rejected_bytes <= REJECTED_BYTES_MAX:
            self.rejected[row.number] = row.data


def problem_rows_csv(report: Report) -> str:
    """Return the rows with problems as CSV, to be corrected and imported again.

    Two columns before the data say which row and what is wrong; an import ignores them.
    """
    sentences: dict[int, list[str]] = {}
    for problem in report.problems:
        sentences.setdefault(problem.row, []).append(problem.sentence)
    names = {name: None for data in report.rejected.values() for name in data}
    columns = ["import_row", "import_problem", *(name for name in names if name not in _OURS)]
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", extrasaction="ignore")
    writer.writeheader()
    for number, found in sentences.items():
        data = {name: _cell(value) for name, value in report.rejected.get(number, {}).items()}
        writer.writerow(data | {"import_row": number, "import_problem": " ".join(found)})
    return text.getvalue()


def _cell(value: object) -> str:
    return value if isinstance(value, str) else "" if value is None else json.dumps(value)
