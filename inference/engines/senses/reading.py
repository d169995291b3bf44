"""Pictures and sound as they are sent: read within bounds, or refused with a code.

Sizes are asked before anything is unpacked, because a few bytes may say that they are gigabytes.
"""

import base64
import binascii
import io
import warnings
import wave
from typing import Any

import numpy as np
from PIL import Image, ImageOps

FORMATS = ("JPEG", "PNG", "WEBP")
MOST_SIDE, MOST_PIXELS = 8_000, 24_000_000
RATES = (8_000, 96_000)  # samples a second
MOST_SAMPLES = 6_000_000  # of one channel, as they are sent
MOST_CHANNELS = 2

Samples = np.ndarray[Any, np.dtype[np.float32]]


class UnreadableError(Exception):
    """What was sent cannot be read; ``code`` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def unpacked(text: str) -> bytes:
    """Return the bytes that are written as base64. Raises UnreadableError."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise UnreadableError("not-base64") from error


def picture(text: str, most_side: int = MOST_SIDE) -> Image.Image:
    """Return a picture, upright and in RGB, no side longer than ``most_side``. Raises UnreadableError."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            found: Image.Image = Image.open(io.BytesIO(unpacked(text)), formats=FORMATS)
            if max(found.size) > MOST_SIDE or found.width * found.height > MOST_PIXELS:
                raise UnreadableError("too-many-pixels")
            if min(found.size) < 8:
                raise UnreadableError("too-small")
            found.draft("RGB", (most_side, most_side))  # a photograph need not be unpacked larger than it is wanted
            found.load()
            found = ImageOps.exif_transpose(found)
    except UnreadableError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise UnreadableError("too-many-pixels") from error
    # A reader of pictures raises whatever it likes.
    except Exception as error:
        raise UnreadableError("no-picture") from error
    found.thumbnail((most_side, most_side))
    return _on_white(found)


def _on_white(found: Image.Image) -> Image.Image:
    """Put what is transparent on white, as most pages would."""
    if found.mode in ("RGBA", "LA", "PA") or "transparency" in found.info:
        with_alpha = found.convert("RGBA")
        sheet = Image.new("RGBA", with_alpha.size, "white")
        return Image.alpha_composite(sheet, with_alpha).convert("RGB")
    return found.convert("RGB")


def sound(text: str, rate: int, most_seconds: float) -> Samples:
    """Return a WAV file as one channel of ``rate`` samples a second, from -1 to 1. Raises UnreadableError."""
    samples, its_rate = _wav(unpacked(text), most_seconds)
    if len(samples) < its_rate // 10:
        raise UnreadableError("too-short")
    return resampled(samples, its_rate, rate)


def _wav(content: bytes, most_seconds: float) -> tuple[Samples, int]:
    try:
        with wave.open(io.BytesIO(content)) as file:
            rate, channels, width = file.getframerate(), file.getnchannels(), file.getsampwidth()
            if not (RATES[0] <= rate <= RATES[1] and channels <= MOST_CHANNELS and width in (1, 2, 3, 4)):
                raise UnreadableError("odd-sound")
            # Not what its header says: that may be more than there is, or endless.
            frames = min(file.getnframes(), len(content) // (channels * width))
            if frames > min(most_seconds * rate, MOST_SAMPLES):
                raise UnreadableError("too-long")
            read = file.readframes(frames)
    except (wave.Error, EOFError, ValueError, RuntimeError) as error:
        raise UnreadableError("no-wav") from error
    read = read[: len(read) // (channels * width) * channels * width]
    return _of_whole(read, width).reshape(-1, channels).mean(axis=1, dtype=np.float32), rate


def _of_whole(read: bytes, width: int) -> Samples:
    """Return samples that are written as whole numbers of ``width`` bytes."""
    if width == 1:
        return ((np.frombuffer(read, np.uint8).astype(np.float32) - 128) / 128).astype(np.float32)
    if width == 3:
        padded = np.zeros((len(read) // 3, 4), np.uint8)
        padded[:, 1:] = np.frombuffer(read, np.uint8).reshape(-1, 3)
        return padded.view("<i4")[:, 0].astype(np.float32) / np.float32(2**31)
    kind, most = {2: ("<i2", 2**15), 4: ("<i4", 2**31)}[width]
    return np.frombuffer(read, kind).astype(np.float32) / np.float32(most)


def resampled(samples: Samples, rate: int, wanted: int) -> Samples:
    """Return the same sound at another rate: its spectrum, cut or lengthened."""
    if rate == wanted:
        return samples
    count = max(1, round(len(samples) * wanted / rate))
    spectrum = np.fft.rfft(samples)[: count // 2 + 1]
    full = np.zeros(count // 2 + 1, np.complex128)
    full[: len(spectrum)] = spectrum
    return (np.fft.irfft(full, count) * (count / len(samples))).astype(np.float32)
