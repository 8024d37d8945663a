"""Conclude from a file of choices: labels, how sure, how able the workers, and how right."""

from typing import Any

import numpy as np

from consensus import difficulty, inference, selection
from consensus.files import choices
from consensus.files.choices import Choices
from consensus.files.request import Request
from consensus.inference import UNKNOWN, Posterior, Prior
from consensus.selection import Candidate, Pick

DECIMALS = 6
AUTO = "auto"
MODELS = (AUTO, *inference.METHODS)


def conclude(request: Request) -> dict[str, Any]:
    """Label the tasks of the file; return values JSON can hold.

    Raise ConsensusError for a file that cannot be read or a model that cannot be fitted to it.
    """
    read = choices.read(request.answers, request.gold, request.truth, request.classes)
    chosen, picked = _chosen(read, request)
    settings = inference.Settings(chosen.prior, request.rounds_max, request.tolerance, request.seed)
    posterior = inference.fit(chosen.name, read.votes, read.known, settings)
    return {
        "model": chosen.name,
        "prior": chosen.prior.value,
        "converged": posterior.converged,
        "rounds": posterior.rounds,
        "tasks": len(read.tasks),
        "answers": read.votes.size,
        "gold": int((read.known != UNKNOWN).sum()),
        **_score(read, posterior),
        **({"pick": _shown(picked)} if picked else {}),
        "remarks": list(read.remarks),
        "class_prior": dict(zip(read.classes, _rounded(posterior.class_prior), strict=True)),
        **_tasks(read, posterior),
        "workers": _workers(read, posterior),
    }


def _chosen(read: Choices, request: Request) -> tuple[Candidate, Pick | None]:
    if request.model != AUTO:
        return Candidate(request.model, request.prior or Prior.LEARNED), None
    every = max(read.votes.size, 1)
    picked = selection.pick(read.votes, every, request.seed, read.known)
    if request.prior:
        return Candidate(picked.candidate.name, request.prior), picked
    return picked.candidate, picked


def _score(read: Choices, posterior: Posterior) -> dict[str, Any]:
    """Count how many labels are true, gold left out, for gold was told."""
    scored = np.flatnonzero((read.truth != UNKNOWN) & (read.known == UNKNOWN))
    if not len(scored):
        return {}
    right = int((posterior.labels[scored] == read.truth[scored]).sum())
    return {"accuracy": round(right / len(scored), DECIMALS), "scored": len(scored)}


def _tasks(read: Choices, posterior: Posterior) -> dict[str, Any]:
    hardness = difficulty.measure(read.votes, posterior.probabilities, posterior.skills)
    labels = (read.classes[klass] for klass in posterior.labels)
    return {
        "labels": dict(zip(read.tasks, labels, strict=True)),
        "confidence": dict(
            zip(read.tasks, _rounded(posterior.probabilities.max(axis=1)), strict=True)
        ),
        "difficulty": dict(zip(read.tasks, _rounded(hardness), strict=True)),
    }


def _workers(read: Choices, posterior: Posterior) -> dict[str, Any]:
    skills = posterior.skills
    columns = (skills.accuracy, skills.low, skills.high, skills.answers)
    return {
        name: {"skill": skill, "low": low, "high": high, "answers": int(answers)}
        for name, skill, low, high, answers in zip(
            read.workers, *(_rounded(column) for column in columns), strict=True
        )
    }


def _shown(picked: Pick) -> dict[str, Any]:
    return {
        "reason": picked.reason.value,
        "margin": round(picked.margin, DECIMALS),
        "hidden_answers": picked.hidden_answers,
        "alternatives": [
            {
                "model": score.candidate.name,
                "prior": score.candidate.prior.value,
                "log_score": round(score.log_score, DECIMALS),
                "lead": round(score.lead, DECIMALS),
                "lead_error": round(score.lead_error, DECIMALS),
            }
            for score in picked.alternatives
        ],
    }


def _rounded(values: Any) -> list[float]:
    rounded: list[float] = np.round(values, DECIMALS).tolist()
    return rounded
