"""Say what changed between two texts so that a person sees it: by line, and within it by word."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

CONTEXT_LINES = 2
WORDS_MAX = 2_000
_WORDS = re.compile(r"\s+|\w+|[^\w\s]")


class Change(StrEnum):
    """List what can have become of a piece of text."""

    SAME = "same"
    GONE = "gone"
    NEW = "new"


@dataclass(frozen=True)
class Piece:
    """Some words, and what became of them."""

    change: Change
    text: str


@dataclass(frozen=True)
class Line:
    """One line as pieces; `is_gap` stands for lines left out because nothing changed there."""

    pieces: Sequence[Piece] = ()
    is_gap: bool = False


def lines(before: str, after: str) -> list[Line]:
    """Return the lines that changed with a little around them; empty where nothing did."""
    old, new = before.splitlines(), after.splitlines()
    blocks = SequenceMatcher(None, old, new).get_opcodes()
    if all(block[0] == "equal" for block in blocks):
        return []
    found: list[Line] = []
    for place, (what, i1, i2, j1, j2) in enumerate(blocks):
        if what == "equal":
            found += _kept(new[j1:j2], place == 0, place == len(blocks) - 1)
        else:
            found += _changed(old[i1:i2], new[j1:j2])
    return found


def _kept(same: Sequence[str], is_first: bool, is_last: bool) -> list[Line]:
    """Return the lines beside a change, with a gap for those between."""
    head = [] if is_first else same[:CONTEXT_LINES]
    rest = same[len(head) :]
    tail = [] if is_last else rest[max(len(rest) - CONTEXT_LINES, 0) :]
    left_out = len(rest) - len(tail)
    gap = [Line(is_gap=True)] if left_out else []
    return [*map(_plain, head), *gap, *map(_plain, tail)]


def _changed(old: Sequence[str], new: Sequence[str]) -> Iterator[Line]:
    paired = min(len(old), len(new))
    for before, after in zip(old[:paired], new[:paired], strict=True):
        yield Line(_words(before, after))
    for text in old[paired:]:
        yield Line([Piece(Change.GONE, text)])
    for text in new[paired:]:
        yield Line([Piece(Change.NEW, text)])


def _words(before: str, after: str) -> list[Piece]:
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    if max(len(old), len(new)) > WORDS_MAX:
        return [Piece(Change.GONE, before), Piece(Change.NEW, after)]
    pieces: list[Piece] = []
    for what, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if what == "equal":
            pieces.append(Piece(Change.SAME, "".join(new[j1:j2])))
            continue
        gone, came = "".join(old[i1:i2]), "".join(new[j1:j2])
        pieces += [Piece(Change.GONE, gone)] if gone else []
        pieces += [Piece(Change.NEW, came)] if came else []
    return pieces


def _plain(text: str) -> Line:
    return Line([Piece(Change.SAME, text)])
