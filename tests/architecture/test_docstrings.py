"""Every module, class and function for others says in a sentence what it is for."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.architecture import source

Documented = ast.ClassDef | source.Function


def test_every_module_opens_with_one_sentence() -> None:
    breaches = []
    for path in (*source.all_modules(), *source.modules("migrations")):
        opening = _first_line(source.tree(path))
        if not opening.endswith((".", "?")) or re.search(r"[a-z]\. [A-Z]", opening):
            breaches.append(f"{path}: {opening!r}")
    assert not breaches, source.told(breaches, "the first line is one whole sentence")


def test_every_public_function_and_class_says_what_it_is_for() -> None:
    breaches = [
        f"{source.at(path, node)} {node.name}"
        for path in source.all_modules()
        for node in _public(source.tree(path))
        if not ast.get_docstring(node) and not _is_signature(node)
    ]
    assert not breaches, source.told(breaches, "say it in one sentence")


def _first_line(node: ast.Module) -> str:
    return (ast.get_docstring(node) or "").partition("\n\n")[0].replace("\n", " ")


def _public(inside: ast.Module | ast.ClassDef) -> Iterator[Documented]:
    """Walk what others may call: not what is private, nested, or named by a library."""
    for node in inside.body:
        if isinstance(node, Documented) and not node.name.startswith("_") and node.name != "Meta":
            yield node
            if isinstance(node, ast.ClassDef):
                yield from _public(node)


def _is_signature(node: Documented) -> bool:
    """Tell what a protocol asks for from code: its body is three dots."""
    return isinstance(node, source.Function) and all(
        isinstance(part, ast.Expr) and getattr(part.value, "value", None) is ...
        for part in node.body
    )


def test_the_reader_of_names_sees_methods_and_leaves_private_ones_out() -> None:
    code = ast.parse("class A:\n  def b(self): ...\n  def _c(self): ...\ndef d(): ...")
    assert [node.name for node in _public(code)] == ["A", "b", "d"]


def test_files_are_named_for_what_they_hold() -> None:
    banned = {"utils", "util", "helpers", "helper", "common", "manager", "misc", "base"}
    named: list[Path] = [
        path for path in source.all_modules() if banned & {path.stem, *path.parent.parts}
    ]
    assert not named, f"a name that says nothing: {named}"
