"""Importing tasks: everything or nothing, once, whatever happens in between."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select, text

from kernel import chores
from kernel.errors import Conflict, Refused
from kernel.runtime import Runtime
from marketplace.jobs import chores as job_chores
from marketplace.jobs import publishing, queries
from marketplace.jobs.intake import importing, media
from marketplace.jobs.models import Job, Task
from tests.service.jobs import builders
from tests.service.jobs.builders import Buyer, usd

assert job_chores


def a_draft(runtime: Runtime, **changes: object) -> tuple[Buyer, Job]:
    """Create a draft of a new organisation."""
    with runtime.database.unit_of_work() as uow:
        buyer = builders.a_buyer(uow, "100")
        return buyer, builders.a_draft(uow, buyer, **changes)


def count_tasks(runtime: Runtime, job: Job) -> int:
    """Count the tasks of a job."""
    with runtime.database.unit_of_work() as uow:
        own = select(func.count()).select_from(Task).where(Task.job_id == job.id)
        return uow.session.scalar(own) or 0


def test_rows_become_tasks_in_their_order(runtime: Runtime) -> None:
    buyer, job = a_draft(runtime)
    content = b"text,external_id,priority,known\none,a,,\ntwo,b,7,\nthree,c,,dog\n"
    done = builders.run_import(runtime, buyer, job, content)
    assert (done.state, done.rows_read, done.rows_added) == ("done", 3, 3)
    with runtime.database.unit_of_work() as uow:
        one, two, three = builders.tasks_of(uow, job)
        assert (one.data, one.position, one.rank) == ({"text": "one"}, 1, 1000 * 10**10 + 1)
        assert (two.external_id, two.rank) == ("b", 993 * 10**10 + 2)
        assert (three.known, three.lane, three.slots_max) == ({"animal": "dog"}, 2, 1_000_000)
        assert (one.lane, one.slots_max, one.state) == (1, 5, "waiting")
        assert one.id < two.id < three.id
        job = queries.job(uow, job.id)
        assert (job.tasks_count, job.gold_count, job.next_position) == (2, 1, 4)


def test_one_bad_row_keeps_every_row_out_and_is_named(runtime: Runtime) -> None:
    buyer, job = a_draft(runtime)
    failed = builders.run_import(runtime, buyer, job, b"text,known\none,\ntwo,horse\n,cat\n")
    assert (failed.state, failed.rows_read, failed.rows_added) == ("failed", 3, 0)
    found = [(each["row"], each["field"], each["code"]) for each in failed.report["problems"]]
    assert found == [(3, "known", "known_not_an_option"), (4, "text", "field_missing")]
    assert count_tasks(runtime, job) == 0
    rows = b"".join(runtime.storage.chunks(failed.report["problem_rows"])).decode()
    assert rows.splitlines()[0] == "import_row,import_problem,text,known"
    assert len(rows.splitlines()) == 3


def test_good_rows_are_kept_where_that_is_asked(runtime: Runtime) -> None:
    buyer, job = a_draft(runtime)
    content = b"text,known\none,\ntwo,horse\nthree,cat\n"
    done = builders.run_import(runtime, buyer, job, content, keep_good_rows=True)
    assert (done.state, done.rows_added, done.report["problems_count"]) == ("done", 2, 1)
    assert count_tasks(runtime, job) == 2


def test_gold_is_marked_as_drawn_at_random_only_where_the_import_says_so(
    runtime: Runtime,
) -> None:
    buyer, job = a_draft(runtime)
    builders.run_import(runtime, buyer, job, b"text,known\none,cat\ntwo,\n")
    drawn = b"text,known\nthree,cat\nfour,\n"
    kept = builders.run_import(runtime, buyer, job, drawn, gold_is_random=True)
    assert kept.gold_is_random
    with runtime.database.unit_of_work() as uow:
        marked = select(Task.data["text"].astext).where(Task.job_id == job.id, Task.is_audited)
        assert list(uow.session.scalars(marked)) == ["three"]


def test_what_the_job_has_already_is_left_out_and_named(runtime: Runtime) -> None:
    buyer, job = a_draft(runtime)
    builders.run_import(runtime, buyer, job, b"text,external_id\none,a\ntwo,b\n")
    content = b"text,external_id\nthree,c\none,z\nfour,b\nthree,d\n"
    done = builders.run_import(runtime, buyer, job, content)
    assert (done.state, done.rows_added, done.report["duplicates"]) == ("done", 1, 3)
    found = [(each["row"], each["field"], each["code"]) for each in done.report["repeats"]]
    assert sorted(found) == [
        (3, "", "row_already_there"),
        (4, "external_id", "row_already_there"),
        (5, "", "row_repeated"),
    ]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"text\n" + "größe".encode("latin-1") + b"\n", "row_not_utf8"),
        (b'{"text": "one"}\n{"text": \n', "row_not_json"),
        (b'[{"text": "one"}, {"text": "two"', "row_not_json"),
        (b"text,known\none\n", "row_columns"),
        (b'{"text": "a\\u0000b"}\n', "field_not_text"),
    ],
)
def test_an_unreadable_row_is_reported(runtime: Runtime, content: bytes, code: str) -> None:
    buyer, job = a_draft(runtime)
    failed = builders.run_import(runtime, buyer, job, content)
    assert failed.state == "failed"
    assert [each["code"] for each in failed.report["problems"]] == [code]
    assert count_tasks(runtime, job) == 0


def test_a_file_that_cannot_be_read_at_all_fails_with_the_reason(runtime: Runtime) -> None:
    buyer, job = a_draft(runtime)
    failed = builders.run_import(runtime, buyer, job, b"text,text\none,two\n")
    assert failed.state == "failed"
    assert failed.report["refusal"]["code"] == "import_header_duplicate"


def test_an_image_that_was_not_uploaded_is_a_problem_of_its_row(runtime: Runtime) -> None:
    buyer, job = a_draft(runtime, interface=builders.PICTURES)
    with runtime.database.unit_of_work(buyer.identity) as uow:
        here = media.Upload("a.png", builders.io.BytesIO(builders.an_image()))
        media.add(uow, job, runtime.storage, [here])
    failed = builders.run_import(runtime, buyer, job, b"picture\na.png\nb.png\n")
    assert [each["code"] for each in failed.report["problems"]] == ["image_unknown"]
    assert builders.run_import(runtime, buyer, job, b"picture\na.png\n").rows_added == 1


def test_an_empty_file_is_refused_at_once(runtime: Runtime) -> None:
    buyer, job = a_draft(runtime)
    with pytest.raises(Refused) as refusal:
        builders.begin_import(runtime, buyer, job, b"")
    assert refusal.value.code == "import_empty"


def test_a_closed_job_takes_no_tasks(runtime: Runtime) -> None:
    buyer, job = a_draft(runtime)
    waiting = builders.begin_import(runtime, buyer, job, b"text\none\n")
    with runtime.database.unit_of_work(buyer.identity) as uow:
        job = publishing.cancel(uow, job)
    with pytest.raises(Conflict) as refusal:
        builders.begin_import(runtime, buyer, job, b"text\none\n")
    assert refusal.value.code == "job_cancelled"
    assert importing.run(runtime, waiting)
    with runtime.database.unit_of_work() as uow:
        assert queries.import_of(uow, waiting).report["refusal"]["code"] == "job_ended"


def test_tasks_imported_into_a_published_job_open_as_far_as_the_budget_reaches(
    runtime: Runtime,
) -> None:
    buyer, job = builders.a_published_job(runtime, builders.rows(1), budget="0.75")
    builders.run_import(runtime, buyer, job, b"text\none\ntwo\nthree\n")
    with runtime.database.unit_of_work() as uow:
        opened = [task.slots_open for task in builders.tasks_of(uow, job)]
        assert opened == [2, 2, 2, 0]
        builders.check_money(uow, job)


def test_an_import_run_again_changes_nothing(runtime: Runtime) -> None:
    buyer, job = a_draft(runtime)
    import_id = builders.begin_import(runtime, buyer, job, b"text\none\ntwo\n")
    assert importing.run(runtime, import_id)
    assert importing.run(runtime, import_id)
    assert count_tasks(runtime, job) == 2


def test_two_runners_at_one_import_do_it_once(runtime: Runtime) -> None:
    buyer, job = a_draft(runtime)
    content = builders.as_lines(builders.rows(3_000))
    import_id = builders.begin_import(runtime, buyer, job, content)
    with ThreadPoolExecutor(4) as threads:
        done = list(threads.map(lambda _: importing.run(runtime, import_id), range(4)))
    assert any(done)
    assert count_tasks(runtime, job) == 3_000


def test_two_imports_into_one_job_keep_positions_apart(runtime: Runtime) -> None:
    buyer, job = a_draft(runtime)
    ids = [
        builders.begin_import(runtime, buyer, job, builders.as_lines(each))
        for each in (builders.rows(200), builders.rows(300))
    ]
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(lambda import_id: importing.run(runtime, import_id), ids))
    with runtime.database.unit_of_work() as uow:
        tasks = builders.tasks_of(uow, job)
        assert [task.position for task in tasks] == list(range(1, 301))
        assert len({task.content_hash for task in tasks}) == 300


KILLED = """
import os, signal, sys
from uuid import UUID
from kernel import runtime as runtimes
from kernel.settings import Settings
from marketplace.jobs.intake import importing, staging

