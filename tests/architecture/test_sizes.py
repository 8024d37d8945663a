"""Nothing is too large to be read in one sitting."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from tests.architecture import source

FUNCTION_LINES_MAX = 50
FILE_LINES_MAX = 300
FOLDER_FILES_MAX = 16
PARAMETERS_MAX = 5


def test_no_function_is_longer_than_fifty_lines() -> None:
    breaches = [
        f"{source.at(path, function)} {function.name}: {lines} lines"
        for path in source.all_modules()
        for function in source.functions(path)
        if (lines := (function.end_lineno or 0) - function.lineno + 1) > FUNCTION_LINES_MAX
    ]
    assert not breaches, source.told(breaches, "split by what each part is for")


def test_no_function_takes_more_than_five_parameters_by_position() -> None:
    breaches = []
    for path in source.all_modules():
        for function in source.functions(path):
            given = [*function.args.posonlyargs, *function.args.args]
            names = [one.arg for one in given if one.arg not in {"self", "cls"}]
            if len(names) > PARAMETERS_MAX:
                breaches.append(f"{source.at(path, function)} {function.name}: {len(names)}")
    assert not breaches, source.told(breaches, "group what belongs together in a value")


def test_no_file_is_longer_than_three_hundred_lines() -> None:
    scripts = [
        path.relative_to(source.ROOT)
        for kind in ("*.js", "*.css")
        for path in (source.ROOT / "frontend" / "src").rglob(kind)
    ]
    breaches = [
        f"{path}: {lines} lines"
        for path in (*source.all_modules(), *scripts)
        if (lines := len(source.text(path).splitlines())) > FILE_LINES_MAX
    ]
    assert not breaches, source.told(breaches, "split by what each part is for")


def test_no_folder_holds_more_than_sixteen_modules() -> None:
    held: Counter[Path] = Counter(
        path.parent for path in source.all_modules() if path.name != "__init__.py"
    )
    breaches = [f"{folder}: {count}" for folder, count in held.items() if count > FOLDER_FILES_MAX]
    assert not breaches, source.told(breaches, "give what belongs together a folder of its own")
