"""Find something to show in an interface: a job's own task, or an example where it has none."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kernel.db import UnitOfWork
from marketplace.jobs import interface, queries
from marketplace.jobs.interface import Interface, parts
from marketplace.jobs.models import Job

TASKS_SHOWN = 20
_PICTURE = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' width='640' height='400'%3E"
    "%3Crect width='640' height='400' fill='%23dfe7f1'/%3E%3Ccircle cx='480' cy='110' r='50'"
    " fill='%23f0c75e'/%3E%3Cpath d='M0 400 220 160 340 300 430 220 640 400z' fill='%237d98b8'/%3E"
    "%3C/svg%3E"
)
_EXAMPLES: Mapping[str, Any] = {
    "text": "Here stands a text of your file, such as: The parcel came a day late, but intact.",
    "html": "<p>Here stands a <b>text</b> of your file.</p>",
    "image": _PICTURE,
    "list": [{"id": "a", "title": "The first of your items"}, {"id": "b", "title": "The second"}],
    "table": {"name": "A value of your file", "size": "42"},
    "paragraphs": [
        {"author": "Ada", "text": "When does it arrive?"},
        {"author": "Ben", "text": "Tomorrow before noon."},
    ],
}


@dataclass(frozen=True)
class Shown:
    """What one task holds; the kinds no example stands for are `missing`, of `count` tasks."""

    data: Mapping[str, Any]
    count: int = 0
    missing: Sequence[str] = ()


def data(uow: UnitOfWork, job: Job, shape: Interface, place: int) -> Shown:
    """Return what one of a job's first tasks shows, round and round, or an example."""
    wanted = interface.fields(shape)
    fit = [
        row.data
        for row in queries.first_tasks(uow, job.id, TASKS_SHOWN)
        if wanted.keys() <= row.data.keys()
    ]
    if fit:
        return Shown(fit[place % len(fit)], len(fit))
    missing = sorted({kind for kind in wanted.values() if kind not in _EXAMPLES})
    return Shown({name: _EXAMPLES.get(kind, "") for name, kind in wanted.items()}, 0, missing)


def address_in(job: Job) -> Callable[[str], str]:
    """Return what turns a media field into an address that members may open."""

    def address(value: str) -> str:
        is_whole = "://" in value or value == _PICTURE
        return value if is_whole else f"/api/v1/jobs/{job.id}/media/{value}"

    return address


assert _EXAMPLES.keys() | {"audio", "video", "series"} == set(parts.KIND_OF_OBJECT.values())