def die_after_inserting(*given):
    insert(*given)
    os.kill(os.getpid(), signal.SIGKILL)

insert, staging.insert = staging.insert, die_after_inserting
importing.run(runtimes.start(Settings.load(), {}, {}), UUID(sys.argv[1]))
"""


def test_an_import_killed_halfway_leaves_nothing_and_starts_anew(runtime: Runtime) -> None:
    buyer, job = a_draft(runtime)
    content = builders.as_lines(builders.rows(6_000))
    import_id = builders.begin_import(runtime, buyer, job, content)
    settings = runtime.settings
    environment = os.environ | {
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "QUORUM_LOCAL": str(settings.local_folder),
    }
    killed = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(KILLED), str(import_id)],
        env=environment,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    assert count_tasks(runtime, job) == 0
    with runtime.database.unit_of_work() as uow:
        waiting = queries.import_of(uow, import_id)
        assert (waiting.state, waiting.rows_read) == ("waiting", 6_000), "progress was shown"
        chores.ask(uow, {("jobs.import_tasks", str(import_id)): uow.now})
    chores.run(runtime, "jobs.import_tasks", str(import_id))
    assert count_tasks(runtime, job) == 6_000
    with runtime.database.unit_of_work() as uow:
        assert queries.import_of(uow, import_id).state == "done"
        assert uow.session.scalar(text("SELECT count(*) FROM chores_due")) == 0


def test_funding_a_draft_touches_no_task(runtime: Runtime) -> None:
    buyer, job = a_draft(runtime)
    builders.run_import(runtime, buyer, job, b"text\none\n")
    with runtime.database.unit_of_work(buyer.identity) as uow:
        publishing.fund(uow, job, usd("5"))
    with runtime.database.unit_of_work() as uow:
        assert builders.open_slots(uow, job) == 0
