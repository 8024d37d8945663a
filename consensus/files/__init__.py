"""Files of answers, read and concluded from by the kind of answer they hold."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from consensus.errors import FileRefused
from consensus.files import choices, choosing, structured
from consensus.files.request import Request

__all__ = ["READERS", "Reader", "Request", "conclude"]


class Reader(NamedTuple):
    """One kind of file: how to know it, and how to conclude from it."""

    name: str
    recognise: Callable[[Path], bool]
    conclude: Callable[[Request], dict[str, Any]]


READERS = (
    Reader("pairs", structured.is_pairs, structured.conclude_pairs),
    *(Reader(form.name, form.recognise, form.conclude) for form in structured.FORMS),
    Reader("choice", choices.is_choices, choosing.conclude),
)


def conclude(request: Request) -> dict[str, Any]:
    """Conclude from a file of any kind there is a reader for; `kind` names which one it was.

    Raise ConsensusError where no reader knows the file, or it refuses what it holds.
    """
    for reader in READERS:
        if reader.recognise(request.answers):
            return {"kind": reader.name, **reader.conclude(request)}
    raise FileRefused(
        "file_of_no_kind",
        f"{request.answers.name}, line 1: these columns are of no known kind of answer; choices"
        f" have the columns {', '.join(choices.COLUMNS)}.",
    )
