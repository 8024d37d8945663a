"""Differences between texts: nothing is lost, and only what changed is marked."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from marketplace.jobs import differing
from marketplace.jobs.differing import Change

TEXTS = st.lists(st.sampled_from(["", "a b", "a c", "d", "- e", "f g h"]), max_size=12)


def test_a_word_that_changed_is_struck_out_and_the_new_one_marked() -> None:
    [line] = differing.lines("Choose the best class.", "Choose the worst class.")
    said = [(piece.change, piece.text) for piece in line.pieces]
    assert said == [
        (Change.SAME, "Choose the "),
        (Change.GONE, "best"),
        (Change.NEW, "worst"),
        (Change.SAME, " class."),
    ]


def test_lines_far_from_a_change_are_left_out() -> None:
    before = "\n".join(f"line {number}" for number in range(50))
    found = differing.lines(before, before.replace("line 25\n", "line 25 is new\n"))
    assert sum(line.is_gap for line in found) == 2
    assert len(found) == 2 + 4 + 1


def test_the_same_text_has_no_differences() -> None:
    assert differing.lines("one\ntwo", "one\ntwo") == []


@given(TEXTS, TEXTS)
def test_the_pieces_that_stay_and_come_make_up_the_new_lines_shown(
    old: list[str], new: list[str]
) -> None:
    before, after = "\n".join(old), "\n".join(new)
    shown = [line for line in differing.lines(before, after) if not line.is_gap]
    kept = ["".join(p.text for p in line.pieces if p.change != Change.GONE) for line in shown]
    gone = ["".join(p.text for p in line.pieces if p.change != Change.NEW) for line in shown]
    assert _is_within([text for text in kept if text], after.splitlines())
    assert _is_within([text for text in gone if text], before.splitlines())


def _is_within(some: list[str], every: list[str]) -> bool:
    """Tell whether texts stand in another list in the same order."""
    rest = iter(every)
    return all(text in rest for text in some)
