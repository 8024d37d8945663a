"""What a recording is known by: its first bytes, not its name."""

from __future__ import annotations

import io

import pytest

from marketplace.jobs.intake import recordings


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", "audio/wav"),
        (b"ID3\x04\x00", "audio/mpeg"),
        (b"\xff\xfb\x90\x64", "audio/mpeg"),
        (b"fLaC\x00", "audio/flac"),
        (b"OggS\x00\x02 vorbis", "audio/ogg"),
        (b"OggS\x00\x02 theora", "video/ogg"),
        (b"\x00\x00\x00\x20ftypM4A ", "audio/mp4"),
        (b"\x00\x00\x00\x20ftypisom", "video/mp4"),
        (b"\x1aE\xdf\xa3webm", "video/webm"),
        (b"\x89PNG\r\n\x1a\n", None),
        (b"<html><script>", None),
        (b"", None),
    ],
)
def test_a_recording_is_known_by_its_first_bytes(head: bytes, kind: str | None) -> None:
    stream = io.BytesIO(head)
    assert recordings.mimetype(stream) == kind
    assert stream.tell() == 0
