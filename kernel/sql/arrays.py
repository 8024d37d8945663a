"""Write columns of values as PostgreSQL reads arrays, at a fraction of what the driver takes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping


def literal(values: Iterable[object]) -> str:
    """Return an array of texts, ids, numbers, truths or moments as text; None is NULL.

    The statement casts it: `CAST(:ids AS uuid[])`. The driver adapts lists value by value in
    Python, which costs more than all else that settling thousands of answers does.
    """
    return "{" + ",".join(map(_element, values)) + "}"


def literals(columns: Mapping[str, Iterable[object]]) -> dict[str, str]:
    """Return columns by name, each as an array."""
    return {name: literal(values) for name, values in columns.items()}


def _element(value: object) -> str:
    if value is None:
        return "NULL"
    written = str(value)
    if "\\" in written or '"' in written:
        written = written.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{written}"'
