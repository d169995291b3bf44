"""What is known of a release's files for whoever wants to run them: read out of the files, or by their names."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from marketplace.checks.finding import facts_of
from marketplace.files.blobs import Blob
from marketplace.listings.models import Listing
from marketplace.listings.versions import Version, VersionFile

MOST_CONFIG = 1 << 20  # bytes
MOST_CONTEXT = 10**7  # tokens
DTYPES = ("bfloat16", "float16", "float32")

NAMED: dict[str, StrOrPromise] = {
    "config.json": _("Configuration"),
    "generation_config.json": _("Sampling that its makers advise"),
    "modules.json": _("Parts of a sentence model"),
    "chat_template.jinja": _("Form of a conversation"),
    "tokenizer.json": _("Tokenizer"),
    "tokenizer_config.json": _("Tokenizer’s settings"),
    "special_tokens_map.json": _("Tokenizer’s settings"),
    "vocab.json": _("Vocabulary"),
    "vocab.txt": _("Vocabulary"),
    "merges.txt": _("Vocabulary"),
    "citrate.toml": _("Manifest"),
}
ENDINGS: dict[str, StrOrPromise] = {
    ".safetensors": _("Weights (safetensors)"),
    ".gguf": _("Weights (GGUF)"),
    ".onnx": _("Model (ONNX, download only)"),
    ".md": _("Description"),
    ".txt": _("Text"),
    ".json": _("Data (JSON)"),
    ".jinja": _("Template"),
}


@dataclass(frozen=True)
class ReleaseFacts:
    """What commands are made of; empty or None where nobody knows. ``weights`` are paths."""

    folder: str
    name: str
    paths: frozenset[str]
    architecture: str = ""
    dtype: str = ""
    context: int | None = None
    licence: str = ""
    gguf: str = ""
    onnx: str = ""
    coreml: str = ""

    @property
    def has_safetensors(self) -> bool:
        """Whether there are safetensors with the configuration that says how to read them."""
        return "config.json" in self.paths and any(_top(path, ".safetensors") for path in self.paths)

    @property
    def has_tokenizer(self) -> bool:
        """Whether words can be told from tokens."""
        return bool(self.paths & {"tokenizer.json", "tokenizer.model", "vocab.json", "vocab.txt"})

    @property
    def is_of_sentences(self) -> bool:
        """Whether it is a folder of Sentence Transformers."""
        return "modules.json" in self.paths


def read_release(listing: Listing, version: Version, files: Sequence[VersionFile]) -> ReleaseFacts:
    """Return the facts of a release: of what the checks have read, else of its config.json, else of its listing."""
    said, config = facts_of(f"version:{version.key}"), _config_of(files)
    kinds = config.get("architectures")
    first = kinds[0] if isinstance(kinds, list) and kinds and isinstance(kinds[0], str) else ""
    dtype = str(config.get("dtype") or config.get("torch_dtype") or "")
    context = said.get("context") or config.get("max_position_embeddings") or listing.max_tokens
    paths = frozenset(each.path for each in files)
    return ReleaseFacts(
        folder=listing.model_name,
        name=listing.name,
        paths=paths,
        architecture=str(said.get("architecture") or first)[:80],
        dtype=dtype if dtype in DTYPES else "",
        context=context if isinstance(context, int) and 0 < context <= MOST_CONTEXT else None,
        licence=listing.license,
        gguf=_first(files, ".gguf"),
        onnx=_first(files, ".onnx"),
        coreml=_package(paths),
    )


def read_config(blob: Blob) -> dict[str, Any]:
    """Return what a config.json says; {} where it says nothing that can be read."""
    if blob.size > MOST_CONFIG:
        return {}
    with blob.open() as file:
        try:
            said = json.loads(file.read(MOST_CONFIG))
        except (ValueError, RecursionError):
            return {}
    return said if isinstance(said, dict) else {}


def what_is(path: str) -> StrOrPromise:
    """Return what a file is, in words."""
    pure = PurePosixPath(path)
    if any(part.endswith(".mlpackage") for part in pure.parts):
        return _("Part of a Core ML package (download only)")
    if pure.name.upper().startswith(("LICENSE", "LICENCE", "NOTICE", "COPYING")):
        return _("Licence")
    return NAMED.get(pure.name) or ENDINGS.get(pure.suffix.lower()) or _("File")


def _config_of(files: Sequence[VersionFile]) -> dict[str, Any]:
    found = next((each for each in files if each.path == "config.json"), None)
    try:
        return read_config(found.blob) if found else {}
    except OSError:
        return {}  # its bytes are on their way


def _first(files: Sequence[VersionFile], ending: str) -> str:
    found = [each for each in files if each.path.lower().endswith(ending)]
    # The smallest of several runs on most machines.
    return min(found, key=lambda each: each.blob.size).path if found else ""


def _package(paths: frozenset[str]) -> str:
    for path in sorted(paths):
        parts = PurePosixPath(path).parts
        for place, part in enumerate(parts):
            if part.endswith(".mlpackage"):
                return "/".join(parts[: place + 1])
    return ""


def _top(path: str, ending: str) -> bool:
    return "/" not in path and path.endswith(ending)
