"""When somebody speaks: Silero VAD, by ONNX Runtime."""

from typing import Any

import numpy as np
import onnxruntime

from inference.engines.prepare import package_folder

from .reading import UnreadableError, sound

RATE, MOST_SECONDS = 16_000, 120.0
PIECE, BEFORE = 512, 64  # samples that are judged at once, and those before them that are heard again
SURE, UNSURE = 0.5, 0.35  # from which somebody speaks, and below which nobody does any more
LEAST, GAP = 0.25, 0.3  # seconds: what is shorter is no speech, and no pause
EDGE = 0.03  # seconds around what is said


def load() -> "Talking":
    """Load it."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    file = package_folder("silero_vad") / "data" / "silero_vad.onnx"
    return Talking(onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"]))


class Talking:
    """The model."""

    def __init__(self, model: Any) -> None:
        self.model = model

    def __call__(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Return when somebody speaks, in seconds."""
        samples = sound(asked["audio"], RATE, MOST_SECONDS)
        if not np.isfinite(samples).all():
            raise UnreadableError("odd-sound")
        seconds = len(samples) / RATE
        spans = joined(self._chances(samples), PIECE / RATE)
        found = [
            {"start": round(max(0.0, start - EDGE), 2), "end": round(min(seconds, end + EDGE), 2)}
            for start, end in spans
        ]
        return {"seconds": round(seconds, 2), "speech": found}

    def _chances(self, samples: Any) -> list[float]:
        """Return for each piece how likely it is that somebody speaks."""
        state = np.zeros((2, 1, 128), np.float32)
        padded = np.pad(samples, (BEFORE, -len(samples) % PIECE))
        found = []
        for at in range(BEFORE, len(padded), PIECE):
            heard = padded[None, at - BEFORE : at + PIECE].astype(np.float32)
            chance, state = self.model.run(None, {"input": heard, "state": state, "sr": np.array(RATE, np.int64)})
            found.append(float(chance[0, 0]))
        return found


def joined(chances: list[float], step: float) -> list[tuple[float, float]]:
    """Return the stretches of speech, of which pauses are a part that are too short to be some."""
    spans: list[list[float]] = []
    speaks = False
    for number, chance in enumerate(chances):
        at = number * step
        if chance >= SURE and not speaks:
            speaks = True
            if spans and at - spans[-1][1] < GAP:
                spans[-1][1] = at + step
            else:
                spans.append([at, at + step])
        elif speaks and chance < UNSURE:
            speaks = False
        if speaks:
            spans[-1][1] = at + step
    return [(start, end) for start, end in spans if end - start >= LEAST]
