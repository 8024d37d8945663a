"""Decoys: a worker knows an answer or guesses, and guesses fall on what tempts in that task.

Hard questions have wrong answers that look right, another one in each task. Then errors agree,
more of them do not make them truer, and a majority is wrong together. Worker w knows the answer
with probability s_w; who does not know draws from shares g_t of the task's own, and these are
integrated over (`guessing`). So a class is believed not for how many gave it but for who did,
beyond how tempting it is. Knowing or guessing is MACE (Hovy et al., NAACL 2013), whose guesses
belong to the worker; here they belong to the task, like the distractors of nominal response
models (Bock 1972). How even g_t is, is the point of EVENNESS with the greatest evidence.
"""

from dataclasses import replace

import numpy as np
from scipy import special

from consensus.arrays import FloatArray
from consensus.inference import labeling, rounds
from consensus.inference.guessing import KNOWS_MAX, KNOWS_MIN, Guessing
from consensus.inference.model import Model
from consensus.inference.rounds import Fitted, Settings, Start
from consensus.matrix import Votes

NAME = "decoys"
VERSION = 1
EVENNESS = (4.0, 8.0, 16.0, 32.0)
PSEUDO_ANSWERS = 2.0
CLASSES_MIN = 3
TRIAL_ROUNDS = 5


def fit(votes: Votes, start: Start, settings: Settings) -> Fitted:
    """Fit for each evenness of guesses and keep the one under which answers are likeliest.

    A few rounds tell which one that is; only it is fitted to the end.
    """
    few = replace(settings, rounds_max=min(settings.rounds_max, TRIAL_ROUNDS))
    tried = {evenness: _climb(votes, start, few, evenness)[1] for evenness in EVENNESS}
    return _climb(votes, start, settings, max(EVENNESS, key=tried.__getitem__))[0]


def label(model: Model, votes: Votes) -> FloatArray:
    """Give p(class | answers) of each task: (tasks, classes)."""
    return labeling.softmax(_scores(model, votes))


def _climb(votes: Votes, start: Start, settings: Settings, evenness: float) -> tuple[Fitted, float]:
    """Alternate from the start; return where it ended and the evidence in nats."""
    believed = start.believed
    knew = np.ones(votes.size)
    count, converged = 0, False
    while not converged and count < settings.rounds_max:
        count += 1
        prior = rounds.class_prior(believed, start.gold, settings.prior)
        model = Model(NAME, VERSION, prior, _learn(votes, believed, knew, evenness))
        assert isinstance(model.errors, Guessing)
        knew, _, scores = model.errors.weigh(votes)
        scores += np.log(prior)
        evidence = float(special.logsumexp(scores, axis=1).sum())
        labeled = rounds.pin(labeling.softmax(scores), start.gold)
        converged = rounds.rests(believed, labeled, settings.tolerance)
        believed = labeled
    return Fitted(model, believed, count, converged), evidence


def _learn(votes: Votes, believed: FloatArray, knew: FloatArray, evenness: float) -> Guessing:
    """Learn how often each worker knows, shrunk to the crowd by PSEUDO_ANSWERS."""
    known = believed[votes.task, votes.given] * knew
    if (knew == 1).all():  # the first round: right by luck is not yet told from knowing
        chance = 1 / votes.shape.classes
        known = np.maximum((known - chance) / (1 - chance), 0.0)
    sums = np.bincount(votes.worker, known, votes.shape.workers)
    crowd = float((sums.sum() + 1) / (votes.size + 2))
    knows = (sums + PSEUDO_ANSWERS * crowd) / (votes.answers_by_worker + PSEUDO_ANSWERS)
    return Guessing(np.clip(knows, KNOWS_MIN, KNOWS_MAX), crowd, evenness)


def _scores(model: Model, votes: Votes) -> FloatArray:
    assert isinstance(model.errors, Guessing)
    scores: FloatArray = model.errors.weigh(votes).scores + np.log(model.class_prior)
    return scores
