"""Every state machine of the product, and the paper that draws them.

`python -m tests.architecture.states > docs/states.md` writes the paper anew.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from enum import StrEnum
from typing import Any

from kernel.states import Machine
from tests.architecture import source

HEAD = """# States

Drawn from the tables of moves in the code, and checked to be current by a test; write it anew with
`python -m tests.architecture.states > docs/states.md`. A move that is not drawn is refused with the
code `<thing>_<state>`.
"""


def machines() -> list[tuple[str, Machine[Any]]]:
    """List every machine with the module that holds it, in the order of the staircase."""
    found: dict[int, tuple[str, Machine[Any]]] = {}
    for folder in source.PRODUCT:
        for path in source.modules(folder):
            if path.stem == "states" and path.parent.name != "kernel":
                module = source.load(path)
                for value in vars(module).values():
                    if isinstance(value, Machine):
                        found.setdefault(id(value), (str(path), value))
    return list(found.values())


def every_state(machine: Machine[Any]) -> type[StrEnum]:
    """Return the enumeration a machine is about."""
    return type(machine.start)


def lines() -> Iterator[str]:
    """Write the paper line by line."""
    yield HEAD
    for path, machine in machines():
        meaning = (every_state(machine).__doc__ or "").partition("\n")[0]
        yield f"## {machine.name.capitalize()}\n\n{meaning} (`{path}`)\n"
        yield "```mermaid\nstateDiagram-v2"
        yield f"    [*] --> {machine.start}"
        for before in every_state(machine):
            ends = machine.moves[before]
            yield from (f"    {before} --> {after}" for after in sorted(ends))
            if not ends:
                yield f"    {before} --> [*]"
        yield "```\n"


def paper() -> str:
    """Return the whole paper."""
    return "\n".join(lines()).rstrip("\n") + "\n"


if __name__ == "__main__":
    sys.stdout.write(paper())
