"""The kind “taxonomy”: any number of paths in a tree of classes.

A path is written “animal / dog”, from the top down; but for how it is read and written, an answer
is one of the kind “choices”.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from consensus import terms
from consensus.answers import choices
from consensus.terms import Terms

NAME = "taxonomy"
TYPES = ("taxonomy",)
PATH = " / "

check, similarity = choices.check, choices.similarity
label, fit, agree = choices.label, choices.fit, choices.agree


def read(items: Sequence[Mapping[str, Any]], allowed: Terms) -> list[str]:
    """Read the paths of a Label Studio value, or refuse what is wrong."""
    given = terms.check_list(terms.only(items, "taxonomy", "list"), "The choices", choices.MOST)
    paths = list(dict.fromkeys(_path(each) for each in given))
    check(paths, allowed)
    return sorted(paths)


def write(value: Sequence[str]) -> list[dict[str, Any]]:
    """Write the paths as Label Studio values."""
    return [{"taxonomy": [path.split(PATH) for path in value]}]


def _path(path: object) -> str:
    if not isinstance(path, list) or not all(isinstance(part, str) for part in path):
        terms.refuse("answer_malformed", "A path must be a list of names, from the top down.")
    return PATH.join(path)
