"""Files are kept once by content, whole or not at all."""

from __future__ import annotations

import hashlib
import io
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from kernel.errors import Missing, Refused
from kernel.storage import CHUNK_BYTES, FolderStorage

KILLED = """
import io, os, pathlib, signal, sys
from kernel.storage import FolderStorage
class Dying(io.BytesIO):
    def read(self, size=-1):
        piece = super().read(size)
        if not piece:
            os.kill(os.getpid(), signal.SIGKILL)
        return piece
FolderStorage(pathlib.Path(sys.argv[1])).put(Dying(b"half"), 100)
"""


class Broken(io.BytesIO):
    """A stream whose sender hangs up after the first piece."""

    def read(self, size: int | None = -1) -> bytes:
        if self.tell():
            raise ConnectionResetError
        return super().read(size)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "files"


@pytest.fixture
def storage(folder: Path) -> FolderStorage:
    return FolderStorage(folder)


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_what_is_put_is_opened_by_its_digest(storage: FolderStorage) -> None:
    content = os.urandom(3 * CHUNK_BYTES // 2)
    stored = storage.put(io.BytesIO(content), len(content))
    assert stored.digest == hashlib.sha256(content).hexdigest()
    assert stored.size_bytes == len(content)
    with storage.open(stored.digest) as stream:
        assert stream.read() == content
        stream.seek(-3, os.SEEK_END)
        assert stream.read() == content[-3:]
    assert b"".join(storage.chunks(stored.digest)) == content


def test_the_same_content_is_kept_once(storage: FolderStorage, folder: Path) -> None:
    one, two = storage.put(io.BytesIO(b"cat"), 10), storage.put(io.BytesIO(b"cat"), 10)
    storage.put(io.BytesIO(b"dog"), 10)
    assert one == two
    assert len(files(folder)) == 2


def test_a_file_that_is_too_large_leaves_nothing(storage: FolderStorage, folder: Path) -> None:
    storage.put(io.BytesIO(b"12345"), 5)
    with pytest.raises(Refused) as refusal:
        storage.put(io.BytesIO(b"123456"), 5)
    assert refusal.value.code == "file_too_large"
    assert len(files(folder)) == 1


def test_a_stream_that_breaks_off_leaves_nothing(storage: FolderStorage, folder: Path) -> None:
    with pytest.raises(ConnectionResetError):
        storage.put(Broken(b"x" * (CHUNK_BYTES + 1)), 10 * CHUNK_BYTES)
    assert files(folder) == []


def test_a_process_killed_half_way_leaves_no_file_under_a_digest(
    storage: FolderStorage, folder: Path
) -> None:
    ended = subprocess.run([sys.executable, "-c", KILLED, str(folder)], check=False, timeout=30)
    assert ended.returncode == -signal.SIGKILL
    with pytest.raises(Missing):
        storage.open(hashlib.sha256(b"half").hexdigest())
    storage.put(io.BytesIO(b"half"), 100)
    with storage.open(hashlib.sha256(b"half").hexdigest()) as stream:
        assert stream.read() == b"half"


def test_a_deleted_file_is_missing_and_may_be_deleted_again(storage: FolderStorage) -> None:
    stored, other = storage.put(io.BytesIO(b"cat"), 10), storage.put(io.BytesIO(b"dog"), 10)
    storage.delete(stored.digest)
    storage.delete(stored.digest)
    with pytest.raises(Missing):
        storage.open(stored.digest)
    with storage.open(other.digest) as stream:
        assert stream.read() == b"dog"


@pytest.mark.parametrize("digest", ["../../etc/passwd", "ab", "/" * 64, "." * 64])
def test_nothing_but_a_digest_names_a_file(storage: FolderStorage, digest: str) -> None:
    with pytest.raises(AssertionError):
        storage.open(digest)
