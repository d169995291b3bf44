"""Images from outside: what is taken, what comes out of it, and what is refused."""

from __future__ import annotations

import random
import struct
import zlib
from contextlib import suppress
from io import BytesIO

import pytest
from PIL import Image

from marketplace.files import images
from marketplace.files.errors import FileRefusedError, ImagesBusyError, ImageTooLargeError, NotAnImageError
from marketplace.files.images import encode_anew
from marketplace.files.models import MOST_BYTES, Kind

SECRET = b"51.5007N 0.1246W"  # where somebody lives


def picture(form: str = "PNG", mode: str = "RGB", size: tuple[int, int] = (40, 30), **options: object) -> bytes:
    """Return an image that is red on the left and blue on the right."""
    drawn = Image.new("RGB", size, "red")
    drawn.paste("blue", (size[0] // 2, 0, *size))
    if mode == "RGBA":
        drawn.putalpha(128)  # or it would be saved as what has nothing to see through
    saved = BytesIO()
    drawn.convert(mode).save(saved, form, **options)
    return saved.getvalue()


def opened(content: bytes) -> Image.Image:
    image = Image.open(BytesIO(content))
    image.load()
    return image


def png_of_size(width: int, height: int) -> bytes:
    """Return a PNG of a few bytes whose header promises any number of pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 9)) + chunk(b"IEND", b"")
    )


def exif() -> Image.Exif:
    """Return what a phone writes: turned by a quarter, and where it was."""
    said = Image.Exif()
    said[0x0112], said[0x010E] = 6, SECRET.decode()
    return said


@pytest.mark.parametrize(
    ("form", "mode", "kind"),
    [
        ("PNG", "RGB", Kind.PNG),
        ("PNG", "RGBA", Kind.PNG),
        ("PNG", "P", Kind.PNG),
        ("PNG", "1", Kind.PNG),
        ("GIF", "P", Kind.PNG),
        ("JPEG", "RGB", Kind.JPEG),
        ("JPEG", "CMYK", Kind.JPEG),
        ("JPEG", "L", Kind.JPEG),
        ("WEBP", "RGB", Kind.JPEG),
        ("WEBP", "RGBA", Kind.PNG),
    ],
)
def test_an_image_comes_out_as_a_png_or_a_jpeg_of_the_same_size(form: str, mode: str, kind: Kind) -> None:
    given = encode_anew(picture(form, mode))
    assert given[0] == kind
    made = opened(given[1])
    assert (made.size, f"image/{str(made.format).lower()}") == ((40, 30), kind)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_where_a_picture_was_taken_is_gone_and_it_stands_upright(form: str) -> None:
    given = picture(form, exif=exif(), icc_profile=SECRET)
    assert SECRET in given
    made = encode_anew(given)[1]
    assert SECRET not in made
    assert b"Exif" not in made
    assert opened(made).size == (30, 40)


def test_comments_and_what_stands_behind_the_image_are_gone() -> None:
    page = b"<html><script>alert(1)</script></html>"
    for given in (picture("JPEG", comment=SECRET), picture("GIF", comment=SECRET), picture() + page):
        made = encode_anew(given)[1]
        assert SECRET not in made
        assert page not in made


def test_of_an_animation_the_first_picture_is_kept() -> None:
    later = Image.new("RGB", (40, 30), "green")
    for form in ("GIF", "WEBP"):
        made = opened(encode_anew(picture(form, save_all=True, append_images=[later]))[1]).convert("RGB")
        red, green, _blue = made.getpixel((2, 2))  # type: ignore[misc]  # three numbers of an RGB image
        assert red > 200 > 60 > green
        assert getattr(made, "n_frames", 1) == 1


@pytest.mark.parametrize("size", [(100_000, 100_000), (4_001, 4_000), (12_001, 2), (2, 12_001), (2**31 - 1, 2**31 - 1)])
def test_more_pixels_than_are_decoded_are_refused_by_the_header_alone(size: tuple[int, int]) -> None:
    with pytest.raises((ImageTooLargeError, NotAnImageError)):
        encode_anew(png_of_size(*size))


def test_a_text_in_a_png_that_unpacks_to_much_is_refused_or_left_out() -> None:
    bomb = zlib.compress(b"\0" * 80_000_000)
    data = b"Comment\0\0" + bomb
    chunk = struct.pack(">I", len(data)) + b"zTXt" + data + struct.pack(">I", zlib.crc32(b"zTXt" + data))
    png = picture()
    with pytest.raises(NotAnImageError):
        encode_anew(png[:33] + chunk + png[33:])


HOSTILE = {
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "html": b"<!doctype html><script>alert(1)</script>",
    "html behind a gif's mark": b"GIF89a/*<script>alert(1)</script>*/",
    "only a mark": b"\x89PNG\r\n\x1a\n",
    "a jpeg's mark": b"\xff\xd8\xff\xe0\x00\x10JFIF",
    "tiff": picture("TIFF"),
    "bmp": picture("BMP"),
    "ico": picture("ICO"),
    "pdf": picture("PDF"),
    "eps": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n",
    "zeros": b"\0" * 1000,
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_what_is_none_of_the_four_is_refused(content: bytes) -> None:
    with pytest.raises(NotAnImageError):
        encode_anew(content)


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "GIF"])
def test_a_broken_image_is_refused_and_never_fails_otherwise(form: str) -> None:
    whole, chance = picture(form, size=(64, 64)), random.Random(form)  # noqa: S311  the same each time
    with pytest.raises(NotAnImageError):
        encode_anew(whole[: len(whole) // 2])
    for _ in range(150):
        broken = bytearray(whole)
        for _change in range(chance.randint(1, 6)):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        with suppress(FileRefusedError):
            encode_anew(bytes(broken))


def test_an_image_that_would_be_too_large_without_loss_becomes_a_jpeg() -> None:
    noise = Image.frombytes("RGB", (1_500, 1_200), random.Random(1).randbytes(1_500 * 1_200 * 3))  # noqa: S311
    saved = BytesIO()
    noise.save(saved, "PNG", compress_level=1)
    assert len(saved.getvalue()) > MOST_BYTES
    kind, made = encode_anew(saved.getvalue())
    assert kind == Kind.JPEG
    assert len(made) <= MOST_BYTES


def test_a_photograph_of_the_most_pixels_stays_small_enough() -> None:
    saved = BytesIO()
    Image.effect_noise((4_000, 4_000), 20).save(saved, "JPEG", quality=60)
    kind, made = encode_anew(saved.getvalue())
    assert (kind, opened(made).size) == (Kind.JPEG, (4_000, 4_000))
    assert len(made) <= MOST_BYTES


def test_an_image_waits_for_its_turn_and_not_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "PATIENCE", 0.05)
    assert images._turn.acquire(timeout=1)
    try:
        with pytest.raises(ImagesBusyError):
            encode_anew(picture())
    finally:
        images._turn.release()
    assert encode_anew(picture())
