"""Read the questions of an exam as a person writes them into one field."""

from __future__ import annotations

import re
from typing import Any

from kernel.errors import Refused

RIGHT, WRONG, BECAUSE = "*", "-", "!"


def questions(text: str) -> list[dict[str, Any]]:
    """Return the questions: blocks with a blank line between them.

    A line that begins with `*` is the right option, `-` another option, `!` the explanation; every
    other line belongs to the question itself. Raise Refused for a block without one right option.
    """
    blocks = [block for block in re.split(r"\n\s*\n", text.replace("\r", "").strip()) if block]
    return [_question(number, block) for number, block in enumerate(blocks, start=1)]


def _question(number: int, block: str) -> dict[str, Any]:
    words: list[str] = []
    options: list[str] = []
    right: list[str] = []
    because: list[str] = []
    for line in block.splitlines():
        mark, rest = line.strip()[:1], line.strip()[1:].strip()
        if mark in (RIGHT, WRONG):
            options.append(rest)
        if mark == RIGHT:
            right.append(rest)
        elif mark == BECAUSE:
            because.append(rest)
        elif mark != WRONG:
            words.append(line.strip())
    if len(right) != 1 or not words:
        raise Refused(
            "exam_question_unclear",
            f"Question {number} needs its words and exactly one option marked with *.",
        )
    return {
        "id": f"q{number}",
        "text": "\n".join(words),
        "options": options,
        "answer": right[0],
        "explanation": " ".join(because),
    }
