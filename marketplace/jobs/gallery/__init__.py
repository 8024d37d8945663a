"""Ready interfaces to begin a job with: forms people often need, words, samples and answers."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

from kernel.errors import Missing, Refused
from marketplace.jobs import interface
from marketplace.jobs.interface import Interface, parts

HERE = Path(__file__).parent
FORMS, SAMPLES = HERE / "forms", HERE / "samples"
GROUPS = (
    *("Texts", "Search and products", "Language models", "Pictures", "Sounds", "Films"),
    *("Measurements", "Forms"),
)


@dataclass(frozen=True)
class Row:
    """One sample task: its data, a sensible answer by control, and result items beyond those.

    The further items are what no value by control says: relations, and words on single marks.
    """

    data: Mapping[str, Any]
    answer: Mapping[str, Any]
    items: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class Form:
    """One ready interface with its words and sample tasks."""

    name: str
    title: str
    group: str
    summary: str
    expected_seconds: int
    guidelines: str
    xml: str
    rows: tuple[Row, ...]

    @cached_property
    def shape(self) -> Interface:
        """Return the checked interface; refuse, as for any other, what is not drawn yet."""
        return interface.parse(self.xml)

    @property
    def problem(self) -> str:
        """Return why the interface is not drawn yet, "" where it is."""
        try:
            return "" if self.shape else ""
        except Refused as refusal:
            return refusal.sentence

    @property
    def columns(self) -> Mapping[str, str]:
        """Return the fields that tasks must have, each with its kind."""
        return interface.fields(self.shape)

    @property
    def media(self) -> tuple[str, ...]:
        """Return the names of the files its sample tasks show."""
        shown = [name for name, kind in self.columns.items() if kind in parts.MEDIA_KINDS]
        return tuple(dict.fromkeys(str(row.data[name]) for row in self.rows for name in shown))

    def result(self, row: Row) -> list[dict[str, Any]]:
        """Return the sample answer to a row as result items."""
        written = interface.written(self.shape, row.answer, row.data)
        return [*written, *map(dict, row.items)]

    def tasks(self) -> str:
        """Return the sample tasks as a file that an import reads."""
        return json.dumps([dict(row.data) for row in self.rows], ensure_ascii=False, indent=2)


@cache
def forms() -> Mapping[str, Form]:
    """Return all ready interfaces by name, group by group."""
    read = [_read(path) for path in sorted(FORMS.glob("*.toml"))]
    ordered = sorted(read, key=lambda form: GROUPS.index(form.group))
    return MappingProxyType({form.name: form for form in ordered})


def form(name: str) -> Form:
    """Return one ready interface, or tell that there is none of this name."""
    if name not in forms():
        raise Missing("form_unknown", "There is no ready interface of this name.")
    return forms()[name]


def sample(name: str) -> Path:
    """Return the path of a file that sample tasks show, or tell that there is none."""
    path = SAMPLES / name
    if path.parent != SAMPLES or not path.is_file():
        raise Missing("file_unknown", "There is no sample file of this name.")
    return path


def _read(path: Path) -> Form:
    told = tomllib.loads(path.read_text(encoding="utf-8"))
    rows = tuple(
        Row(row["data"], row.get("answer", {}), tuple(row.get("items", ())))
        for row in told.pop("rows")
    )
    words: dict[str, Any] = {
        name: value.strip() if isinstance(value, str) else value for name, value in told.items()
    }
    return Form(name=path.stem, xml=words.pop("interface"), rows=rows, **words)
