"""Good workers are ever removed at most at the stated rate, bad ones soon."""

import numpy as np
import pytest

from consensus import sequential
from consensus.sequential import Evidence

RATE = 0.01
GOLDS = 200


def first_removal(correct, minimum: float, rate: float = RATE):  # type: ignore[no-untyped-def]
    """Give the gold at which each worker (rows of outcomes) is removed, 0 for never."""
    golds = correct.shape[1]
    counts = np.arange(golds + 1)
    table = sequential.log_e_values(counts[:, None], counts[None, :], minimum)
    right = correct.cumsum(axis=1)
    wrong = np.arange(1, golds + 1) - right
    crossed = table[right, wrong] >= -np.log(rate)
    return np.where(crossed.any(axis=1), crossed.argmax(axis=1) + 1, 0)


@pytest.mark.parametrize("minimum", [0.6, 0.7, 0.9])
@pytest.mark.parametrize("rate", [0.01, 0.05])
def test_workers_exactly_at_the_minimum_are_ever_removed_at_most_at_the_rate(
    minimum: float, rate: float
) -> None:
    chance = np.random.default_rng(1)
    correct = chance.random((20_000, GOLDS)) < minimum
    share = (first_removal(correct, minimum, rate) > 0).mean()
    print(f"minimum {minimum}, rate {rate}: {share:.4f} of good workers ever removed")  # noqa: T201
    assert 0.1 * rate < share <= rate


@pytest.mark.parametrize(("minimum", "golds"), [(0.6, 12), (0.7, 9)])
def test_those_who_guess_among_ten_classes_leave_soon(minimum: float, golds: int) -> None:
    chance = np.random.default_rng(2)
    correct = chance.integers(10, size=(20_000, GOLDS)) == 0
    removed_at = first_removal(correct, minimum)
    print(f"minimum {minimum}: guessers leave after {removed_at.mean():.1f} golds")  # noqa: T201
    assert (removed_at > 0).all()
    assert removed_at.mean() < golds


def test_half_of_those_who_guess_among_four_classes_leave_within_twelve_golds() -> None:
    chance = np.random.default_rng(6)
    removed_at = first_removal(chance.integers(4, size=(20_000, GOLDS)) == 0, 0.7)
    assert np.median(np.where(removed_at > 0, removed_at, GOLDS + 1)) <= 12


@pytest.mark.parametrize(("classes", "golds"), [(2, 75), (4, 18), (10, 9)])
def test_those_who_always_give_one_class_leave_as_soon_as_guessers(
    classes: int, golds: int
) -> None:
    chance = np.random.default_rng(3)
    truth = chance.integers(classes, size=(5_000, GOLDS))
    removed_at = first_removal(truth == 0, 0.7)
    mean = removed_at[removed_at > 0].mean()
    print(f"{classes} classes: constant answerers leave after {mean:.1f} golds")  # noqa: T201
    assert (removed_at > 0).mean() > 0.98
    assert mean < golds


def test_evidence_taken_in_one_by_one_equals_the_closed_form() -> None:
    chance = np.random.default_rng(4)
    evidence = Evidence()
    for correct in chance.random(300) < 0.5:
        evidence = sequential.update(evidence, bool(correct), 0.7)
    assert evidence.right + evidence.wrong == 300
    closed = sequential.log_e_values(evidence.right, evidence.wrong, 0.7)
    assert evidence.log_e == pytest.approx(float(closed))
    assert sequential.removed(evidence, RATE)


def test_every_bet_is_fair_at_the_minimum_and_loses_above_it() -> None:
    for minimum in (0.55, 0.8):
        for right, wrong in ((0, 0), (3, 9), (40, 5), (5_000, 4_000)):
            start = Evidence(right, wrong, 0.0)
            won = np.exp(sequential.update(start, True, minimum).log_e)
            lost = np.exp(sequential.update(start, False, minimum).log_e)
            assert minimum * won + (1 - minimum) * lost == pytest.approx(1.0)
            above = minimum + 0.1
            assert above * won + (1 - above) * lost < 1.0


def test_a_right_answer_speaks_for_a_worker_and_a_wrong_one_against() -> None:
    fresh = Evidence()
    assert (
        sequential.update(fresh, True, 0.7).log_e < 0 < sequential.update(fresh, False, 0.7).log_e
    )
    assert not sequential.removed(fresh, RATE)


def test_a_minimum_that_moves_on_the_way_keeps_the_promise() -> None:
    """Workers always exactly at the minimum of the day are still removed at most at the rate."""
    chance = np.random.default_rng(5)
    counts = np.arange(GOLDS + 1)
    tables = [sequential.log_e_values(counts[:, None], counts, each) for each in (0.6, 0.85)]
    right = np.zeros(20_000, dtype=np.int64)
    log_e, highest = np.zeros(20_000), np.zeros(20_000)
    for gold in range(GOLDS):
        table, minimum = tables[gold % 2], (0.6, 0.85)[gold % 2]
        before = table[right, gold - right]
        right += chance.random(20_000) < minimum
        log_e += table[right, gold + 1 - right] - before
        highest = np.maximum(highest, log_e)
    assert 0.005 < (highest >= -np.log(0.05)).mean() <= 0.05
