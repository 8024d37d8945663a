"""Know an audio or video file by its first bytes, whatever its name claims."""

from __future__ import annotations

from typing import BinaryIO

LOOKED_AT_BYTES = 64

# Where each mark stands in the file, the mark, and what browsers play it as.
_MARKS = (
    (8, b"WAVE", "audio/wav"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\xff\xfb", "audio/mpeg"),
    (0, b"\xff\xf3", "audio/mpeg"),
    (0, b"\xff\xf2", "audio/mpeg"),
    (0, b"fLaC", "audio/flac"),
    (4, b"ftypM4A", "audio/mp4"),
    (4, b"ftyp", "video/mp4"),
    (0, b"\x1aE\xdf\xa3", "video/webm"),
)
_OGG = b"OggS"


def mimetype(stream: BinaryIO) -> str | None:
    """Return what a recording is to be played as, None where it is none we know.

    The stream is read from its start and left there.
    """
    head = stream.read(LOOKED_AT_BYTES)
    stream.seek(0)
    if head.startswith(_OGG):
        return "video/ogg" if b"theora" in head else "audio/ogg"
    return next((kind for at, mark, kind in _MARKS if head.startswith(mark, at)), None)
