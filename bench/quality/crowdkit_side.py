"""Run crowd-kit's methods on tables of answers; runs with the peer's Python, not with ours."""

from __future__ import annotations

import json
import signal
import sys
import time
import warnings
from typing import Any

import pandas
from crowdkit import aggregation

METHODS = {
    "MV": aggregation.MajorityVote,
    "Wawa": aggregation.Wawa,
    "ZBS": aggregation.ZeroBasedSkill,
    "OneCoinDS": aggregation.OneCoinDawidSkene,
    "DS": aggregation.DawidSkene,
    "GLAD": aggregation.GLAD,
    "MACE": aggregation.MACE,
    "MMSR": aggregation.MMSR,
}


def answer(question: dict[str, Any]) -> dict[str, Any]:
    """Run each method on each file: by file and method the labels' accuracy and the seconds."""
    return {
        name: {
            method: _one(method, paths, question["seconds_max"]) for method in question["methods"]
        }
        for name, paths in question["files"].items()
    }


def _one(method: str, paths: dict[str, str], seconds_max: int) -> dict[str, Any]:
    answers = pandas.read_csv(paths["answers"], dtype=str)
    answers = answers.drop_duplicates(["task", "worker"], keep="last")
    truth = pandas.read_csv(paths["truth"], dtype=str).set_index("task")["label"]
    signal.alarm(seconds_max)
    started = time.perf_counter()
    try:
        found = METHODS[method]().fit_predict(answers)
    except Exception as error:  # a peer that fails is a finding, not the end of the bench
        return {"failed": type(error).__name__}
    finally:
        signal.alarm(0)
    seconds = time.perf_counter() - started
    scored = truth[truth.index.isin(answers["task"])]
    right = (found.reindex(scored.index) == scored).mean()
    return {"accuracy": float(100 * right), "seconds": seconds}


def _stop(number: int, frame: Any) -> None:
    raise TimeoutError


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    signal.signal(signal.SIGALRM, _stop)
    sys.stdout.write("\n" + json.dumps(answer(json.load(sys.stdin))) + "\n")
