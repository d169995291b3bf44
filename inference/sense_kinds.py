"""The engines that read pictures and sound, and speak: what each may take, and with what we try it."""

from __future__ import annotations

import io
import struct
import wave
import zlib
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

FILE_BYTES_A_TOKEN = 2_000  # what is not text counts in fair use as if so many bytes were a token


@dataclass(frozen=True)
class SenseKind:
    """An engine of ours that is begun when somebody asks, and ended when nobody does.

    ``megabytes`` are what its process may hold, ``seconds`` how long an answer may take, ``least`` the tokens that a
    call counts as in fair use, whatever is sent, and ``sample`` what our own check asks.
    """

    megabytes: int
    seconds: float
    least: int
    sample: Callable[[], Mapping[str, Any]]


def small_picture() -> str:
    """Return a picture of an orange square on white, in base64."""
    side, inner = 64, range(16, 48)
    rows = [
        b"\0" + b"".join(b"\xff\x8c\x00" if x in inner and y in inner else b"\xff\xff\xff" for x in range(side))
        for y in range(side)
    ]
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(b"".join(rows))),
        (b"IEND", b""),
    )
    written = b"".join(struct.pack(">I", len(d)) + k + d + struct.pack(">I", zlib.crc32(k + d)) for k, d in parts)
    return b64encode(b"\x89PNG\r\n\x1a\n" + written).decode()


def short_sound() -> str:
    """Return half a second of a tone of 440 Hz, as a WAV file in base64."""
    written = io.BytesIO()
    with wave.open(written, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        # A triangle, which needs no sine: 16,000 / 440 is about 36 samples.
        file.writeframes(b"".join(struct.pack("<h", 800 * (abs(n % 36 - 18) - 9)) for n in range(8_000)))
    return b64encode(written.getvalue()).decode()


SENSES: dict[str, SenseKind] = {
    "classes": SenseKind(1_200, 30, 200, lambda: {"picture": small_picture()}),
    "speech": SenseKind(1_200, 120, 100, lambda: {"audio": short_sound()}),
    "voice": SenseKind(800, 60, 100, lambda: {"text": "The lemon tree is in the yard."}),
    "script": SenseKind(2_000, 60, 300, lambda: {"picture": small_picture()}),
    "meaning": SenseKind(800, 60, 50, lambda: {"texts": ["Where is the lemon tree?", "Wo steht der Zitronenbaum?"]}),
    "talking": SenseKind(600, 60, 50, lambda: {"audio": short_sound()}),
    "language": SenseKind(500, 20, 20, lambda: {"text": "Wo steht der Zitronenbaum?"}),
    "notes": SenseKind(900, 90, 100, lambda: {"audio": short_sound()}),
}
