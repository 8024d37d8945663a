"""Structured answers are put together as their workers deserve."""

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from consensus import answers, errors
from consensus.merging import alignment, comparisons, corners, grouping, presence, rasters, rover

SIDES = ("x", "y", "width", "height")
WORDS = st.lists(st.sampled_from("abcd"), max_size=7)


def a_box(*sides: float, name: str = "") -> dict[str, Any]:
    return {**dict(zip(SIDES, map(float, sides), strict=True)), "rotation": 0, "class": name}


@given(WORDS, WORDS)
def test_an_alignment_visits_every_word_once_and_costs_the_distance(
    first: list[str], second: list[str]
) -> None:
    [steps] = alignment.align([(first, second)])
    assert [one for one, _ in steps if one is not None] == list(range(len(first)))
    assert [other for _, other in steps if other is not None] == list(range(len(second)))
    cost = sum(one is None or other is None or first[one] != second[other] for one, other in steps)
    assert cost == alignment.distance(first, second) == alignment.distance(second, first)


def test_many_pairs_of_all_lengths_are_aligned_as_each_alone() -> None:
    texts = [("a",) * length for length in (0, 1, 5, 40)] + [("a", "b") * 20]
    pairs = list(itertools.product(texts, texts))
    assert alignment.distances(pairs) == [alignment.distance(*pair) for pair in pairs]


def test_a_text_is_put_together_word_by_word_as_it_was_written() -> None:
    texts = ["The cat sat, down.", "the hat sat, down", "The cat sad down."]
    label = rover.vote([rover.read(text) for text in texts], np.ones(3))
    assert label.value == "The cat sat, down."
    assert 0.5 < label.confidence < 1


def test_careful_workers_outvote_careless_ones_in_a_job() -> None:
    truth = [f"one two three four five {number}" for number in range(12)]
    careless = [text.replace("two", "too").replace("four", "for") for text in truth]
    rows = []
    for number, (right, wrong) in enumerate(zip(truth, careless, strict=True)):
        rows += [(str(number), name, right) for name in ("ann", "ben")]
        rows += [(str(number), "cat", wrong), (str(number), f"new {number}", wrong)]
        rows += [(str(number), "dan", right)] if number % 3 else []
    fitted = answers.kind("text").fit(answers.gather(rows), {})
    assert fitted.weights["ann"] > 1.5 * fitted.weights["cat"]
    assert all(fitted.labels[str(n)].value == text for n, text in enumerate(truth))


def test_two_marks_of_one_worker_never_meet_in_a_group() -> None:
    alike = np.array([[1.0, 0.9, 0.8], [0.9, 1.0, 0.8], [0.8, 0.8, 1.0]])
    groups = grouping.group(alike, np.array([4, 4, 7]))
    assert sorted(map(list, groups)) in ([[0], [1, 2]], [[0, 2], [1]])


def test_equal_weights_give_the_common_median_and_weights_move_it() -> None:
    values = np.array([3.0, 1.0, 10.0, 2.0])
    assert corners.weighted_median(values, np.ones(4)) == pytest.approx(np.median(values))
    assert corners.weighted_median(values, np.array([1.0, 1, 50, 1])) > 8


def test_workers_who_invent_are_told_from_workers_who_find() -> None:
    chance = np.random.default_rng(5)
    real = np.arange(400) < 260
    found, invented = np.array([0.9, 0.9, 0.8, 0.3]), np.array([0.02, 0.05, 0.05, 0.5])
    marked = chance.random((400, 4)) < np.where(real[:, None], found, invented)
    seen = marked.any(axis=1)
    looks = presence.Looks(
        np.repeat(np.arange(seen.sum()), 4),
        np.tile(np.arange(4), seen.sum()),
        marked[seen].ravel().astype(float),
        int(seen.sum()),
        4,
    )
    fitted, believed = presence.fit(looks)
    assert ((believed > 0.5) == real[seen]).mean() > 0.9
    assert fitted.invented[3] > 3 * fitted.invented[0]
    assert fitted.found[3] < fitted.found[2] < fitted.found[0] + 0.15


def test_boxes_are_the_medians_of_what_most_drew() -> None:
    rows = [
        ("t", "a", [a_box(10, 10, 20, 20), a_box(60, 60, 9, 9)]),
        ("t", "b", [a_box(11, 10, 20, 20)]),
        ("t", "c", [a_box(10, 11, 21, 20)]),
    ]
    label = answers.kind("boxes").label([value for _, _, value in rows], np.ones(3))
    assert label.value == [a_box(10, 10, 21, 20)]


def test_the_class_of_a_box_is_voted_on() -> None:
    given_boxes = [[a_box(10, 10, 20, 20, name=name)] for name in ("cat", "cat", "dog")]
    rows = [("t", worker, value) for worker, value in zip("abc", given_boxes, strict=True)]
    [box] = answers.kind("boxes").fit(answers.gather(rows), {}).labels["t"].value
    assert box["class"] == "cat"


def test_a_turned_box_overlaps_its_like() -> None:
    square = {**a_box(50, 50, 20, 20), "rotation": 90}
    same = a_box(30, 50, 20, 20)
    assert answers.kind("boxes").similarity([square], [same]) == pytest.approx(1, abs=0.03)


def test_overlap_of_polygons_comes_near_to_geometry() -> None:
    triangle = np.array([[0, 0], [10, 0], [0, 10]], dtype=float)
    square = np.array([[0, 0], [10, 0], [10, 10], [0, 10]], dtype=float)
    [[overlap]] = rasters.polygon_overlaps([triangle], [square])
    assert overlap == pytest.approx(0.5, abs=0.02)


