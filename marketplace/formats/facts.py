"""What a folder says: the facts of its files put together, each with the file that says it, and where they disagree."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from . import coreml, gguf, jsons, onnx, safetensors
from .folder import inside_package, weights_of
from .values import FileFacts

# By the end of an architecture's name, as transformers call them.
TASKS = {
    "ForCausalLM": "text-generation",
    "LMHeadModel": "text-generation",
    "ForSequenceClassification": "text-classification",
    "ForTokenClassification": "token-classification",
    "ForQuestionAnswering": "question-answering",
    "ForMaskedLM": "fill-mask",
    "ForImageClassification": "image-classification",
    "ForObjectDetection": "object-detection",
    "ForCTC": "automatic-speech-recognition",
    "ForAudioClassification": "audio-classification",
}
WHOLE = {"WhisperForConditionalGeneration": "automatic-speech-recognition", "MarianMTModel": "translation"}
SENTENCES = ("modules.json", "config_sentence_transformers.json")
TEXT_FACTS = {  # of a README's front matter
    "license": "licence",
    "license_name": "license_name",
    "license_link": "license_link",
    "pipeline_tag": "task",
    "library_name": "library",
    "base_model_relation": "base_model_relation",
    "model_name": "model_name",
}
LIST_FACTS = {"language": "languages", "tags": "tags", "datasets": "datasets", "base_model": "base_models"}
COMPARED = ("licence", "task", "parameters", "context", "embedding_dim", "vocabulary", "base_model")
CONTEXTS = ("sentence_bert_config.json", "config.json", "tokenizer_config.json")


@dataclass(frozen=True)
class Said:
    """One statement of one file."""

    fact: str
    value: Any
    path: str


@dataclass(frozen=True)
class Disagreement:
    """A fact of which files say different things, each with its path."""

    fact: str
    said: tuple[tuple[str, Any], ...]


@dataclass(frozen=True)
class Facts:
    """What a folder says, by fact; which file says it; where files disagree; which of them need code to be loaded."""

    values: dict[str, Any] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    disagreements: tuple[Disagreement, ...] = ()
    needs_code: tuple[str, ...] = ()

    def get(self, fact: str, default: Any = None) -> Any:
        """Return a fact; the default where no file says it."""
        return self.values.get(fact, default)

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON's own kinds of values."""
        told = [{"fact": each.fact, "said": [list(pair) for pair in each.said]} for each in self.disagreements]
        code = list(self.needs_code)
        return {"values": self.values, "sources": self.sources, "disagreements": told, "needs_code": code}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Facts:
        """Return what ``to_json`` was given."""
        told = (
            Disagreement(each["fact"], tuple((path, said) for path, said in each["said"]))
            for each in value["disagreements"]
        )
        return cls(dict(value["values"]), dict(value["sources"]), tuple(told), tuple(value["needs_code"]))


def read_facts(files: Mapping[str, FileFacts]) -> Facts:
    """Return what files say together, by their paths in the folder. What stands first in a list of sources counts."""
    said = [each for each in (*_readme(files), *_configs(files), *_weights(files), *_licences(files)) if each.value]
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    for each in said:
        if each.fact not in values:
            values[each.fact], sources[each.fact] = each.value, each.path
    if "library" not in values and (library := _library(files)):
        values["library"], sources["library"] = library
    code = tuple(path for path, facts in files.items() if any(note.code == "code" for note in facts.notes))
    return Facts(values, sources, tuple(_disagreements(said)), code)


def _disagreements(said: list[Said]) -> Iterable[Disagreement]:
    for fact in COMPARED:
        told: dict[str, tuple[str, Any]] = {}
        for each in said:
            if each.fact == fact:
                told.setdefault(str(each.value).lower(), (each.path, each.value))
        if len(told) > 1 and not _is_near(fact, [value for _path, value in told.values()]):
            yield Disagreement(fact, tuple(told.values()))


def _is_near(fact: str, values: list[Any]) -> bool:
    """Say whether numbers differ by no more than padding does; how much is read may always be set below what it can."""
    if fact == "context":
        return True
    if fact not in ("parameters", "vocabulary"):
        return False
    numbers = [value for value in values if isinstance(value, int)]
    return len(numbers) == len(values) and max(numbers) <= min(numbers) * 1.05


