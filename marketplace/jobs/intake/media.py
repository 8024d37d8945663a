"""Take files for a job's tasks: each is looked into before it is kept, whatever its name says."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import BinaryIO

from PIL import Image, UnidentifiedImageError
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from kernel.db import UnitOfWork
from kernel.errors import Conflict, Refused
from kernel.storage import FolderStorage
from marketplace.jobs.intake import recordings
from marketplace.jobs.models import Job, Media
from marketplace.jobs.states import LIVE

FILES_MAX = 20
FILE_BYTES_MAX = 20 * 1024 * 1024
PIXELS_MAX = 50_000_000
ZIP_FILES_MAX = 2_000
ZIP_BYTES_MAX = 512 * 1024 * 1024
ZIP_RATIO_MAX = 100
ZIP_SMALL_BYTES = 64 * 1024
ZIP_MARK = b"PK\x03\x04"
FORMATS = {
    "PNG": "image/png",
    "JPEG": "image/jpeg",
    "GIF": "image/gif",
    "WEBP": "image/webp",
}
# What decoders raise on bytes that are not what they claim to be.
BROKEN = (OSError, ValueError, SyntaxError, EOFError, IndexError, TypeError, OverflowError)

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")

# Pillow only warns of large images, by area; `look` refuses them by its own limit.
Image.MAX_IMAGE_PIXELS = None


@dataclass(frozen=True)
class Upload:
    """A file as it came in: its name and its bytes, to be read from the start."""

    name: str
    stream: BinaryIO


@dataclass(frozen=True)
class Picture:
    """What a file was found to be; a recording has no width and height."""

    mimetype: str
    width: int
    height: int


def add(
    uow: UnitOfWork, job: Job, storage: FolderStorage, uploads: Sequence[Upload]
) -> list[Media]:
    """Keep files under their names, all or none; the same file under its name again is no fault.

    A ZIP file stands for the files in it.
    """
    if job.state not in LIVE:
        raise Conflict(f"job_{job.state}", f"This job is {job.state}, so it takes no files.")
    if not uploads:
        raise Refused("media_none", "Please choose at least one file.")
    if len(uploads) > FILES_MAX:
        raise Refused("media_too_many", f"Send at most {FILES_MAX} files at once, or one ZIP.")
    kept: dict[str, Media] = {}
    for upload in _unpacked(uploads):
        media = _keep(job, storage, upload, uow)
        if kept.setdefault(media.name, media).digest != media.digest:
            _refuse_taken(media.name)
    return _insert(uow, job, kept)


def look(name: str, stream: BinaryIO) -> Picture:
    """Decode an image in full and say what it is, or refuse it."""
    try:
        with Image.open(stream, formats=tuple(FORMATS)) as image:
            found = Picture(FORMATS[image.format or ""], image.width, image.height)
            if image.width * image.height > PIXELS_MAX:
                sentence = f"{name} has more than {PIXELS_MAX // 1_000_000} million pixels."
                raise Refused("media_too_many_pixels", sentence, name=name)
            image.verify()
        stream.seek(0)
        with Image.open(stream, formats=tuple(FORMATS)) as image:
            image.load()
    except UnidentifiedImageError:
        sentence = (
            f"{name} is nothing we can show. Please send PNG, JPEG, GIF or WebP images, MP3, WAV, "
            "OGG, FLAC or M4A audio, or MP4 or WebM video."
        )
        raise Refused("media_not_an_image", sentence, name=name) from None
    except BROKEN:
        sentence = f"{name} is damaged: it cannot be decoded to its end."
        raise Refused("media_broken", sentence, name=name) from None
    return found


def _keep(job: Job, storage: FolderStorage, upload: Upload, uow: UnitOfWork) -> Media:
    """Look at one file and put it in storage."""
    if not _NAME.fullmatch(upload.name):
        sentence = "A file name is 1 to 200 letters, digits, - _ or . and begins with no dot."
        raise Refused("media_name_invalid", f"{upload.name[:80]!r}: {sentence}")
    size_bytes = upload.stream.seek(0, io.SEEK_END)
    if size_bytes > FILE_BYTES_MAX:
        sentence = f"{upload.name} is larger than {FILE_BYTES_MAX // 1024**2} MB."
        raise Refused("file_too_large", sentence, name=upload.name)
    upload.stream.seek(0)
    played = recordings.mimetype(upload.stream)
    picture = Picture(played, 0, 0) if played else look(upload.name, upload.stream)
    upload.stream.seek(0)
    stored = storage.put(upload.stream, FILE_BYTES_MAX)
    return Media(
        job_id=job.id,
        name=upload.name,
        digest=stored.digest,
        size_bytes=stored.size_bytes,
        created_at=uow.now,
        **vars(picture),
    )


def _insert(uow: UnitOfWork, job: Job, kept: dict[str, Media]) -> list[Media]:
    """Insert what is new in one statement; refuse a name that holds another file already."""
    columns = [column.key for column in Media.__table__.columns]
    rows = [{name: getattr(media, name) for name in columns} for media in kept.values()]
    uow.session.execute(insert(Media).values(rows).on_conflict_do_nothing())
    named = select(Media).where(Media.job_id == job.id, Media.name.in_(kept))
    there = {media.name: media for media in uow.session.scalars(named)}
    for name, media in kept.items():
        if there[name].digest != media.digest:
            _refuse_taken(name)
    uow.audit("media.added", f"job:{job.id}", after={"count": len(kept)})
    return [there[name] for name in kept]


def _refuse_taken(name: str) -> None:
    raise Conflict(
        "media_name_taken",
        f"This job has another file called {name} already. Please choose another name.",
        name=name,
    )


def _unpacked(uploads: Sequence[Upload]) -> Iterator[Upload]:
    for upload in uploads:
        is_zip = upload.stream.read(len(ZIP_MARK)) == ZIP_MARK
        upload.stream.seek(0)
        if is_zip:
            yield from _entries(upload)
        else:
            yield upload


def _entries(upload: Upload) -> Iterator[Upload]:
    """Yield the files of a ZIP by their last name, counting what really comes out of it."""
    try:
        with zipfile.ZipFile(upload.stream) as archive:
            entries = [entry for entry in archive.infolist() if _is_wanted(entry)]
            if len(entries) > ZIP_FILES_MAX:
                sentence = f"A ZIP file may hold at most {ZIP_FILES_MAX:,} files."
                raise Refused("zip_too_many", sentence)
            left = ZIP_BYTES_MAX
            for entry in entries:
                content = _entry_content(archive, entry, left)
                left -= len(content)
                yield Upload(PurePosixPath(entry.filename).name, io.BytesIO(content))
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError):
        sentence = f"{upload.name[:80]} is damaged, encrypted, or no ZIP file we can read."
        raise Refused("zip_unreadable", sentence) from None


def _is_wanted(entry: zipfile.ZipInfo) -> bool:
    """Leave out folders and what file managers add."""
    path = PurePosixPath(entry.filename)
    return not (entry.is_dir() or path.name.startswith(".") or "__MACOSX" in path.parts)


def _entry_content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, left: int) -> bytes:
    with archive.open(entry) as stream:
        content = stream.read(FILE_BYTES_MAX + 1)
    ratio_bytes = max(entry.compress_size * ZIP_RATIO_MAX, ZIP_SMALL_BYTES)
    if len(content) > min(FILE_BYTES_MAX, left, ratio_bytes):
        raise Refused("zip_too_large", f"{entry.filename[:80]} unpacks to more than is allowed.")
    return content
