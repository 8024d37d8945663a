"""Find the rows of one file that say again what an earlier row of it has said."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from marketplace.jobs.reading import RowProblem


class Keyed(Protocol):
    """Name what tells rows apart."""

    @property
    def row_number(self) -> int: ...
    @property
    def content_hash(self) -> str: ...
    @property
    def external_id(self) -> str | None: ...


def find(rows: Iterable[Keyed]) -> Iterator[RowProblem]:
    """Yield each row, in the order of the file, that an earlier one makes a repeat.

    A row that is itself left out makes no other a repeat.
    """
    of_data: dict[str, int] = {}
    of_name: dict[str, int] = {}
    for row in rows:
        if earlier := of_data.get(row.content_hash):
            yield _repeat(row.row_number, "", earlier)
        elif row.external_id is not None and (earlier := of_name.get(row.external_id)):
            yield _repeat(row.row_number, "external_id", earlier)
        else:
            of_data[row.content_hash] = row.row_number
            if row.external_id is not None:
                of_name[row.external_id] = row.row_number


def _repeat(row_number: int, name: str, earlier: int) -> RowProblem:
    sentence = f"This row has the same {name or 'data'} as row {earlier} and was left out."
    return RowProblem(row_number, name, "row_repeated", sentence)
