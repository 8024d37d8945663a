"""What this package refuses, each with a code for programs and a sentence for people."""


class ConsensusError(ValueError):
    """Carry a stable snake_case code and a full sentence a person can act on."""

    def __init__(self, code: str, sentence: str) -> None:
        """Keep both parts; the sentence is also the text of the exception."""
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


class AnswerRefused(ConsensusError):
    """Say that an answer does not have the shape its kind asks for."""


class VotesRefused(ConsensusError):
    """Say that a table of answers cannot be used for inference."""


class ModelRefused(ConsensusError):
    """Say that a stored model cannot be read or does not fit these answers."""


class FileRefused(ConsensusError):
    """Say which line and field of a file cannot be used, and why."""
