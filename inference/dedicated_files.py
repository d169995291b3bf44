"""What an engine of one's own takes of a release's files, and whether this machine can run it: asked before it starts.

Safetensors or GGUF of an architecture that the engine's own library has; never code, and nothing that unpacks itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import PurePosixPath

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from marketplace.deploying.facts import read_config
from marketplace.files.blobs import Blob
from marketplace.listings.versions import Version

# What transformers 5 has natively and writes text with; a test asks the engines' environment for each.
ARCHITECTURES = frozenset(
    f"{name}ForCausalLM"
    for name in (
        *("Llama", "Mistral", "Qwen2", "Qwen3", "Gemma", "Gemma2", "Gemma3", "Phi", "Phi3", "SmolLM3", "Olmo", "Olmo2"),
        *("StableLm", "Granite", "Starcoder2", "Cohere", "GPTNeoX", "OPT", "Bloom", "Falcon"),
    )
) | {"GPT2LMHeadModel"}
GGUF = frozenset(("llama", "mistral", "qwen2", "qwen3", "gemma2", "gemma3", "phi3", "gpt2", "starcoder2", "stablelm"))
TAKEN = frozenset(
    (
        *("config.json", "generation_config.json", "chat_template.jinja", "tokenizer.json", "tokenizer_config.json"),
        *("special_tokens_map.json", "added_tokens.json", "vocab.json", "merges.txt"),
        "model.safetensors.index.json",
    )
)
OWN_MB = 600  # of Python, torch and the server
MEGABYTE = 1 << 20


class CannotRunError(DomainError):
    """An engine of one's own cannot run this release here."""

    code = "cannot-run-here"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    detail = _("This version has no files that an engine of your own can run.")


@dataclass(frozen=True)
class Plan:
    """What an engine loads: blobs by their names in its folder, and about how much memory that needs, in MiB."""

    files: Mapping[str, Blob]
    architecture: str
    needs_mb: int


def memory_mb() -> int:
    """Return how much memory an engine may have, in MiB."""
    return settings.ENGINE_MEMORY_MB


def plan_of(version: Version) -> Plan:
    """Return what an engine of a version loads. Raises CannotRunError that says what is missing."""
    if version.yanked_at:
        raise CannotRunError(_("Its owner has withdrawn this version, so no engine is started with it."))
    files = {each.path: each.blob for each in version.files.select_related("blob")}
    if not files:
        raise CannotRunError(_("No files of this version are stored here, so there is nothing to run."))
    plan = _safetensors(files) or _gguf(files)
    if plan is None:
        raise CannotRunError(_("Only safetensors with their config.json, or one GGUF file, can be run here."))
    if plan.needs_mb > memory_mb():
        words = _("It needs about %(needs)s MB of memory, and an engine may have %(most)s MB on this machine.")
        raise CannotRunError(words % {"needs": plan.needs_mb, "most": memory_mb()})
    return plan


def _safetensors(files: Mapping[str, Blob]) -> Plan | None:
    weights = {path: blob for path, blob in files.items() if _is_top(path) and path.endswith(".safetensors")}
    if not weights or "config.json" not in files:
        return None
    config = read_config(files["config.json"])
    kinds = config.get("architectures")
    architecture = kinds[0] if isinstance(kinds, list) and kinds else ""
    _check_architecture(architecture, ARCHITECTURES)
    if config.get("quantization_config"):
        raise CannotRunError(_("Its weights are quantised in a way that the engines of this machine do not read."))
    if "tokenizer.json" not in files:
        raise CannotRunError(_("The file tokenizer.json is missing: without it nobody can tell words from tokens."))
    taken = {path: blob for path, blob in files.items() if path in TAKEN} | weights
    # Loaded as bfloat16, tensor by tensor, out of files that are only mapped.
    needs = OWN_MB + sum(blob.size for blob in weights.values()) * 13 // 10 // MEGABYTE
    return Plan(taken, architecture, needs)


def _gguf(files: Mapping[str, Blob]) -> Plan | None:
    found = [(path, blob) for path, blob in files.items() if path.endswith(".gguf")]
    if not found:
        return None
    # Several are the same model in several sizes: the smallest fits best.
    path, blob = min(found, key=lambda each: each[1].size)
    architecture = _gguf_architecture(blob)
    _check_architecture(architecture, GGUF)
    # Unpacked through four bytes a weight, which is up to eight times the file, and kept as two.
    return Plan({PurePosixPath(path).name: blob}, architecture, OWN_MB + blob.size * 11 // MEGABYTE)


def plain_config(blob: Blob) -> bytes:
    """Return a config.json without what would name code of the model's own."""
    said = read_config(blob)
    return json.dumps({name: value for name, value in said.items() if name != "auto_map"}).encode()


def _check_architecture(name: object, known: Iterable[str]) -> None:
    if not isinstance(name, str) or name not in known:
        words = _("The engines of this machine do not know the architecture “%(name)s”; they run none that needs code.")
        raise CannotRunError(words % {"name": str(name)[:60] or "?"})


def _is_top(path: str) -> bool:
    return "/" not in path


def _gguf_architecture(blob: Blob) -> str:
    """Return ``general.architecture`` out of the header, which every writer puts first; empty where it is not there."""
    name, head = b"general.architecture", b""
    with blob.open() as file:
        head = file.read(4096)
    if head[:4] != b"GGUF" or (at := head.find(name)) < 0:
        return ""
    at += len(name)
    kind, length = (int.from_bytes(head[at + start : at + end], "little") for start, end in ((0, 4), (4, 12)))
    text = head[at + 12 : at + 12 + min(length, 64)]
    return text.decode("ascii", "replace") if kind == 8 else ""
