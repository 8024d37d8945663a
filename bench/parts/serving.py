"""Claims and answers over HTTP with real PostgreSQL and Valkey, against two floors."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from uuid import UUID

from bench import measuring, stage
from bench.measuring import Row, Sample, Work
from bench.serving import checks, crowd, filling, loads, servers
from bench.serving.crowd import Hand
from bench.serving.filling import Shape
from bench.serving.loads import Load, Seen
from bench.serving.pgbench import Bench
from kernel.runtime import Runtime

ABOUT = (
    "Claims and answers over HTTP: callers in closed loops, in a process of their own, on lines "
    "kept open. Each answer is claimed, then handed in; both are durable, and the callers share "
    "the cores. The floor is a bare Flask application under the same gunicorn with as many "
    "processes, threads and lines to PostgreSQL: it looks up a key and runs the least SQL that "
    "claims and keeps an answer; pgbench runs the same SQL with no web in front. A turn of ten is "
    "two requests and counts as ten answers. SIZE=1M or SIZE=10M takes a larger job, kept below "
    ".local/bench; the small job beside it has 10,000 tasks. A heavy worker has answered 5,000 "
    "tasks that are still open; the last 1 % is that of a job of 20,000; the survey is one task "
    "with 1,000 places, each worker's first claim on it enrolling them."
)
SECONDS = 4.0
CALLERS = 8
MANY = 64
BATCH = 10
DONE_TASKS = 5_000
SURVEY = Shape(1, overlap=1_000)
SURVEY_CALLERS = 16
MOST_SECONDS = 120.0
NEARLY_DONE = Shape(20_000, done=19_800)
SMALL = Shape(10_000)


@dataclass(frozen=True)
class Scene:
    """What is measured on: an installation, its jobs and people, and where it is served."""

    runtime: Runtime
    buyer: stage.Buyer
    service: str
    floor: str
    hands: Sequence[Hand]
    job_id: UUID

    def keys(self, first: int, count: int) -> list[str]:
        """Return the keys of some workers, counted from the first."""
        return [hand.key for hand in self.hands[first : first + count]]

    def load(self, first: int, callers: int, job_id: UUID | None = None) -> Load:
        """Return callers of the service."""
        return Load(self.service, job_id or self.job_id, self.keys(first, callers))

    def fill(self, shape: Shape) -> UUID:
        """Publish one more job."""
        return filling.fill(self.runtime.database, self.buyer, shape)


def measure(tasks: int) -> list[Row]:
    """Measure the service and its floors in turns, on a job of so many tasks."""
    with _scene(Shape(tasks)) as (scene, service):
        rows = measuring.in_turns(_works(scene), SECONDS)
        rows.append(_thrice("the last 1 % of a job", rows[0], lambda: _empty(scene)))
        rows.append(_thrice("a survey, 16 callers", rows[0], lambda: _ask_everybody(scene)))
        of_claim, of_answer = checks.statements(scene.runtime, scene.hands[-1], scene.job_id)
        wrong = checks.over_assigned(scene.runtime.database)
        more = {
            "statements": f"{of_claim} + {of_answer}",
            "over-assigned": str(wrong),
            "start, s": f"{service.start_seconds:.1f}",
            "memory, MB": f"{service.megabytes:.0f}",
        }
        rows[1] = replace(rows[1], notes={**rows[1].notes, **more})
        assert not wrong, f"{wrong} tasks are held by too many"
        return rows


@contextmanager
def _scene(shape: Shape) -> Iterator[tuple[Scene, servers.Served]]:
    """Fill a job of this shape, or find it again, hire people, and serve both applications."""
    opened = stage.opened() if shape == SMALL else stage.kept(f"bench_{shape.tasks}")
    with opened as runtime:
        buyer = stage.a_buyer(runtime)
        job_id = filling.find(runtime.database, shape) or filling.fill(
            runtime.database, buyer, shape
        )
        hands = crowd.hire(runtime.database, 5 * CALLERS + MANY + SURVEY.overlap + 10)
        crowd.introduce(runtime.database, hands)
        with (
            servers.served(runtime.settings, servers.FLOOR) as floor,
            servers.served(runtime.settings, servers.SERVICE) as service,
        ):
            yield Scene(runtime, buyer, service.address, floor.address, hands, job_id), service


def _works(scene: Scene) -> list[Work]:
    """Return the works that take turns; each has workers of its own, and so a start of its own."""
    small = scene.fill(replace(SMALL, tasks=30_000))
    bare = Load(scene.floor, small, scene.keys(0, CALLERS))
    one = scene.load(CALLERS, CALLERS)
    ten = replace(scene.load(2 * CALLERS, CALLERS, scene.fill(Shape(50_000))), count=BATCH)
    many = scene.load(5 * CALLERS, MANY, scene.fill(Shape(30_000)))
    alone, heavy = scene.load(3 * CALLERS, 1), scene.load(3 * CALLERS + 1, 1)
    on_small = scene.load(4 * CALLERS, CALLERS, small)
    heavy.run(0.1)
    worker_id = scene.hands[3 * CALLERS + 1].worker_id
    filling.do_first_tasks(scene.runtime.database, scene.job_id, worker_id, DONE_TASKS)
    bench = Bench(
        scene.runtime.database,
        scene.runtime.settings.database_url,
        scene.fill(Shape(100_000)),
        scene.hands[-9:-1],
    )
    return [
        _work("bare Flask, one", bare),
        _work("claim and answer one", one),
        _work(f"claim and answer {BATCH} at once", ten),
        _work("the same, one, on a small job", on_small),
        _work(f"the same, one, {MANY} callers", many),
        _work("one caller, a new worker", alone),
        _work("one caller, a heavy worker", heavy),
        Work("pgbench, the bare SQL alone", "answers", bench.run),
    ]


def _work(name: str, load: Load) -> Work:
    return Work(name, "answers", load.run, lambda: load.notes)


def _empty(scene: Scene) -> Seen:
    """Let callers take what is left of a job."""
    load = scene.load(0, CALLERS, scene.fill(NEARLY_DONE))
    return loads.call(load, MOST_SECONDS, [[key] for key in load.keys], "empty")


def _ask_everybody(scene: Scene) -> Seen:
    """Let a thousand people answer one task, each once."""
    load = scene.load(5 * CALLERS + MANY, SURVEY.overlap, scene.fill(SURVEY))
    callers = [list(load.keys[number::SURVEY_CALLERS]) for number in range(SURVEY_CALLERS)]
    seen = loads.call(load, MOST_SECONDS, callers, "everybody")
    assert seen.answers == SURVEY.overlap, f"{seen.answers} of them answered: {seen.refused}"
    return seen


def _thrice(name: str, floor: Row, once: Callable[[], Seen]) -> Row:
    seen = [once() for _ in range(measuring.ROUNDS)]
    rates = tuple(Sample(one.answers, one.seconds).rate for one in seen)
    return Row(name, "answers", rates, floor.floor_rates, loads.notes(seen))
