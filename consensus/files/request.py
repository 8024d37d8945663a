"""What a person asks to be concluded from a file of answers."""

from dataclasses import dataclass
from pathlib import Path

from consensus.inference import Prior


@dataclass(frozen=True)
class Request:
    """Name the files, and how to fit; `model` "auto" lets hidden answers choose."""

    answers: Path
    truth: Path | None = None
    gold: Path | None = None
    classes: tuple[str, ...] | None = None
    model: str = "auto"
    prior: Prior | None = None
    seed: int = 0
    rounds_max: int = 100
    tolerance: float = 1e-4