def _readme(files: Mapping[str, FileFacts]) -> Iterable[Said]:
    """Yield what the README's front matter says, in the words of the hub that invented it."""
    for path, facts in files.items():
        front = facts.says.get("front")
        if not front or PurePosixPath(path).name.lower() not in ("readme.md", "model_card.md"):
            continue
        for key, fact in TEXT_FACTS.items():
            value = front.get(key)
            if isinstance(value, str):
                yield Said(fact, value.strip().lower() if fact in ("licence", "task") else value.strip(), path)
        for key, fact in LIST_FACTS.items():
            value = front.get(key)
            listed = [value] if isinstance(value, str) and value else value if isinstance(value, list) else []
            yield Said(fact, listed, path)
            if fact == "base_models" and listed:
                yield Said("base_model", listed[0], path)


def _configs(files: Mapping[str, FileFacts]) -> Iterable[Said]:
    """Yield what configurations say, of those at the top of the folder."""
    top = {path: facts.says for path, facts in files.items() if facts.kind == jsons.KIND and "/" not in path}
    config = top.get("config.json", {})
    for name in config.get("architectures", ())[:1]:
        yield Said("architecture", name, "config.json")
        yield Said("task", _task(name, set(files)), "config.json")
    for key, fact in (("model_type", "family"), ("license", "licence"), ("quantization", "quantization")):
        yield Said(fact, config.get(key), "config.json")
    yield Said("dtype", config.get("torch_dtype"), "config.json")
    for fact in ("embedding_dim", "vocabulary", "layers"):
        yield Said(fact, config.get(fact), "config.json")
    for path in CONTEXTS:
        says = top.get(path, {})
        yield Said("context", says.get("context") or says.get("model_max_length"), path)
    tokenizer = top.get("tokenizer.json", {})
    if tokenizer.get("words"):
        yield Said("tokenizer", tokenizer["tokenizer"], "tokenizer.json")
        if "vocabulary" not in config:
            yield Said("vocabulary", tokenizer["words"], "tokenizer.json")


def _task(architecture: str, paths: set[str]) -> str:
    if architecture in WHOLE:
        return WHOLE[architecture]
    if paths & set(SENTENCES):
        return "sentence-similarity"
    if found := next((task for end, task in TASKS.items() if architecture.endswith(end)), ""):
        return found
    return "feature-extraction" if architecture.endswith("Model") else ""


def _weights(files: Mapping[str, FileFacts]) -> Iterable[Said]:
    """Yield what the files with the numbers say: of those in shards together, of variants the largest."""
    for kind in (safetensors.KIND, gguf.KIND, onnx.KIND, coreml.KIND):
        group = weights_of(files, kind)
        if not group:
            continue
        path, parts = group[0], [files[each].says for each in group]
        yield Said("format", kind, path)
        if all("parameters" in each for each in parts):
            yield Said("parameters", sum(each["parameters"] for each in parts), path)
        dtypes: dict[str, int] = {}
        for each in parts:
            for dtype, size in each.get("dtypes", {}).items():
                dtypes[dtype] = dtypes.get(dtype, 0) + size
        yield Said("dtypes", dtypes, path)
        yield Said("weight_bytes", sum(each.get("bytes", 0) for each in parts) or sum(dtypes.values()), path)
        for fact in ("context", "embedding_dim", "vocabulary", "architecture", "quantization", "inputs", "outputs"):
            yield Said(fact, parts[0].get(fact), path)
        licence = parts[0].get("license") or parts[0].get("metadata", {}).get("license")
        yield Said("licence", str(licence or "").lower(), path)
        yield Said("model_name", parts[0].get("model_name"), path)
        yield Said("base_model", _repository(str(parts[0].get("base_model", ""))), path)
        yield Said("opset", parts[0].get("opset"), path)


def _repository(address: str) -> str:
    found = re.fullmatch(r"(?:https?://[\w.-]+/)?([\w.-]+/[\w.-]+)", address)
    return found[1] if found else ""


def _licences(files: Mapping[str, FileFacts]) -> Iterable[Said]:
    for path, facts in files.items():
        name = PurePosixPath(path).name.lower()
        if "/" not in path and name.startswith(("license", "licence", "copying")):
            yield Said("licence", facts.says.get("licence_text"), path)


def _library(files: Mapping[str, FileFacts]) -> tuple[str, str] | None:
    """Return which library loads the folder, and the file that tells it."""
    for path in SENTENCES:
        if path in files:
            return "sentence-transformers", path
    if "model_index.json" in files:
        return "diffusers", "model_index.json"
    config = files.get("config.json")
    if config and (config.says.get("architectures") or config.says.get("model_type")):
        return "transformers", "config.json"
    for kind, library in ((gguf.KIND, "llama.cpp"), (onnx.KIND, "onnxruntime"), (coreml.KIND, "coreml")):
        if group := weights_of(files, kind):
            return library, inside_package(group[0]) or group[0]
    return None
