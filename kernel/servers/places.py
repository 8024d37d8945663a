"""Name the files and addresses of the private servers of one folder."""

from __future__ import annotations

import json
import os
import shutil
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

USER = "quorum"
DATABASE = "quorum"
SOCKET_FOLDER_BYTES_MAX = 80  # the whole path of a socket has about 100
LOG_BYTES_MAX = 10 * 1024**2


class ServersFailed(Exception):
    """Say in a sentence why the private servers cannot be had."""


@dataclass(frozen=True)
class Addresses:
    """Hold what a client needs to connect."""

    database_url: str
    redis_url: str


@dataclass(frozen=True)
class Record:
    """Hold what a keeper tells of its servers once they answer."""

    keeper: int
    sockets: str
    durable: bool


@dataclass(frozen=True)
class Places:
    """Name every file below one folder."""

    folder: Path

    @property
    def users_lock(self) -> Path:
        """Return the file that every user holds a shared lock on."""
        return self.folder / "servers" / "users.lock"

    @property
    def keeper_lock(self) -> Path:
        """Return the file that the one keeper holds an exclusive lock on."""
        return self.folder / "servers" / "keeper.lock"

    @property
    def record(self) -> Path:
        """Return the file that says where the servers answer."""
        return self.folder / "servers" / "record.json"

    @property
    def sockets(self) -> Path:
        """Return the file that names the socket folder."""
        return self.folder / "servers" / "sockets"

    @property
    def shelter(self) -> Path:
        """Return the file that names the folder used when root has to run as nobody."""
        return self.folder / "servers" / "shelter"

    @property
    def keeper_log(self) -> Path:
        """Return the file the keeper writes to."""
        return self.folder / "servers" / "log"

    @property
    def postgres(self) -> Path:
        """Return the folder of PostgreSQL."""
        return self.folder / "postgres"

    @property
    def valkey(self) -> Path:
        """Return the folder of Valkey."""
        return self.folder / "valkey"


def addresses(sockets: str) -> Addresses:
    """Return the addresses of the servers whose sockets lie in a folder."""
    folder = quote(sockets)
    return Addresses(
        database_url=f"postgresql+psycopg://{USER}@/{DATABASE}?host={folder}",
        redis_url=f"unix://{folder}/valkey.sock?db=0",
    )


def write_record(places: Places, record: Record) -> None:
    """Publish a record at once or not at all."""
    draft = places.record.with_suffix(".draft")
    draft.write_text(json.dumps(vars(record)))
    draft.replace(places.record)


def read_record(places: Places) -> Record | None:
    """Return the record of the last keeper, if it left one."""
    try:
        return Record(**json.loads(places.record.read_text()))
    except FileNotFoundError:
        return None


def socket_folder(places: Places, owner: int) -> Path:
    """Return a private folder with a short path, the last one where it is still there.

    A folder outlives a killed keeper, so that the addresses its users hold become good again.
    """
    if places.sockets.exists():
        last = Path(places.sockets.read_text())
        if _is_private(last, owner):
            return last
    made = _short_temporary_folder()
    os.chown(made, owner, -1)
    places.sockets.write_text(str(made))
    return made


def remove_sockets(places: Places) -> None:
    """Remove the socket folder and the word of it."""
    if places.sockets.exists():
        shutil.rmtree(places.sockets.read_text(), ignore_errors=True)
        places.sockets.unlink()


def open_log(path: Path) -> int:
    """Return a descriptor that appends to a log; a large log starts anew, one old log stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > LOG_BYTES_MAX:
        path.replace(path.with_suffix(".old"))
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)


def log_tail(path: Path, lines: int = 12) -> str:
    """Return the last lines of a log."""
    return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])


def _is_private(folder: Path, owner: int) -> bool:
    try:
        found = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == owner and not found.st_mode & 0o077


def _short_temporary_folder() -> Path:
    made = Path(tempfile.mkdtemp(prefix="quorum-"))
    if len(os.fsencode(made)) <= SOCKET_FOLDER_BYTES_MAX:
        return made
    made.rmdir()
    return Path(tempfile.mkdtemp(prefix="quorum-", dir="/tmp"))
