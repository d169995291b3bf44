"""Notes in music: Basic Pitch, by ONNX Runtime."""

from typing import Any

import numpy as np
import onnxruntime

from inference.engines.prepare import package_folder

from .reading import Samples, UnreadableError, sound

RATE, MOST_SECONDS = 22_050, 60.0
WINDOW, HOP = 43_844, 256  # samples that are heard at once, and from one frame to the next
SHARED = 30  # frames that two windows share, of which each gives half
FRAMES_A_SECOND = RATE / HOP
LOWEST = 21  # the first key of a piano, in MIDI
BEGINS, SOUNDS = 0.5, 0.3  # from which a note begins, and from which it goes on
LEAST, PATIENCE = 11, 8  # frames: of a note, and that it may be lost for
MOST_NOTES = 600
NAMES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")


def load() -> "Notes":
    """Load it."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 2
    file = package_folder("basic_pitch") / "saved_models" / "icassp_2022" / "nmp.onnx"
    return Notes(onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"]))


class Notes:
    """The model."""

    def __init__(self, model: Any) -> None:
        self.model = model

    def __call__(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Return the notes with their times in seconds, the earliest first."""
        samples = sound(asked["audio"], RATE, MOST_SECONDS)
        if not np.isfinite(samples).all():
            raise UnreadableError("odd-sound")
        sounding, beginning = self._heard(samples)
        found = sorted(notes_in(sounding, beginning))[:MOST_NOTES]
        written = [
            {
                "start": round(first / FRAMES_A_SECOND, 2),
                "end": round(last / FRAMES_A_SECOND, 2),
                "midi": LOWEST + key,
                "name": f"{NAMES[(LOWEST + key) % 12]}{(LOWEST + key) // 12 - 1}",
                "strength": round(strength, 2),
            }
            for first, last, key, strength in found
        ]
        return {"seconds": round(len(samples) / RATE, 2), "notes": written}

    def _heard(self, samples: Samples) -> tuple[Samples, Samples]:
        """Return for each frame and key how surely it sounds, and how surely it begins."""
        step, half = WINDOW - SHARED * HOP, SHARED // 2
        padded = np.pad(samples, (half * HOP, WINDOW))
        sounding, beginning = [], []
        for at in range(0, len(samples), step):
            asked = {"serving_default_input_2:0": padded[None, at : at + WINDOW, None].astype(np.float32)}
            note, onset = self.model.run(["StatefulPartitionedCall:1", "StatefulPartitionedCall:2"], asked)
            sounding.append(note[0, half:-half])
            beginning.append(onset[0, half:-half])
        frames = int(len(samples) / HOP)
        return np.concatenate(sounding)[:frames], np.concatenate(beginning)[:frames]


def notes_in(sounding: Samples, beginning: Samples) -> list[tuple[int, int, int, float]]:
    """Return notes as first and last frame, key and strength: each begins at a peak, and lasts while it sounds."""
    found = []
    for key in range(sounding.shape[1]):
        ends = -1
        for first in _peaks(beginning[:, key]):
            if first < ends:
                continue
            last = _last(sounding[:, key], first)
            if last - first >= LEAST:
                found.append((first, last, key, float(sounding[first:last, key].mean())))
                ends = last
    return found


def _peaks(row: Samples) -> list[int]:
    padded = np.pad(row, 1)
    is_peak = (row >= BEGINS) & (row >= padded[:-2]) & (row > padded[2:])
    return [int(each) for each in np.flatnonzero(is_peak)]


def _last(row: Samples, first: int) -> int:
    """Return where a note ends that began there."""
    lost, at = 0, first
    while at < len(row) and lost < PATIENCE:
        lost = 0 if row[at] >= SOUNDS else lost + 1
        at += 1
    return at - lost
