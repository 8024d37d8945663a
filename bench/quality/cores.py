"""Spread pieces of work over the cores of the machine."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

Piece = TypeVar("Piece")
Result = TypeVar("Result")


def spread(work: Callable[[Piece], Result], pieces: Sequence[Piece]) -> list[Result]:
    """Do a piece of work at a time on every core; results in the order of the pieces."""
    with ProcessPoolExecutor(
        max_workers=len(os.sched_getaffinity(0)), mp_context=multiprocessing.get_context("fork")
    ) as pool:
        return list(pool.map(work, pieces))
