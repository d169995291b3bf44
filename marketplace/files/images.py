"""Images from outside are never given out as they came: they are decoded, within bounds, and encoded anew.

What comes out holds pixels and nothing else: no place or camera (EXIF, XMP), no comment, and no second file behind
the first that another program would read.
"""

from __future__ import annotations

import struct
from io import BytesIO
from threading import BoundedSemaphore

from PIL import Image, ImageOps

from .errors import ImagesBusyError, ImageTooLargeError, NotAnImageError
from .models import MOST_BYTES, Kind

FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
MOST_PIXELS = 16_000_000  # decoded, some 64 MB of memory
MOST_SIDE = 12_000
QUALITIES = (90, 75, 60)  # of a JPEG: the first with which it is small enough
PATIENCE = 10.0  # seconds that an image waits for its turn

Image.MAX_IMAGE_PIXELS = MOST_PIXELS  # of every image that this process opens
# What Pillow raises over a broken or hostile file. A warning counts where warnings are errors.
UNREADABLE = (OSError, SyntaxError, ValueError, TypeError, EOFError, LookupError, OverflowError, struct.error, Warning)
BOMB = (Image.DecompressionBombError, Image.DecompressionBombWarning)
# One at a time: eight threads that decode at once would take eight times the memory.
_turn = BoundedSemaphore(1)


def encode_anew(content: bytes) -> tuple[Kind, bytes]:
    """Return the pixels of an image as a PNG or a JPEG: of an animation the first picture, upright.

    Raises NotAnImageError, ImageTooLargeError, ImagesBusyError.
    """
    if not _turn.acquire(timeout=PATIENCE):
        raise ImagesBusyError
    try:
        return _encoded(*_pixels(content))
    except BOMB as error:
        raise ImageTooLargeError from error
    except UNREADABLE as error:
        raise NotAnImageError from error
    finally:
        _turn.release()


def _pixels(content: bytes) -> tuple[Image.Image, bool]:
    """Return an image without anything that came with it, and whether it was kept without loss."""
    with Image.open(BytesIO(content), formats=FORMATS) as opened:
        # Opening reads the header alone, so nothing large is decoded before this.
        if opened.width * opened.height > MOST_PIXELS or max(opened.size) > MOST_SIDE:
            raise ImageTooLargeError
        opened.load()
        is_clear = "transparency" in opened.info or opened.mode in ("RGBA", "LA", "PA")
        is_exact = opened.format in ("PNG", "GIF") or is_clear
        pixels = ImageOps.exif_transpose(opened).convert("RGBA" if is_clear else "RGB")
    # What an image is saved with besides its pixels is taken from here.
    pixels.info.clear()
    return pixels, is_exact


def _encoded(pixels: Image.Image, is_exact: bool) -> tuple[Kind, bytes]:
    if is_exact and len(png := _saved(pixels, "PNG")) <= MOST_BYTES:
        return Kind.PNG, png
    seen = _on_white(pixels)
    for quality in QUALITIES:
        if len(jpeg := _saved(seen, "JPEG", quality=quality)) <= MOST_BYTES:
            return Kind.JPEG, jpeg
    raise ImageTooLargeError


def _on_white(pixels: Image.Image) -> Image.Image:
    """Return an image that has nothing to see through, which a JPEG cannot have."""
    if pixels.mode == "RGB":
        return pixels
    ground = Image.new("RGB", pixels.size, "white")
    ground.paste(pixels, mask=pixels.getchannel("A"))
    return ground


def _saved(pixels: Image.Image, form: str, **options: int) -> bytes:
    saved = BytesIO()
    pixels.save(saved, form, **options)
    return saved.getvalue()
