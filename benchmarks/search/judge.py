"""Makes judged.jsonl: every wording of ``needs`` with the models that answer it, and slips of the hand.

``python -m benchmarks.search.judge`` writes it anew from the catalogue; it says nothing of any ranking.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .needs import CONCEPTS, LANGUAGES, NAMES, Rule

HERE = Path(__file__).parent
CATALOGUE = HERE.parent.parent / "marketplace" / "data" / "open-models.jsonl"
KEYBOARD = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
SLIPS = 60
FILTERS: tuple[tuple[str, list[Rule], list[Rule]], ...] = (
    ("license:mit german embeddings", [{"task": "feature-extraction", "language": "deu", "license": "mit"}], []),
    ("task:text-ranking params:<1b", [{"task": "text-ranking", "most": 999_999_999}], []),
    ("lang:jpn reranker", [{"task": "text-ranking", "language": "jpn"}], []),
    (
        "license:apache-2.0 task:text-generation llama",
        [{"task": "text-generation", "license": "apache-2.0", "name": "llama"}],
        [],
    ),
    (
        "params:<50m task:feature-extraction english",
        [{"task": "feature-extraction", "most": 49_999_999, "language": "eng"}],
        [],
    ),
    ("library:onnx multilingual", [{"library": "ONNX", "languages_over": 5}], [{"library": "ONNX"}]),
    ("modality:video license:apache-2.0", [{"modality": "video", "license": "apache-2.0"}], []),
    ("modality:audio whisper", [{"modality": "audio", "name": "whisper"}], [{"modality": "audio"}]),
    ("lang:rus license:mit embeddings", [{"task": "feature-extraction", "language": "rus", "license": "mit"}], []),
    (
        "task:image-classification params:<5m mobilenet",
        [{"task": "image-classification", "most": 4_999_999, "name": "mobilenet"}],
        [],
    ),
    ("params:>10b embeddings", [{"task": "feature-extraction", "least": 10_000_000_001}], []),
    ("license:cc-by-nc-4.0 reranker", [{"task": "text-ranking", "license": "cc-by-nc-4.0"}], []),
)


def holds(rule: Rule, model: dict[str, Any]) -> bool:
    """Say whether all conditions of a rule hold for a model."""
    languages, size = model.get("languages", []), model.get("parameters")
    facts: dict[str, Callable[[Any], bool]] = {
        "task": lambda value: model["task"] == value,
        "language": lambda value: value in languages,
        "languages": lambda value: len(languages) <= value,
        "languages_over": lambda value: len(languages) > value,
        "modality": lambda value: value in model.get("modalities", []),
        "modality2": lambda value: set(value) <= set(model.get("modalities", [])),
        "library": lambda value: value in model.get("libraries", []),
        "license": lambda value: model.get("license") == value,
        "kind": lambda value: model.get("architecture_kind") == value,
        "most": lambda value: size is not None and size <= value,
        "least": lambda value: size is not None and size >= value,
        "tokens": lambda value: model.get("max_tokens", 0) >= value,
        "capability": lambda value: value in model.get("capabilities", []),
        "dataset": lambda value: any(value in name for name in model.get("training_datasets", [])),
        "name": lambda value: re.search(value, model["name"].lower()) is not None,
    }
    return all(facts[key](value) for key, value in rule.items())


def grades(best: list[Rule], fair: list[Rule], models: list[dict[str, Any]]) -> dict[str, int]:
    """Return the grade of every model that has one."""
    found = {model["name"]: 1 for model in models if any(holds(rule, model) for rule in fair)}
    return found | {model["name"]: 2 for model in models if any(holds(rule, model) for rule in best)}


def slip(text: str, chance: random.Random) -> str:
    """Return the text with one slip in its longest word: a letter left out, doubled, swapped or hit beside."""
    word = max(re.findall(r"[a-zA-Z]+", text), key=len)
    place = chance.randrange(1, len(word) - 1)
    kind = chance.choice(["out", "twice", "swapped", "beside"])
    row = next((row for row in KEYBOARD if word[place].lower() in row), "e")
    beside = row[(row.find(word[place].lower()) + 1) % len(row)]
    slipped = {
        "out": word[:place] + word[place + 1 :],
        "twice": word[:place] + word[place] + word[place:],
        "swapped": word[: place - 1] + word[place] + word[place - 1] + word[place + 1 :],
        "beside": word[:place] + beside + word[place + 1 :],
    }[kind]
    return text.replace(word, slipped, 1)


def judged(models: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return every query with its kind and the grades of the models that answer it."""
    rows = []
    for best, fair, wordings in [*LANGUAGES, *CONCEPTS]:
        answer = grades(best, fair, models)
        rows += [{"q": q, "kind": kind, "grades": answer} for kind, queries in wordings.items() for q in queries]
    rows += [{"q": q, "kind": "filter", "grades": grades(best, fair, models)} for q, best, fair in FILTERS]
    chance = random.Random(6)  # noqa: S311  the same slips each time
    for name in NAMES:
        rows.append({"q": name.partition("/")[2].replace("-", " "), "kind": "name", "grades": {name: 2}})
    for number in range(SLIPS):
        name = NAMES[number % len(NAMES)]
        words = name.partition("/")[2].replace("-", " ").lower()
        if len(max(re.findall(r"[a-z]+", words), key=len)) > 3:
            rows.append({"q": slip(words, chance), "kind": "typo", "grades": {name: 2}})
    return [row for row in rows if row["grades"]]


def main() -> None:
    """Write the file and say what is in it."""
    models = [json.loads(line) for line in CATALOGUE.read_text().splitlines()]
    rows = judged(models)
    (HERE / "judged.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    kinds = sorted({row["kind"] for row in rows})
    print(len(rows), "queries:", ", ".join(f"{kind} {sum(row['kind'] == kind for row in rows)}" for kind in kinds))


if __name__ == "__main__":
    main()
