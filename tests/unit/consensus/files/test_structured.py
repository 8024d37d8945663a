"""Files of structured answers are known by their form, read, and refused by line and field."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from consensus import errors
from consensus.files import boxes, numbers, pairs, spans, structured, texts

NUMBERS = "task,worker,label\nt1,a,1.5\nt1,b,2.5\n"
PAIRS = "winner,loser,worker\nx,y,a\nx,z,b\n"


@dataclass(frozen=True)
class Asked:
    answers: Path
    truth: Path | None = None
    gold: Path | None = None


def a_file(folder: Path, content: str | list[Any], name: str = "answers") -> Path:
    path = folder / name
    if isinstance(content, list):
        content = "\n".join(json.dumps(row) for row in content)
    path.write_text(content, encoding="utf-8")
    return path


def row(**fields: Any) -> dict[str, Any]:
    return {"task": "t", "worker": 1, **fields}


@pytest.mark.parametrize(
    ("content", "name"),
    [
        ([row(boxes=[])], "boxes"),
        ([row(spans=[[0, 1, "PER"]])], "spans"),
        ([row(text="hello")], "text"),
        (NUMBERS, "number"),
    ],
)
def test_a_form_is_known_by_its_first_line(tmp_path: Path, content: Any, name: str) -> None:
    path = a_file(tmp_path, content)
    assert [form.name for form in structured.FORMS if form.recognise(path)] == [name]
    assert not structured.is_pairs(path)


def test_numbered_classes_are_no_numbers_and_comparisons_are_neither(tmp_path: Path) -> None:
    assert not structured.is_numbers(a_file(tmp_path, "task,worker,label\nt,a,1\nt,b,2\n"))
    assert not structured.is_numbers(a_file(tmp_path, "task,worker,label\nt,a,cat\n"))
    path = a_file(tmp_path, PAIRS)
    assert structured.is_pairs(path)
    assert not structured.is_numbers(path)


def test_labels_are_scored_on_the_truth_with_gold_left_out(tmp_path: Path) -> None:
    truth = a_file(tmp_path, "task,label\nt1,2\nt2,9\n", "truth")
    gold = a_file(tmp_path, "task,label\nt2,7\n", "gold")
    path = a_file(tmp_path, NUMBERS + "t2,a,3\n")
    [form] = [form for form in structured.FORMS if form.name == "number"]
    found = form.conclude(Asked(path, truth, gold))
    assert found["labels"] == {"t1": pytest.approx(2, abs=0.5), "t2": 7}
    assert found["confidence"]["t2"] == 1
    assert found["scored"] == 1
    assert found["mean_error"] == pytest.approx(abs(found["labels"]["t1"] - 2), abs=1e-5)


def test_items_are_ranked_from_comparisons(tmp_path: Path) -> None:
    truth = a_file(tmp_path, "item,score\nx,3\ny,2\nz,1\n", "truth")
    path = a_file(tmp_path, PAIRS + "y,z,a\n" * 3)
    found = structured.conclude_pairs(Asked(path, truth))
    assert list(found["labels"]) == ["x", "y", "z"]
    assert found["rank_correlation"] == 1


def test_the_last_answer_of_a_worker_to_a_task_counts_and_that_is_said(tmp_path: Path) -> None:
    path = a_file(tmp_path, [row(text="old"), row(text="new")])
    [form] = [form for form in structured.FORMS if form.name == "text"]
    found = form.conclude(Asked(path))
    assert found["labels"] == {"t": "new"}
    assert "1 times a worker answered a task again" in found["remarks"][0]


def test_a_box_without_area_is_left_out(tmp_path: Path) -> None:
    path = a_file(tmp_path, [row(boxes=[[1, 1, 0, 5], [1, 1, 5, 5]])])
    [(_, _, value)] = boxes.read(path).rows
    assert [box["width"] for box in value] == [5]


@pytest.mark.parametrize(
    ("read", "content", "said"),
    [
        (boxes.read, [row(boxes=[[1, 2, 3]])], "line 1, field “boxes”: this needs box 1"),
        (boxes.read, [row(boxes=[[1, 2, 3, "x"]])], "line 1, field “boxes”: height of"),
        (boxes.read, [row()], "line 1, field “boxes”: this is missing"),
        (spans.read, [row(spans=[]), row(spans=[[3, 2, "A"]])], "line 2, field “spans”"),
        (spans.read, [row(spans=[[1, 2]])], "line 1, field “spans”: this needs span 1"),
        (texts.read, [{"task": "t", "text": "x"}], "line 1, field “worker”: this is missing"),
        (texts.read, [row(text=3)], "line 1, field “text”: this must be a text"),
        (texts.read, "{broken", "line 1: this row is no valid JSON"),
        (texts.read, "[1]", "line 1: this row must be a JSON object"),
        (texts.read, "", "holds no answers"),
        (
            numbers.read,
            "task,worker,label\nt,a,cat\n",
            "line 2, field “label”: this must be a number",
        ),
        (
            numbers.read,
            "task,worker,label\nt,a,NaN\n",
            "line 2, field “label”: this must be a number",
        ),
        (numbers.read, "task,label\nt,1\n", "line 1, field “worker”: no such column"),
        (
            numbers.read,
            "task,worker,label\nt,a\n",
            "line 2: this row has 2 fields, but line 1 has 3",
        ),
        (
            numbers.read,
            "task,worker,label\n,a,1\n",
            "line 2, field “task”: nothing is written here",
        ),
        (numbers.read, 'task,worker,label\nt,"a,1\n', "is no valid CSV"),
        (pairs.read, "winner,loser,worker\nx,x,a\n", "line 2, field “loser”"),
        (pairs.read, "winner,loser,worker,tie\nx,y,a,maybe\n", "line 2, field “tie”"),
        (pairs.read, "winner,loser,worker\n", "holds no comparisons"),
    ],
)
def test_a_broken_file_is_refused_by_line_and_field(
    tmp_path: Path, read: Any, content: Any, said: str
) -> None:
    with pytest.raises(errors.FileRefused, match=said):
        read(a_file(tmp_path, content))


def test_a_file_that_is_no_text_or_not_there_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "image"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(errors.FileRefused, match="UTF-8"):
        texts.read(path)
    with pytest.raises(errors.FileRefused, match="cannot be read"):
        texts.read(tmp_path / "nowhere")
    assert not any(form.recognise(path) for form in structured.FORMS)
