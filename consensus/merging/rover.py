"""Put texts together word by word, each worker's word weighing by how few errors they make.

ROVER (Fiscus 1997): answers are aligned to one of them, the medoid, and vote in every place;
the outcome is the next text to align to, until it stays. Over a job the vote is repeated with
weights: crowd error rate / worker's error rate against the last outcome, the worker's rate being
shrunk to the crowd's. A worker twice as exact weighs twice as much, and nobody is silenced.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from consensus.arrays import FloatArray
from consensus.gathering import Answers, Fitted, Label
from consensus.merging import alignment, wording

ROUNDS_MAX = 4
PASSES = 2
PSEUDO_TEXTS = 2.0
ERROR_MIN = 0.005
CONFIDENCE_DIGITS = 9
TEXTS_MEDOID_MAX = 20  # the medoid is sought among so many answers to a task


class Word(NamedTuple):
    """A word as it counts and as it was written."""

    key: str
    written: str


Text = tuple[Word, ...]


def read(text: str) -> Text:
    """Split a text into words; marks that stand alone stay with the word before them."""
    found: list[Word] = []
    for piece in text.split():
        keys = wording.words(piece)
        if keys:
            found += [Word(key, piece if len(keys) == 1 else key) for key in keys]
        elif found:
            found[-1] = Word(found[-1].key, f"{found[-1].written} {piece}")
    return tuple(found)


def vote(texts: Sequence[Text], weights: FloatArray) -> Label:
    """Put the texts of one task together: `weights` is (texts,), all above 0.

    Confidence is the mean share of the weight behind the words taken.
    """
    [found] = _vote_all([texts], [weights], [_medoid(texts, weights)])
    return found


def fit(answers: Answers, known: Mapping[str, str]) -> Fitted:
    """Label all tasks and weigh all workers; a known text stays and teaches weights."""
    read_values = [read(value) for value in answers.values]
    texts = [[read_values[place] for place in answers.places_of(t)] for t in _all(answers)]
    pinned = {t: read(known[name]) for t, name in enumerate(answers.tasks) if name in known}
    weights, back = np.ones(len(answers.workers)), [_keys(text[0]) for text in texts]
    labels: list[Label] = []
    for number in range(ROUNDS_MAX):
        shares = [weights[answers.workers_of(t)] for t in _all(answers)]
        if number == 0:
            back = [_medoid(*one) for one in zip(texts, shares, strict=True)]
        labels = _vote_all(texts, shares, back, passes=1 if number else PASSES)
        last, back = back, [_keys(read(label.value)) for label in labels]
        back = [_keys(pinned[t]) if t in pinned else key for t, key in enumerate(back)]
        if number and last == back:
            break
        weights = _weights(answers, read_values, back)
    found = dict(zip(answers.tasks, labels, strict=True))
    found |= {name: Label(text, 1.0) for name, text in known.items() if name in found}
    return Fitted(found, answers.named(weights))


def _all(answers: Answers) -> range:
    return range(len(answers.tasks))


def _keys(text: Text) -> tuple[str, ...]:
    return tuple(word.key for word in text)


def _weights(answers: Answers, texts: list[Text], back: list[tuple[str, ...]]) -> FloatArray:
    """Weigh workers by the crowd's error rate over their own, shrunk by PSEUDO_TEXTS texts."""
    pairs = [(back[task], _keys(text)) for task, text in zip(answers.task, texts, strict=True)]
    lengths = np.array([max(len(first), 1) for first, _ in pairs], dtype=np.float64)
    errors = np.minimum(alignment.distances(pairs), lengths)
    crowd = errors.sum() / lengths.sum()
    workers = len(answers.workers)
    pseudo = PSEUDO_TEXTS * lengths.mean()
    wrong = np.bincount(answers.worker, errors, workers) + pseudo * crowd
    rate = wrong / (np.bincount(answers.worker, lengths, workers) + pseudo)
    return np.asarray((crowd + ERROR_MIN) / (rate + ERROR_MIN), dtype=np.float64)


def _medoid(texts: Sequence[Text], weights: FloatArray) -> tuple[str, ...]:
    """Find the answer nearest to all others, by weighted count of edits."""
    keys = [_keys(text) for text in texts[:TEXTS_MEDOID_MAX]]
    pairs = [(one, other) for one in keys for other in keys]
    table = np.reshape(alignment.distances(pairs), (len(keys), len(keys)))
    return keys[int(np.argmin(np.round(table @ weights[: len(keys)], CONFIDENCE_DIGITS)))]


def _vote_all(
    texts: Sequence[Sequence[Text]],
    weights: Sequence[FloatArray],
    back: Sequence[tuple[str, ...]],
    passes: int = PASSES,
) -> list[Label]:
    """Vote on every task some times over, all tasks aligned in one go."""
    labels: list[Label] = []
    for _ in range(passes):
        pairs = [
            (key, _keys(text)) for key, given in zip(back, texts, strict=True) for text in given
        ]
        steps = iter(alignment.align(pairs))
        labels = []
        for key, given, shares in zip(back, texts, weights, strict=True):
            places = _Places(len(key), float(shares.sum()))
            for text, weight in zip(given, shares, strict=True):
                places.add(next(steps), text, float(weight))
            labels.append(places.outcome(key))
        back = [_keys(read(label.value)) for label in labels]
    return labels


class _Places:
    """Count votes for every word of the backbone and for what stands between two."""

    def __init__(self, length: int, total: float) -> None:
        self.total = total
        self.words: list[dict[str, float]] = [defaultdict(float) for _ in range(length)]
        self.between: list[list[dict[str, float]]] = [[] for _ in range(length + 1)]
        self.written: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))

    def add(self, steps: alignment.Steps, text: Text, weight: float) -> None:
        """Count one text, aligned to the backbone."""
        place, extra = 0, 0
        for at, taken in steps:
            key = text[taken].key if taken is not None else ""
            if taken is not None:
                self.written[key][text[taken].written] += weight
            if at is not None:
                self.words[at][key] += weight
                place, extra = at + 1, 0
                continue
            if extra == len(self.between[place]):
                self.between[place].append(defaultdict(float))
            self.between[place][extra][key] += weight
            extra += 1

    def outcome(self, back: tuple[str, ...]) -> Label:
        """Take the heaviest word of every place; the backbone's own word wins a tie."""
        taken: list[str] = []
        shares: list[float] = []
        for place in range(len(back) + 1):
            for votes in self.between[place]:
                votes[""] += self.total - sum(votes.values())
                self._take(votes, "", taken, shares)
            if place < len(back):
                self._take(self.words[place], back[place], taken, shares)
        written = [self._best(self.written[key], "") for key in taken]
        sure = min(float(np.mean(shares)), 1.0) if shares else 1.0
        return Label(" ".join(written), round(sure, CONFIDENCE_DIGITS))

    def _take(
        self, votes: dict[str, float], first: str, taken: list[str], shares: list[float]
    ) -> None:
        key = self._best(votes, first)
        if key:
            taken.append(key)
        if key or first:
            shares.append(votes[key] / self.total)

    @staticmethod
    def _best(votes: dict[str, float], first: str) -> str:
        return min(votes, key=lambda k: (-round(votes[k], CONFIDENCE_DIGITS), k != first, k))
