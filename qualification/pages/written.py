"""Read and write the questions of an exam as a person writes them into one field."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
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


def as_text(written: Sequence[Mapping[str, Any]]) -> str:
    """Write questions as a person writes them, so that they can be changed; withdrawn ones go."""
    blocks = []
    for one in written:
        if one.get("is_withdrawn"):
            continue
        options = [
            f"{RIGHT if option == one['answer'] else WRONG} {option}" for option in one["options"]
        ]
        because = [f"{BECAUSE} {one['explanation']}"] if one.get("explanation") else []
        blocks.append("\n".join([one["text"], *options, *because]))
    return "\n\n".join(blocks)


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
