"""How far workers agree, beyond what chance would give where that can be said."""

from consensus.agreement.nominal import ac1, alpha, cohen_kappa, fleiss_kappa
from consensus.agreement.pairwise import mean_by_task, worker_pairs
from consensus.agreement.regions import matched, matched_f1
from consensus.agreement.valued import icc, valued_alpha
from consensus.agreement.words import character_error_rate, word_error_rate

__all__ = [
    "ac1",
    "alpha",
    "character_error_rate",
    "cohen_kappa",
    "fleiss_kappa",
    "icc",
    "matched",
    "matched_f1",
    "mean_by_task",
    "valued_alpha",
    "word_error_rate",
    "worker_pairs",
]
