"""A file of choices is read as it is, or refused with the line and the field."""

from pathlib import Path

import pytest

from consensus import errors, files
from consensus.files import choices
from consensus.inference import UNKNOWN

HEAD = "task,worker,label\n"


def a_file(folder: Path, text: str, name: str = "answers.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "code", "sentence"),
    [
        ("", "file_of_no_kind", "line 1: these columns are of no known kind"),
        (HEAD, "no_answers", "holds no answers"),
        ("task,label\n1,a\n", "column_missing", "line 1, field “worker”: no such column"),
        (
            "task,worker,label,label\n",
            "column_twice",
            "line 1, field “label”: this column is there twice",
        ),
        (HEAD + "1,a,x\n1,b\n", "row_broken", "line 3: this row has 2 fields"),
        (HEAD + "1,a,x,\n", "row_broken", "line 2: this row has 4 fields"),
        (HEAD + "1,,x\n", "field_empty", "line 2, field “worker”: nothing is written"),
        (HEAD + "1,a,x\n1,b,NaN\n", "field_not_a_value", "line 3, field “label”: “NaN”"),
        (HEAD + '1,a,"x\n', "row_broken", "line 2: this row is no valid CSV: unexpected end"),
        (HEAD + "1,a," + "x" * 10_001, "field_too_long", "line 2, field “label”"),
    ],
)
def test_a_flaw_is_told_with_its_line_and_field(
    tmp_path: Path, text: str, code: str, sentence: str
) -> None:
    with pytest.raises(errors.FileRefused) as refusal:
        files.conclude(files.Request(a_file(tmp_path, text)))
    assert refusal.value.code == code
    assert sentence in refusal.value.sentence


def test_text_of_another_encoding_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "answers.csv"
    path.write_bytes(HEAD.encode() + b"1,a,\xff\n")
    with pytest.raises(errors.FileRefused, match="not UTF-8"):
        choices.read(path)


def test_a_class_that_is_not_defined_is_refused(tmp_path: Path) -> None:
    answers = a_file(tmp_path, HEAD + "1,a,x\n2,a,z\n")
    with pytest.raises(errors.FileRefused, match="line 3, field “label”: “z” is not one of"):
        choices.read(answers, classes=("x", "y"))
    gold = a_file(tmp_path, "task,label\n1,w\n", "gold.csv")
    with pytest.raises(errors.FileRefused, match="gold.csv, line 2"):
        choices.read(a_file(tmp_path, HEAD + "1,a,x\n"), gold=gold, classes=("x", "y"))


def test_a_million_classes_are_no_choice(tmp_path: Path) -> None:
    rows = "".join(f"{one},a,c{one}\n" for one in range(choices.CLASSES_MAX + 1))
    with pytest.raises(errors.FileRefused, match="10,001 classes"):
        choices.read(a_file(tmp_path, HEAD + rows))


def test_of_repeated_answers_the_last_counts_and_a_remark_says_so(tmp_path: Path) -> None:
    read = choices.read(a_file(tmp_path, HEAD + "1,a,x\n1,b,x\n1,a,y\n1,b,x\n"))
    assert read.votes.class_counts.tolist() == [[1, 1]]
    assert "2 times a worker answered a task again (first in line 4), 1 times" in read.remarks[0]


def test_known_answers_are_pinned_scored_apart_and_counted_where_nobody_answered(
    tmp_path: Path,
) -> None:
    answers = a_file(tmp_path, HEAD + "1,a,x\n1,b,x\n2,a,x\n2,b,y\n3,a,y\n3,b,y\n")
    gold = a_file(tmp_path, "task,label\n1,y\n9,x\n", "gold.csv")
    truth = a_file(tmp_path, "task,label\n1,x\n3,y\n2,never\n", "truth.csv")
    read = choices.read(answers, gold, truth)
    assert read.known.tolist() == [1, UNKNOWN, UNKNOWN]
    assert read.truth.tolist() == [0, 2, 1]
    assert read.remarks == ("gold.csv: 1 tasks have no answer, the first is “9”.",)
    found = files.conclude(files.Request(answers, truth, gold, model="bcc"))
    assert found["labels"]["1"] == "y"
    assert found["confidence"]["1"] == 1
    assert (found["scored"], found["accuracy"], found["gold"]) == (2, 0.5, 1)


def test_a_task_with_two_known_classes_is_refused(tmp_path: Path) -> None:
    gold = a_file(tmp_path, "task,label\n1,x\n1,y\n", "gold.csv")
    with pytest.raises(errors.FileRefused, match="line 3, field “label”: task “1” is “y” here"):
        choices.read(a_file(tmp_path, HEAD + "1,a,x\n"), gold=gold)


@pytest.mark.parametrize(
    "rows", ["1,a,x\n", "1,a,x\n1,b,x\n1,c,y\n", "1,a,x\n2,a,y\n", "1,a,x\n1,b,x\n2,a,x\n"]
)
@pytest.mark.parametrize("model", ["auto", "majority", "hierarchical", "ebcc", "decoys"])
def test_one_worker_one_task_or_one_class_has_a_defined_answer(
    tmp_path: Path, rows: str, model: str
) -> None:
    found = files.conclude(files.Request(a_file(tmp_path, HEAD + rows), model=model))
    assert found["labels"]["1"] == "x"
    assert 0.5 <= found["confidence"]["1"] <= 1
    for worker in found["workers"].values():
        assert 0 <= worker["low"] <= worker["skill"] <= worker["high"] <= 1


def test_other_columns_are_passed_over_and_a_mark_of_order_is_no_letter(tmp_path: Path) -> None:
    text = "\ufeffwhen,label,task,worker\n9:00,x,1,a\n\n9:01,y,1,b\n9:02,x,1,c\n"
    found = files.conclude(files.Request(a_file(tmp_path, text)))
    assert (found["kind"], found["tasks"], found["answers"]) == ("choice", 1, 3)
    assert found["labels"] == {"1": "x"}
