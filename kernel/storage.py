"""Files by content: put, open, delete, in a folder today and an object store by setting."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from kernel.errors import Missing, Refused

CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class Stored:
    """Name a stored file: its SHA-256 and its size."""

    digest: str
    size_bytes: int


class FolderStorage:
    """Keep files in a folder under their own digest, so the same content is kept once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, stream: BinaryIO, size_bytes_max: int) -> Stored:
        """Store a stream in constant memory; refuse one that is too large."""
        self._folder.mkdir(parents=True, exist_ok=True)
        sha = hashlib.sha256()
        size = 0
        with tempfile.NamedTemporaryFile(dir=self._folder, delete=False) as draft:
            try:
                while chunk := stream.read(CHUNK_BYTES):
                    size += len(chunk)
                    if size > size_bytes_max:
                        raise Refused(
                            "file_too_large",
                            f"This file is larger than the {size_bytes_max:,} bytes allowed.",
                        )
                    sha.update(chunk)
                    draft.write(chunk)
                draft.flush()
                os.fsync(draft.fileno())
            except BaseException:
                Path(draft.name).unlink()
                raise
        place = self._place(sha.hexdigest())
        place.parent.mkdir(parents=True, exist_ok=True)
        Path(draft.name).replace(place)
        return Stored(sha.hexdigest(), size)

    def open(self, digest: str) -> BinaryIO:
        """Open a stored file for reading, seekable, so that ranges can be served."""
        try:
            return self._place(digest).open("rb")
        except FileNotFoundError:
            raise Missing("file_missing", "This file is no longer here.") from None

    def delete(self, digest: str) -> None:
        """Forget a file; forgetting twice is no fault."""
        self._place(digest).unlink(missing_ok=True)

    def chunks(self, digest: str) -> Iterator[bytes]:
        """Yield a stored file piece by piece."""
        with self.open(digest) as stream:
            while chunk := stream.read(CHUNK_BYTES):
                yield chunk

    def _place(self, digest: str) -> Path:
        assert len(digest) == 64 and digest.isalnum(), "a digest is 64 hexadecimal digits"
        return self._folder / digest[:2] / digest
