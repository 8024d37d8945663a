"""What of a text counts: its words, lower-cased, without punctuation."""

import re
import unicodedata

_MARKS = re.compile(r"[^\w\s']|_", re.UNICODE)


def words(text: str) -> tuple[str, ...]:
    """Split a text into words as error rates compare them; an apostrophe stays in its word."""
    plain = unicodedata.normalize("NFC", text).replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    return tuple(_MARKS.sub("", plain.lower()).split())
