"""What the papers promise is there: commands, settings, links, and the least PostgreSQL."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from uuid import UUID

import click
import pytest
from flask import Flask

from kernel.servers import postgres
from marketplace.config import Policy
from marketplace.jobs import interface
from marketplace.jobs.schemas import JobIn
from tests.architecture import source

PAPERS = sorted(
    [*source.ROOT.glob("*.md"), *(source.ROOT / "docs").rglob("*.md")],
    key=lambda path: path.relative_to(source.ROOT).parts,
)
README = (source.ROOT / "README.md").read_text()
README_LINES_MAX = 80
MAKE_SECONDS_MAX = 60
VARIABLE = re.compile(r"`([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)`")
ENVIRONMENT = re.compile(r"(env|environment|os\.environ)(\.get|\.pop|\.setdefault)?|os\.getenv")
OF_TESTS = {"QUORUM_CHROMIUM", "QUORUM_DATASETS"}
each = pytest.mark.parametrize("paper", PAPERS, ids=lambda path: path.name)


def test_the_readme_fits_a_sitting() -> None:
    assert len(README.splitlines()) <= README_LINES_MAX


@pytest.mark.parametrize("target", ["help", "setup", "demo", "run", "test", "check"])
def test_the_commands_to_type_can_be_typed(target: str) -> None:
    run = subprocess.run(
        ["make", "--dry-run", target],
        cwd=source.ROOT,
        capture_output=True,
        text=True,
        timeout=MAKE_SECONDS_MAX,
        check=False,
    )
    assert run.returncode == 0, run.stderr


@each
def test_every_make_target_that_is_named_exists(paper: Path) -> None:
    named = set(re.findall(r"`?\bmake ([a-z][a-z-]+)(?=[`\s](?![a-z]))", _code(paper)))
    targets = set(re.findall(r"^([a-z-]+):", (source.ROOT / "Makefile").read_text(), re.MULTILINE))
    assert named <= targets


@each
def test_every_flask_command_that_is_named_exists(paper: Path) -> None:
    from marketplace import cli

    app = Flask("commands")
    cli.register(app)
    for words in re.findall(r"flask --app wsgi ((?:[a-z-]+ ?)+)", _code(paper)):
        command: click.Command = app.cli
        for word in words.split():
            if not isinstance(command, click.Group):
                break
            assert word in command.commands, f"{paper.name}: flask --app wsgi {words}"
            command = command.commands[word]


@each
def test_every_link_leads_to_a_file(paper: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", paper.read_text())
    missing = [link for link in links if not (paper.parent / link).exists()]
    assert not missing


@each
def test_every_path_that_is_named_exists(paper: Path) -> None:
    named = re.findall(r"`((?:[a-z_]+/)+[a-z_]+\.(?:py|md|html|toml))`", paper.read_text())
    homes = (source.ROOT, *(source.ROOT / part for part in source.PRODUCT), source.ROOT / "docs")
    missing = [name for name in named if not any((home / name).exists() for home in homes)]
    assert not missing


def test_the_readme_names_the_settings_the_code_reads_and_no_others() -> None:
    configuration = README.partition("## Configuration")[2].partition("\n## ")[0]
    assert set(VARIABLE.findall(configuration)) == _variables_read()


def test_the_readme_tells_the_policy_as_it_is() -> None:
    for name, default in vars(Policy()).items():
        told = re.search(rf"`QUORUM_{name.upper()}`\s([\d.]*\d)", README)
        assert told, name
        assert type(default)(told[1]) == default, name


def test_no_paper_names_a_setting_that_nothing_reads() -> None:
    known = _variables_read() | OF_TESTS
    for paper in PAPERS:
        named = {name for name in VARIABLE.findall(paper.read_text()) if name.startswith("QUORUM_")}
        assert named <= known, paper.name


def test_the_job_in_the_example_of_the_api_is_one_we_take() -> None:
    api = (source.ROOT / "docs" / "api.md").read_text()
    written = re.findall(r"<<JSON.*?\n(.*?)\nJSON\n", api, re.DOTALL)
    assert len(written) == 1
    job = JobIn().loads(written[0].replace("$org", str(UUID(int=0))).replace(r"\$", "$"))
    assert interface.classes(interface.parse(job["interface"])) == {"animal": ("cat", "dog")}


def test_the_private_server_is_as_new_as_we_say() -> None:
    decided = (source.ROOT / "docs/decisions/0009-postgresql-18.md").read_text()
    least = int(re.search(r"PostgreSQL (\d+) is the minimum", decided)[1])  # type: ignore[index]
    assert least <= postgres.VERSION_MIN


def _code(paper: Path) -> str:
    """Return what a paper shows as code."""
    return "\n".join(re.findall(r"```.*?```|`[^`\n]+`", paper.read_text(), re.DOTALL))


@cache
def _variables_read() -> frozenset[str]:
    """Return the environment variables that the code reads."""
    read = {f"QUORUM_{name.upper()}" for name in vars(Policy())}
    for path in source.all_modules():
        for where, key in _look_ups(path):
            if ENVIRONMENT.fullmatch(where) and isinstance(key, ast.Constant):
                read.add(str(key.value))
    return frozenset(read)


def _look_ups(path: Path) -> Iterator[tuple[str, ast.AST]]:
    """Walk what is looked up by a key, and the key: calls, subscripts and `in`."""
    for node in source.nodes(path):
        if isinstance(node, ast.Call) and node.args:
            yield source.dotted(node.func), node.args[0]
        elif isinstance(node, ast.Subscript):
            yield source.dotted(node.value), node.slice
        elif isinstance(node, ast.Compare):
            yield source.dotted(node.comparators[0]), node.left
