"""Words in a picture, with where they stand: RapidOCR, PP-OCRv4 by ONNX Runtime."""

from typing import Any

import numpy as np
from rapidocr_onnxruntime import RapidOCR

from .reading import picture

MOST_SIDE = 1_600  # beyond it, finding lines takes long and finds no more
MOST_LINES = 200


def load() -> "Script":
    """Load what finds lines, turns them and reads them."""
    return Script(RapidOCR(intra_op_num_threads=2))


class Script:
    """The three models."""

    def __init__(self, reader: Any) -> None:
        self.reader = reader

    def __call__(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Return the lines of a picture with their corners, in pixels of the size that is returned."""
        found = picture(asked["picture"], MOST_SIDE)
        lines, _times = self.reader(np.asarray(found)[:, :, ::-1].copy())
        read = [
            {
                "text": str(text),
                "score": round(float(score), 3),
                "corners": [[round(float(x), 1), round(float(y), 1)] for x, y in corners],
            }
            for corners, text, score in (lines or [])[:MOST_LINES]
        ]
        text = "\n".join(str(each["text"]) for each in read)
        return {"text": text, "width": found.width, "height": found.height, "lines": read}
