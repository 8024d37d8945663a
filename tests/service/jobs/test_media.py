"""Images: what is kept, what is refused, and by which name."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

import pytest

from kernel.errors import DomainError
from kernel.runtime import Runtime
from marketplace.jobs import queries
from marketplace.jobs.intake import media
from marketplace.jobs.models import Media
from tests.service.jobs import builders
from tests.service.jobs.builders import an_image


def add(runtime: Runtime, files: dict[str, bytes]) -> list[Media]:
    """Upload files into a draft of a new organisation."""
    with runtime.database.unit_of_work() as uow:
        job = builders.a_draft(uow, builders.a_buyer(uow), interface=builders.PICTURES)
        sent = [media.Upload(name, io.BytesIO(content)) for name, content in files.items()]
        return media.add(uow, job, runtime.storage, sent)


def a_zip(files: dict[str, bytes]) -> bytes:
    """Pack files."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, inner in files.items():
            archive.writestr(name, inner)
    return content.getvalue()


def a_bomb() -> bytes:
    """Write a small PNG that claims to be 20,000 pixels wide and high."""
    header = struct.pack(">IIBBBBB", 20_000, 20_000, 8, 0, 0, 0, 0)
    parts = [(b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 100)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in parts
    )


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_an_image_is_known_by_its_content(runtime: Runtime, kind: str) -> None:
    kept = add(runtime, {"cat.png": an_image(kind)})[0]
    assert (kept.mimetype, kept.width, kept.height) == (f"image/{kind.lower()}", 8, 6)
    assert b"".join(runtime.storage.chunks(kept.digest)) == an_image(kind)


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({"a.png": b"not an image"}, "media_not_an_image"),
        ({"a.svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>"}, "media_not_an_image"),
        ({"a.bmp": an_image("BMP")}, "media_not_an_image"),
        ({"a.png": an_image(size=(90, 90))[:-40]}, "media_broken"),
        ({"a.jpg": an_image("JPEG", (400, 400))[:900]}, "media_broken"),
        ({"a.png": a_bomb()}, "media_too_many_pixels"),
        ({"../a.png": an_image()}, "media_name_invalid"),
        ({".a.png": an_image()}, "media_name_invalid"),
        ({"a" * 201: an_image()}, "media_name_invalid"),
        ({}, "media_none"),
        ({f"{number}.png": an_image() for number in range(21)}, "media_too_many"),
        ({"a.png": an_image() + b"\0" * media.FILE_BYTES_MAX}, "file_too_large"),
        ({"a.zip": a_zip({"a.png": b"\0" * 30_000_000})}, "zip_too_large"),
        ({"a.zip": a_zip({"a.png": b"\0" * 3_000_000})}, "zip_too_large"),
        ({"a.zip": a_zip({"a.png": an_image()})[:-30]}, "zip_unreadable"),
    ],
)
def test_what_is_no_sound_image_is_refused(
    runtime: Runtime, files: dict[str, bytes], code: str
) -> None:
    with pytest.raises(DomainError) as refusal:
        add(runtime, files)
    assert refusal.value.code == code


def test_one_broken_image_keeps_the_others_of_its_request_out(runtime: Runtime) -> None:
    with runtime.database.unit_of_work() as uow:
        buyer = builders.a_buyer(uow)
        job = builders.a_draft(uow, buyer)
    sent = [("a.png", an_image()), ("b.png", b"broken")]
    uploads = [media.Upload(name, io.BytesIO(content)) for name, content in sent]
    with (
        pytest.raises(DomainError),
        runtime.database.unit_of_work(buyer.identity) as uow,
    ):
        media.add(uow, job, runtime.storage, uploads)
    with runtime.database.unit_of_work() as uow:
        assert queries.media_names(uow, job.id) == frozenset()


def test_a_zip_stands_for_its_images_by_their_last_names(runtime: Runtime) -> None:
    packed = a_zip(
        {
            "set/a.png": an_image(shade=1),
            "set/b.png": an_image(shade=2),
            "__MACOSX/a.png": b"noise",
            "set/.DS_Store": b"noise",
        }
    )
    assert [kept.name for kept in add(runtime, {"set.zip": packed})] == ["a.png", "b.png"]


def test_a_name_holds_one_file_and_the_same_file_again_is_no_fault(runtime: Runtime) -> None:
    with runtime.database.unit_of_work() as uow:
        buyer = builders.a_buyer(uow)
        job = builders.a_draft(uow, buyer)
        for _ in range(2):
            same = [media.Upload("a.png", io.BytesIO(an_image(shade=1)))]
            media.add(uow, job, runtime.storage, same)
        other = [media.Upload("a.png", io.BytesIO(an_image(shade=2)))]
        with pytest.raises(DomainError) as refusal:
            media.add(uow, job, runtime.storage, other)
    assert refusal.value.code == "media_name_taken"
