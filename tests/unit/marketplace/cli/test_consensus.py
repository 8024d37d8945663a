"""The consensus command prints labels for anyone with a file of answers."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from marketplace.cli import consensus

ROWS = "task,worker,label\n1,a,cat\n1,b,cat\n1,c,dog\n2,a,dog\n2,b,dog\n2,c,dog\n2,c,cat\n"


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    path = tmp_path / "answers.csv"
    path.write_text(ROWS, encoding="utf-8")
    return path


def test_json_tells_labels_confidences_skills_and_accuracy(answers: Path, tmp_path: Path) -> None:
    truth = tmp_path / "truth.csv"
    truth.write_text("task,label\n1,cat\n2,dog\n", encoding="utf-8")
    run = CliRunner().invoke(
        consensus.consensus, [str(answers), "--truth", str(truth), "--seed", "3", "--json"]
    )
    found = json.loads(run.stdout)
    assert run.exit_code == 0
    assert found["labels"] == {"1": "cat", "2": "dog"}
    assert found["accuracy"] == 1
    assert set(found["workers"]["a"]) == {"skill", "low", "high", "answers"}
    assert found["model"] == "majority"
    assert found["pick"]["reason"] == "few_answers"
    assert 0.5 < found["confidence"]["1"] < 1
    assert found["seconds"] >= 0
    assert "the last answer counts" in run.stderr


def test_a_model_and_a_prior_can_be_asked_for(answers: Path) -> None:
    run = CliRunner().invoke(
        consensus.consensus, [str(answers), "--model", "bcc", "--prior", "flat", "--json"]
    )
    found = json.loads(run.stdout)
    assert (found["model"], found["prior"]) == ("bcc", "flat")
    assert found["class_prior"] == {"cat": 0.5, "dog": 0.5}


def test_text_shows_the_figures_and_some_labels(answers: Path) -> None:
    run = CliRunner().invoke(consensus.consensus, [str(answers)])
    assert "majority" in run.stdout
    assert "cat (0.667)" in run.stdout


def test_a_flaw_is_a_sentence_and_no_trace(answers: Path) -> None:
    run = CliRunner().invoke(consensus.consensus, [str(answers), "--classes", "cat,bird"])
    assert run.exit_code == 1
    assert "answers.csv, line 4, field “label”: “dog” is not one of the 2 classes" in run.stderr
