"""Every template parses, speaks plain English, and leaves scripts and styles to files."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask
from jinja2 import Environment, nodes

from tests.architecture import source
from tests.architecture.test_vocabulary import INNER

TEMPLATES = source.ROOT / "templates"
NAMES = sorted(str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.*"))
PAGES = [name for name in NAMES if name.endswith(".html")]
each = pytest.mark.parametrize("name", NAMES)
each_page = pytest.mark.parametrize("name", PAGES)
INLINE = {
    "an inline script": re.compile(r"<script(?![^>]*\bsrc=)", re.IGNORECASE),
    "an inline style sheet": re.compile(r"<style\b", re.IGNORECASE),
    "a style attribute": re.compile(r"<[^>]*\sstyle\s*=", re.IGNORECASE),
    "a script attribute": re.compile(r"<[^>]*\son[a-z]+\s*=", re.IGNORECASE),
    "a script address": re.compile(r"javascript:", re.IGNORECASE),
}


@pytest.fixture(scope="session")
def environment() -> Environment:
    """Jinja as the application sets it up, without an application behind it."""
    bare = Flask("templates", root_path=str(source.ROOT), template_folder=str(TEMPLATES))
    bare.jinja_env.add_extension("jinja2.ext.i18n")
    return bare.jinja_env


@each
def test_a_template_parses(environment: Environment, name: str) -> None:
    environment.parse(source.text(Path("templates") / name), name)


@each_page
def test_a_template_keeps_scripts_and_styles_in_files(name: str) -> None:
    text = _without_comments(name)
    found = [what for what, pattern in INLINE.items() if pattern.search(text)]
    assert not found


@each_page
def test_nothing_is_marked_safe_in_a_template(name: str) -> None:
    assert not re.search(r"[^\"'\s]\s*\|\s*safe\b|autoescape\s+false", _without_comments(name))


@each
def test_a_template_says_no_inner_word(environment: Environment, name: str) -> None:
    parsed = environment.parse(source.text(Path("templates") / name), name)
    said = [data.data for data in parsed.find_all(nodes.TemplateData)]
    said += [
        value.value
        for value in parsed.find_all(nodes.Const)
        if isinstance(value.value, str) and " " in value.value
    ]
    breaches = sorted({match.group() for text in said for match in INNER.finditer(text)})
    assert not breaches, source.told(breaches, "people read plain English")


def _without_comments(name: str) -> str:
    return re.sub(r"\{#.*?#\}", "", source.text(Path("templates") / name), flags=re.DOTALL)
