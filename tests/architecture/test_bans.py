"""What the house forbids, read from syntax trees: each ban names the few places it exempts."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from pathlib import Path

from tests.architecture import source

CLOCKS = re.compile(
    r"(datetime\.(now|utcnow|today)|date\.today|time\.time(_ns)?|time\.localtime|time\.gmtime)$"
)
CLOCK_KEEPERS = (
    "kernel/clock.py",  # the clock itself
    "kernel/types.py",  # UUIDv7 sorts by real time, whatever the shared clock says
    "marketplace/cli/demo.py",  # names a run of the demo
)
SHARED_CHANCE = re.compile(r"(random\.(?!Random$|SystemRandom$)\w+|(np|numpy)\.random\.\w+)$")
COMMITTERS = (
    "kernel/db.py",  # the one commit of every unit of work
    "payouts/pretend/",  # plays an outside company with a database of its own
    "bench/serving/floor.py",  # the bare twin has no frame
)
PROCESS_STARTERS = (
    "kernel/servers/",  # the private PostgreSQL and Valkey
    "marketplace/serving.py",  # web, relay and runners of one terminal
    "bench/chaos/running.py",  # the processes that are killed
    "bench/chore.py",  # a chore with a memory of its own
    "bench/parts/crowd.py",  # eight senders of journals
    "bench/parts/settling.py",  # two runners and a relay
    "bench/quality/cores.py",  # a share of work for each core
    "bench/quality/peers.py",  # peers, each in an environment of its own
    "bench/serving/",  # web servers, callers and pgbench
)
LEFT_OVER = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
WEB_PLACES = (
    "kernel/web/",
    "marketplace/app.py",
    "marketplace/blueprints.py",
    "marketplace/cli/",
    "marketplace/home/",
    "marketplace/accounts/browser/",
    "bench/serving/floor.py",
)
WEB_NAMES = {"routes", "pages", "media", "showing"}
WEB_PACKAGES = {"flask", "flask_babel", "flask_smorest", "werkzeug"}


def test_only_the_clock_knows_the_time() -> None:
    breaches = [
        f"{source.at(path, call)} {name}"
        for path in _but(CLOCK_KEEPERS)
        for name, call in source.calls(path)
        if CLOCKS.search(name)
    ]
    assert not breaches, source.told(breaches, "take `uow.now` or a clock")


def test_chance_is_an_input() -> None:
    breaches = [
        f"{source.at(path, call)} {name}"
        for path in _but(())
        for name, call in source.calls(path)
        if SHARED_CHANCE.match(name) and not (name.endswith("default_rng") and call.args)
    ]
    assert not breaches, source.told(breaches, "take a generator, made from a seed")


def test_money_is_never_a_float() -> None:
    breaches = []
    for path in (*source.modules("payouts"), Path("kernel/money.py")):
        for node in source.nodes(path):
            is_literal = isinstance(node, ast.Constant) and isinstance(node.value, float)
            is_name = isinstance(node, ast.Name) and node.id == "float"
            if is_literal or is_name:
                breaches.append(source.at(path, node))
    assert not breaches, source.told(breaches, "count in whole micros")


def test_only_the_unit_of_work_commits() -> None:
    breaches = [
        source.at(path, call)
        for path in _but(COMMITTERS)
        for name, call in source.calls(path)
        if name.endswith((".commit", ".rollback"))
    ]
    assert not breaches, source.told(breaches, "the frame around a service commits")


def test_states_change_only_by_their_machine() -> None:
    breaches = [
        source.at(path, node)
        for path in _but(("kernel/states.py",))
        for node in source.nodes(path)
        if isinstance(node, ast.Assign)
        and any(isinstance(to, ast.Attribute) and to.attr == "state" for to in node.targets)
    ]
    assert not breaches, source.told(breaches, "call MACHINE.move(row, state, at=uow.now)")


def test_nothing_hides_in_listeners_of_the_mapper() -> None:
    breaches = [
        source.at(path, call)
        for path in _but(("bench/serving/checks.py",))
        for name, call in source.calls(path)
        if name in {"event.listen", "event.listens_for", "listens_for"}
    ]
    assert not breaches, source.told(breaches, "business belongs in services")


def test_nothing_prints() -> None:
    breaches = [
        source.at(path, call)
        for path in source.all_modules()
        for name, call in source.calls(path)
        if name == "print"
    ]
    assert not breaches, source.told(breaches, "log, or click.echo in a command")


def test_nothing_is_left_for_later() -> None:
    kinds = {".py", ".html", ".txt", ".js", ".css", ".md", ".toml", ".mako"}
    folders = (*source.PRODUCT, *source.AROUND, "migrations", "templates", "frontend/src", "docs")
    files = [path for folder in folders for path in (source.ROOT / folder).rglob("*")]
    files += [path for path in source.ROOT.glob("*") if path.is_file()]
    breaches = [
        f"{path.relative_to(source.ROOT)}:{number}"
        for path in files
        if path.suffix in kinds
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if LEFT_OVER.search(line)
    ]
    assert not breaches, source.told(breaches, "do it now or leave it out")


def test_only_the_gateway_knows_stripe() -> None:
    assert not _importers("stripe", ("payouts/gateway/",))


def test_only_the_keepers_of_processes_start_any() -> None:
    assert not _importers("subprocess", PROCESS_STARTERS)
    assert not _importers("multiprocessing", PROCESS_STARTERS)


def test_services_do_not_know_the_web() -> None:
    breaches = [
        f"{path}:{line} {name}"
        for path in _but(WEB_PLACES)
        if not WEB_NAMES & {path.stem, path.parent.name}
        for name, line in source.imports(path)
        if name.split(".")[0] in WEB_PACKAGES
    ]
    assert not breaches, source.told(breaches, "take what is needed as an argument")


def _importers(package: str, exempt: Iterable[str]) -> list[str]:
    return [
        f"{path}:{line}"
        for path in _but(tuple(exempt))
        for name, line in source.imports(path)
        if name.split(".")[0] == package
    ]


def _but(exempt: tuple[str, ...]) -> list[Path]:
    """List the modules, without those whose path begins with an exempt one."""
    return [path for path in source.all_modules() if not str(path).startswith(exempt or ("\0",))]
