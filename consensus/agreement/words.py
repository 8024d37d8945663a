"""How far two texts differ: word and character error rates."""

from collections.abc import Hashable, Sequence

from consensus.merging import alignment, wording


def word_error_rate(reference: str, given: str) -> float:
    """Count edits from given to reference, per word of the reference, case and marks aside.

    Substitutions, insertions and deletions count 1 each, so the rate may exceed 1. Against an
    empty reference it is 0 for an empty text and else the number of words given.
    """
    return _rate(wording.words(reference), wording.words(given))


def character_error_rate(reference: str, given: str) -> float:
    """Count edits per character of the reference, after the same normalising, blanks included."""
    return _rate(" ".join(wording.words(reference)), " ".join(wording.words(given)))


def _rate(reference: Sequence[Hashable], given: Sequence[Hashable]) -> float:
    return alignment.distance(reference, given) / max(len(reference), 1)
