"""Every kind of answer keeps the promises the rest of the marketplace rests on."""

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from consensus import answers
from tests.unit.consensus.answers import values

KINDS = pytest.mark.parametrize("name", answers.names())
CALM = settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)


def same(first: Any, second: Any) -> bool:
    """Tell whether two labels are equal but for the last digits of their numbers."""
    if isinstance(first, float):
        return first == pytest.approx(second, abs=1e-6)
    if isinstance(first, dict):
        return first.keys() == second.keys() and all(same(first[k], second[k]) for k in first)
    if isinstance(first, list):
        return len(first) == len(second) and all(map(same, first, second))
    return bool(first == second)


def test_every_kind_is_tested_here() -> None:
    assert tuple(sorted(values.VALUES)) == answers.names()


@KINDS
@CALM
@given(data=st.data())
def test_similarity_is_symmetric_one_for_the_same_and_between_nought_and_one(
    name: str, data: st.DataObject
) -> None:
    one, other = data.draw(values.VALUES[name]), data.draw(values.VALUES[name])
    alike = answers.kind(name).similarity
    assert alike(one, other) == pytest.approx(alike(other, one), abs=1e-9)
    assert 0 <= alike(one, other) <= 1
    assert alike(one, one) == pytest.approx(1.0)


@KINDS
@CALM
@given(data=st.data())
def test_what_a_kind_writes_it_reads_back(name: str, data: st.DataObject) -> None:
    kind, value = answers.kind(name), data.draw(values.VALUES[name])
    kind.check(value, values.TERMS[name])
    assert json.loads(json.dumps(value)) == value
    assert same(kind.read(kind.write(value), values.TERMS[name]), value)


@KINDS
@CALM
@given(data=st.data())
def test_a_label_is_an_answer_of_its_kind_and_order_and_names_do_not_matter(
    name: str, data: st.DataObject
) -> None:
    kind, rows = answers.kind(name), data.draw(values.jobs(name))
    new = dict(zip("uvwx", data.draw(st.permutations("uvwx")), strict=True))
    renamed = [(task, new[worker], value) for task, worker, value in rows]
    fitted = kind.fit(answers.gather(rows), {})
    other = kind.fit(answers.gather(data.draw(st.permutations(renamed))), {})
    assert set(fitted.labels) == {task for task, _, _ in rows}
    for task, label in fitted.labels.items():
        kind.check(label.value, values.TERMS[name])
        assert 0 <= label.confidence <= 1
        assert same(label.value, other.labels[task].value)
        assert label.confidence == pytest.approx(other.labels[task].confidence, abs=1e-6)
    for worker, weight in fitted.weights.items():
        assert weight == pytest.approx(other.weights[new[worker]], abs=1e-6)


@KINDS
@CALM
@given(data=st.data())
def test_one_task_is_labeled_whatever_the_order_of_its_answers(
    name: str, data: st.DataObject
) -> None:
    kind = answers.kind(name)
    given_values = data.draw(st.lists(values.VALUES[name], min_size=1, max_size=5))
    weights = [1.0 + 0.37 * place for place in range(len(given_values))]
    moved = data.draw(st.permutations(list(zip(given_values, weights, strict=True))))
    label = kind.label(given_values, np.array(weights))
    other = kind.label([value for value, _ in moved], np.array([weight for _, weight in moved]))
    kind.check(label.value, values.TERMS[name])
    assert 0 <= label.confidence <= 1
    assert same(label.value, other.value)


@KINDS
@CALM
@given(data=st.data())
def test_an_answer_that_all_give_is_the_label_and_a_known_one_stays(
    name: str, data: st.DataObject
) -> None:
    kind = answers.kind(name)
    value, known = data.draw(values.VALUES[name]), data.draw(values.VALUES[name])
    rows = [(task, worker, value) for task in ("t", "gold") for worker in "uvw"]
    labels = kind.fit(answers.gather(rows), {"gold": known}).labels
    assert same(labels["gold"].value, known)
    assert labels["gold"].confidence == pytest.approx(1.0)
    if same(known, value):
        assert kind.similarity(labels["t"].value, value) >= 0.5


@KINDS
@CALM
@given(data=st.data())
def test_agreement_is_a_number_or_says_that_it_cannot_be_told(
    name: str, data: st.DataObject
) -> None:
    report = answers.kind(name).agree(answers.gather(data.draw(values.jobs(name))))
    assert report or name == "choices"
    assert all(value is None or -1.001 <= value <= 1.001 for value in report.values())