def test_a_long_mask_is_packed_and_read_back() -> None:
    pixels = np.random.default_rng(1).random(70_000) < 0.5
    pixels[:40_000] = True
    assert (rasters.unpack(rasters.pack(pixels)) == pixels).all()


def test_a_random_judge_does_not_move_a_ranking() -> None:
    chance = np.random.default_rng(3)
    strength = np.linspace(-2, 2, 12)
    rows = []
    for _ in range(600):
        one, other = chance.choice(12, 2, replace=False)
        worker = int(chance.integers(4))
        p = 1 / (1 + np.exp(strength[other] - strength[one])) if worker < 3 else 0.5
        first, second = (one, other) if chance.random() < p else (other, one)
        rows.append((int(first), int(second), worker, False))
    ranked = comparisons.rank(comparisons.compare(rows, 12, 4))
    assert np.corrcoef(ranked.score, strength)[0, 1] > 0.95
    assert ranked.discernment[3] < 0.5 * ranked.discernment[:3].min()
    assert ranked.chance(ranked.order()[0], ranked.order()[-1]) > 0.999

    assert (ranked.deviation > 0.05).all()


def test_the_gradient_of_the_ranking_is_the_slope_of_its_loss() -> None:
    chance = np.random.default_rng(0)
    rows = [
        (int(i), int((i + 1 + k) % 4), int(w), bool(tie))
        for i, k, w, tie in chance.integers(0, [4, 3, 2, 2], size=(40, 4))
    ]
    data = comparisons.compare(rows, 4, 2)
    theta = chance.normal(0, 0.3, 7)
    _, gradient = comparisons._loss(data, theta, True)
    for place in range(7):
        step = np.zeros(7)
        step[place] = 1e-6
        up, down = (comparisons._loss(data, theta + s, True)[0] for s in (step, -step))
        assert gradient[place] == pytest.approx((up - down) / 2e-6, rel=1e-4, abs=1e-4)


def test_ties_say_that_two_items_are_near() -> None:
    apart = [(0, 1, 0, False)] * 10 + [(1, 2, 0, False)] * 3 + [(1, 2, 0, True)] * 10
    ranked = comparisons.rank(comparisons.compare(apart, 3, 1))
    assert ranked.score[0] - ranked.score[1] > ranked.score[1] - ranked.score[2] > 0
    assert ranked.tie > 0.2


def test_an_item_compared_with_itself_or_nothing_compared_is_refused() -> None:
    with pytest.raises(errors.VotesRefused, match="itself"):
        comparisons.compare([(1, 1, 0, False)], 2, 1)
    with pytest.raises(errors.VotesRefused, match="no comparisons"):
        comparisons.compare([], 2, 1)


def test_numbers_lean_on_those_who_foretell_the_others() -> None:
    chance = np.random.default_rng(2)
    truth = chance.normal(50, 20, 200)
    rows = []
    for task, right in enumerate(truth):
        rows += [(str(task), name, right + chance.normal(0, 3)) for name in ("good", "fair")]
        rows += [(str(task), name, chance.normal(50, 20)) for name in ("lost", "idle")]
    fitted = answers.kind("number").fit(answers.gather(rows), {})
    error = np.mean([abs(fitted.labels[str(t)].value - right) for t, right in enumerate(truth)])
    plain = np.mean(
        [
            abs(np.mean([value for name, _, value in rows[4 * t : 4 * t + 4]]) - right)
            for t, right in enumerate(truth)
        ]
    )
    assert error < 0.6 * plain
    assert fitted.weights["good"] > 3 * fitted.weights["lost"]


def test_one_absurd_number_does_not_move_a_label_far() -> None:
    rows = [(str(t), w, float(10 * t)) for t in range(30) for w in "abcd"]
    rows.append(("3", "slip", 1e9))
    label = answers.kind("number").fit(answers.gather(rows), {}).labels["3"]
    assert label.value == pytest.approx(30, abs=1)


def test_a_ranking_contradicts_the_crowd_least() -> None:
    orders = [list("abc"), list("bca"), list("abc"), list("acb")]
    assert answers.kind("ranking").label(orders, np.ones(4)).value == ["a", "b", "c"]


def test_spans_are_those_of_workers_who_know_the_class() -> None:
    def spans(*ends: tuple[int, int]) -> list[dict[str, Any]]:
        return [{"start": low, "end": high, "class": "name"} for low, high in ends]

    rows = []
    for task in range(60):
        rows += [(str(task), name, spans((0, 4), (10, 12))) for name in ("ann", "ben")]
        rows += [(str(task), "carl", spans((0, 4), (10, 12)))] if task % 2 else []
        rows += [(str(task), name, spans((0, 4))) for name in ("blind", "lazy")]
        rows += [(str(task), "wild", spans((0, 4), (20 + task, 30 + task)))]
    labels = answers.kind("spans").fit(answers.gather(rows), {}).labels
    assert labels["8"].value == spans((0, 4), (10, 12))


def test_two_names_side_by_side_stay_two() -> None:
    both = [
        {"start": 0, "end": 4, "class": "name"},
        {"start": 4, "end": 9, "class": "name"},
    ]
    rows = [(str(task), worker, both) for task in range(20) for worker in "abc"]
    assert answers.kind("spans").fit(answers.gather(rows), {}).labels["3"].value == both
