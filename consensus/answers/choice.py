"""The kind “choice”: one class out of the classes a job offers.

An answer is a plain string, exactly the name of one class: letters, spaces and case count.
Its options are the names of the job's classes. Two answers are alike only if they are equal.
Agreement on this kind is shown as Krippendorff's alpha and Gwet's AC1; its labels come from
truth inference over all answers of a job.
"""

from collections.abc import Sequence

from consensus import errors

NAME = "choice"
SHOWN_MAX = 10


def check(answer: object, options: Sequence[str]) -> None:
    """Raise AnswerRefused unless the answer is the name of one of the options."""
    if not isinstance(answer, str):
        raise errors.AnswerRefused("answer_not_text", "Choose one class, given as its name.")
    if answer not in options:
        shown = ", ".join(f"“{option}”" for option in options[:SHOWN_MAX])
        more = ", …" if len(options) > SHOWN_MAX else ""
        raise errors.AnswerRefused(
            "answer_not_an_option", f"Choose one of the classes of this job: {shown}{more}."
        )


def similarity(first: str, second: str) -> float:
    """Return 1.0 if both answers name the same class, else 0.0."""
    return float(first == second)
