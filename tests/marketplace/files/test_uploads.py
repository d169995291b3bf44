"""What is looked at before a file is kept: its name, and then its content."""

from __future__ import annotations

import pytest

from marketplace.files.errors import (
    FileKindError,
    FileMissingError,
    FileTooLargeError,
    NotAnImageError,
    NotATextError,
)
from marketplace.files.models import MOST_BYTES, Kind
from marketplace.files.uploads import read_upload

from .test_images import HOSTILE, picture


def test_a_text_is_kept_to_the_byte() -> None:
    content = "\ufeffA line\r\n\tنص עברית 日本語 🎉\n".encode()
    upload = read_upload("notes.txt", content)
    assert (upload.name, upload.kind, upload.content) == ("notes.txt", Kind.TEXT, content)


@pytest.mark.parametrize(
    "content",
    [
        b"a\0b",
        b"\xff\xfea\0",
        b"caf\xe9",
        b"\x1b[2J",
        "\x9b2J".encode(),
        b"   \n",
        "\u200b\u2060".encode(),
        b"\xed\xa0\x80",
        b"%PDF-1.7\x01",
    ],
)
def test_what_is_no_text_is_refused(content: bytes) -> None:
    with pytest.raises(NotATextError):
        read_upload("notes.txt", content)


def test_a_file_has_a_size() -> None:
    assert len(read_upload("a.txt", b"a" * MOST_BYTES).content) == MOST_BYTES
    with pytest.raises(FileTooLargeError):
        read_upload("a.txt", b"a" * (MOST_BYTES + 1))
    with pytest.raises(FileMissingError):
        read_upload("a.txt", b"")


@pytest.mark.parametrize(
    "name", ["a.svg", "a.html", "a.png.exe", "a", "", ".", "a.pdf", "a.tiff", "png", "a.txt.", "a.png\0"]
)
def test_other_kinds_are_refused_by_name(name: str) -> None:
    with pytest.raises((FileKindError, NotAnImageError)):
        read_upload(name, b"<svg/>")


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_what_says_that_it_is_an_image_has_to_be_one(content: bytes) -> None:
    with pytest.raises(NotAnImageError):
        read_upload("holiday.png", content)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("photo.WEBP", "photo.jpg"),
        ("../../etc/passwd.png", "passwd.png"),
        ("C:\\Users\\me\\shot.PNG", "shot.png"),
        ("invoice\u202egnp.exe.png", "invoicegnp.exe.png"),
        ("\u2066a\u2069\u200f.png", "a.png"),
        ("a\r\nSet-Cookie: b.png", "a Set-Cookie: b.png"),
        ("run.log", "run.log.txt"),
        ("table.csv", "table.csv.txt"),
        (".png", "file.png"),
        ("  .  .png", "file.png"),
        ("x" * 300 + ".txt", "x" * 60 + ".txt"),
        ("صورة.png", "صورة.png"),
    ],
)
def test_a_name_is_one_line_that_says_what_the_file_is(given: str, shown: str) -> None:
    content = picture("WEBP" if given.endswith("WEBP") else "PNG")
    if given.endswith((".log", ".csv", ".txt")):
        content = b"text"
    assert read_upload(given, content).name == shown
