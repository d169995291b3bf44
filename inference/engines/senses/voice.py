"""English text read aloud: Hibari, in the one voice that its package holds."""

import base64
import io
import wave
from typing import Any

import numpy as np
from hibari import Hibari

from .reading import UnreadableError

RATE = 24_000
MOST_SECONDS = 90  # of sound


def load() -> "Voice":
    """Load the voice and what tells it how words are said."""
    voice = Hibari(threads=2)
    _ = voice.g2p
    return Voice(voice)


class Voice:
    """The voice."""

    def __init__(self, voice: Any) -> None:
        self.voice = voice

    def __call__(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Return a WAV file of what is said, in base64, and how long it is."""
        parts, length = [], 0
        for part in self.voice.stream(asked["text"], speed=float(asked.get("pace", 1.0)), seed=1):
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
