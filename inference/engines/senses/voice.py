"""English text read aloud: Hibari, in the one voice that its package holds."""

import base64
import io
import re
import wave
from collections.abc import Iterator
from typing import Any

import numpy as np
from hibari import Hibari

from .reading import UnreadableError

RATE = 24_000
MOST_SECONDS = 90  # of sound
MOST_SOUNDS = 240  # phonemes that are said at once: what the voice holds grows with them
LONG_NUMBER = re.compile(r"\d{16,}")  # more digits than it has words for
LONG_WORD = re.compile(r"(\S{40})(?=\S)")  # how a word is said takes longer than its length grows
PAUSES = ",;:—"


def load() -> "Voice":
    """Load the voice and what tells it how words are said."""
    voice = Hibari(threads=2)
    _ = voice.g2p
    return Voice(voice)


def pieces(sounds: str) -> Iterator[str]:
    """Yield a sentence in pieces of a bounded length, cut after a pause, else between words, else where it must be."""
    while len(sounds) > MOST_SOUNDS:
        head = sounds[:MOST_SOUNDS]
        at = max(head.rfind(each + " ") + 1 for each in PAUSES) or head.rfind(" ")
        at = at if at > 0 else MOST_SOUNDS
        yield sounds[:at]
        sounds = sounds[at:].lstrip()
    if sounds:
        yield sounds


def loosened(text: str) -> str:
    """Return a text whose longest numbers are read digit by digit, and whose longest words in parts."""
    return LONG_WORD.sub(r"\1 ", LONG_NUMBER.sub(lambda found: " ".join(found[0]), text))


class Voice:
    """The voice."""

    def __init__(self, voice: Any) -> None:
        self.voice = voice

    def __call__(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Return a WAV file of what is said, in base64, and how long it is."""
        parts, length = [], 0
        for part in self._said(loosened(asked["text"]), float(asked.get("pace", 1.0))):
            parts.append(part)
            length += len(part)
            if length > MOST_SECONDS * RATE:
                raise UnreadableError("too-long-said")
        if length < RATE // 100:
            raise UnreadableError("no-words")
        samples = np.nan_to_num(np.concatenate(parts))
        written = io.BytesIO()
        with wave.open(written, "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE)
            file.writeframes((np.clip(samples, -1, 1) * 32_767).astype("<i2").tobytes())
        return {"audio": base64.b64encode(written.getvalue()).decode(), "seconds": round(length / RATE, 2)}

    def _said(self, text: str, pace: float) -> Iterator[Any]:
        noise = np.random.default_rng(1)  # so that the same text sounds the same
        for sentence in self.voice.phonemize(text):
            for piece in pieces(sentence):
                yield self.voice.from_ids(self.voice.ids(piece), pace, noise)
