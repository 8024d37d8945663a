"""The code under test as text and syntax trees, read once per run."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parent.parent.parent
PRODUCT = ("kernel", "consensus", "workers", "qualification", "payouts", "marketplace")
AROUND = ("demo", "bench")
Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def modules(*folders: str) -> tuple[Path, ...]:
    """List the modules below folders (the product's own by default), as paths from the root."""
    found = [path for folder in folders or PRODUCT for path in (ROOT / folder).rglob("*.py")]
    return tuple(sorted(path.relative_to(ROOT) for path in found))


@cache
def all_modules() -> tuple[Path, ...]:
    """List the modules of the product and of what stands around it, the entry point too."""
    return (*modules(*PRODUCT, *AROUND), Path("wsgi.py"))


@cache
def text(path: Path) -> str:
    """Read a file."""
    return (ROOT / path).read_text()


@cache
def tree(path: Path) -> ast.Module:
    """Parse a module."""
    return ast.parse(text(path), str(path))


def nodes(path: Path) -> Iterator[ast.AST]:
    """Walk everything in a module."""
    return ast.walk(tree(path))


def functions(path: Path) -> Iterator[Function]:
    """Walk the functions of a module, nested ones too."""
    return (node for node in nodes(path) if isinstance(node, Function))


def calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    """Walk the calls of a module with the dotted name each calls."""
    return ((dotted(node.func), node) for node in nodes(path) if isinstance(node, ast.Call))


def dotted(node: ast.AST) -> str:
    """Write a name as the source does (`datetime.now`); what hangs on a call begins with a dot."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return ""


def imports(path: Path) -> Iterator[tuple[str, int]]:
    """Walk the imported modules with their lines."""
    for node in nodes(path):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module, node.lineno


def words(name: str) -> list[str]:
    """Split a name (snake, camel or dotted) into words in lower case, plurals as they are."""
    parts = re.split(r"[^A-Za-z]+", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name))
    return [part.lower() for part in parts if part]


def at(path: Path, node: ast.AST) -> str:
    """Name a place as editors do."""
    return f"{path}:{getattr(node, 'lineno', 1)}"


def load(path: Path) -> ModuleType:
    """Import a module by its path."""
    return importlib.import_module(".".join(path.with_suffix("").parts).removesuffix(".__init__"))


def told(breaches: list[str], rule: str) -> str:
    """Write breaches for a failing test, one a line below the rule they break."""
    return "\n  ".join([rule, *breaches])
