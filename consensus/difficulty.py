"""How difficult each task proved to be: the share of its answers that went wrong."""

import numpy as np

from consensus.arrays import FloatArray
from consensus.matrix import Votes
from consensus.skills import Skills

PSEUDO_ANSWERS = 2.0


def measure(votes: Votes, probabilities: FloatArray, skills: Skills) -> FloatArray:
    """Give the expected share of wrong answers to each task, from 0 (easy) to 1: (tasks,).

    `probabilities` is (tasks, classes). The share is shrunk by PSEUDO_ANSWERS towards what the
    skills of those who answered let expect, so two wrong answers of poor workers make no
    difficult task; a task nobody answered is as difficult as the crowd finds tasks.
    """
    counts = votes.answers_by_task
    right = (votes.class_counts * probabilities).sum(axis=1)
    expected = np.bincount(votes.task, skills.accuracy[votes.worker], votes.shape.tasks)
    mean = np.where(counts > 0, expected / np.maximum(counts, 1), skills.crowd)
    wrong = counts - right + PSEUDO_ANSWERS * (1 - mean)
    return np.asarray(np.clip(wrong / (counts + PSEUDO_ANSWERS), 0.0, 1.0))
