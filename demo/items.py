"""Real items: handwritten digits as pictures, and which of them look alike."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from sklearn.datasets import load_digits

SHADES = " ░▒▓█"
DARKEST = 16
PIXELS = 128
CLASSES = tuple("0123456789")


@dataclass(frozen=True)
class Digit:
    """One handwritten digit: 8 × 8 shades from 0 to 16, and what it is."""

    name: str
    shades: NDArray[np.float64]
    truth: str

    def png(self) -> bytes:
        """Return the picture, dark on light, large enough to look at."""
        light = 255 - (self.shades * 255 / DARKEST).astype(np.uint8)
        picture = Image.fromarray(light).resize((PIXELS, PIXELS), Image.Resampling.BICUBIC)
        file = io.BytesIO()
        picture.save(file, "PNG")
        return file.getvalue()

    def drawing(self) -> str:
        """Return the digit as eight lines of text, for an exam that needs no picture."""
        steps = (self.shades * (len(SHADES) - 1) / DARKEST).round().astype(int)
        return "\n".join("".join(SHADES[step] * 2 for step in row).rstrip() for row in steps)


def digits(count: int, seed: int) -> list[Digit]:
    """Draw `count` digits at random from those that scikit-learn ships (UCI, 1797 of them)."""
    bundle = load_digits()
    chosen = np.random.default_rng(seed).permutation(len(bundle.target))[:count]
    return [
        Digit(f"digit-{place:04d}.png", bundle.images[index], str(bundle.target[index]))
        for place, index in enumerate(chosen)
    ]


def look_alikes() -> dict[str, tuple[tuple[str, ...], NDArray[np.float64]]]:
    """Tell for each digit which others it is taken for, and how often, given a mistake.

    The closer the mean pictures of two digits (Euclidean distance), the more often they are
    confused: weights fall exponentially with the distance in units of its spread.
    """
    bundle = load_digits()
    means = np.stack([bundle.data[bundle.target == digit].mean(axis=0) for digit in range(10)])
    distance = np.linalg.norm(means[:, None] - means[None, :], axis=2)
    spread = distance[distance > 0].std()
    weights = np.exp(-distance / spread)
    np.fill_diagonal(weights, 0)
    chances = weights / weights.sum(axis=1, keepdims=True)
    return {truth: (CLASSES, chances[int(truth)]) for truth in CLASSES}


def zipped(items: Sequence[Digit]) -> bytes:
    """Pack the pictures for one upload."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for item in items:
            archive.writestr(item.name, item.png())
    return file.getvalue()
