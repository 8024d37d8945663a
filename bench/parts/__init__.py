"""The parts that can be measured, one module each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.measuring import Row
from bench.parts import consensus, ledger, serving, settling, streams


@dataclass(frozen=True)
class Part:
    """Name a part, say what it measures against which floor, and how to measure it.

    One that is sized is measured on a job of so many tasks.
    """

    name: str
    about: str
    measure: Callable[..., Sequence[Row]]
    is_sized: bool = False

    @property
    def summary(self) -> str:
        """Return the first sentence of what it is about."""
        return self.about.partition(". ")[0].removesuffix(".") + "."


ALL = (
    Part("serving", serving.ABOUT, serving.measure, is_sized=True),
    Part("settling", settling.ABOUT, settling.measure),
    Part("streams", streams.ABOUT, streams.measure, is_sized=True),
    Part("ledger", ledger.ABOUT, ledger.measure),
    Part("consensus", consensus.ABOUT, consensus.measure),
)
