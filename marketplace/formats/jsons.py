"""JSON of a model's folder: the whole of a small file, an outline of a large one, and what its keys say."""

from __future__ import annotations

import json
import re
from typing import Any

from common import strict_json

from .errors import LIMIT, FormatError
from .errors import marked as _
from .values import FileFacts, Note

KIND = "json"
MOST_WHOLE = 4 * 2**20
MOST_OUTLINED = 64 * 2**20
DEEPEST = 64
MOST_KEPT = 2_000  # entries of one object whose values an outline keeps
MOST_TEXT = 400
MOST_TENSORS = 200_000
BLANK = b" \t\r\n"
_TOKEN = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\],:]|[^\s"{}\[\],:]+', re.DOTALL)
# What configurations of transformers and its like call the same thing.
NUMBERS = {
    "embedding_dim": ("hidden_size", "d_model", "n_embd", "dim", "embedding_dim", "hidden_dim"),
    "context": (
        "max_position_embeddings",
        "n_positions",
        "n_ctx",
        "max_sequence_length",
        "max_seq_length",
        "seq_length",
    ),
    "vocabulary": ("vocab_size", "vocabulary_size"),
    "layers": ("num_hidden_layers", "n_layer", "num_layers"),
}
TEXTS = ("model_type", "library_name", "_class_name", "tokenizer_class", "license", "_diffusers_version", "model_name")


def read(content: bytes) -> FileFacts:
    """Return what an object of JSON says; raises FormatError where it is not well formed, or says something twice."""
    if len(content) > MOST_OUTLINED:
        raise FormatError(_("It is larger than any JSON that is read: at most 64 MiB."), code=LIMIT, kind=KIND)
    value = _whole(content) if len(content) <= MOST_WHOLE else _Outline(content).value()
    said = _said(value) if isinstance(value, dict) else {"count": len(value) if isinstance(value, list) else 1}
    notes = []
    if isinstance(value, dict) and _needs_code(value):
        notes.append(Note("code", _("It names Python code that has to be loaded with the model (auto_map).")))
    return FileFacts(KIND, said, tuple(notes))


def _whole(content: bytes) -> Any:
    try:
        return strict_json.loads(content.decode())
    except ValueError as error:
        raise FormatError(_("It is no valid JSON, or says something twice."), kind=KIND) from error


class _Outline:
    """Reads JSON from token to token: objects near the top as they are, everything below as a count of its entries."""

    def __init__(self, content: bytes) -> None:
        self.tokens = (found[0] for found in _TOKEN.finditer(content))

    def value(self) -> Any:
        """Return the outline of the whole."""
        try:
            value = self._value(next(self.tokens), 0)
        except StopIteration:
            raise self._broken() from None
        if next(self.tokens, None) is not None:
            raise self._broken()
        return value

    def _value(self, token: bytes, depth: int) -> Any:
        if depth > DEEPEST:
            raise FormatError(_("It is nested too deeply."), code=LIMIT, kind=KIND)
        if token == b"{":
            return self._object(depth)
        if token == b"[":
            return self._list(depth)
        # Below the top only counts are kept, and a text of any length would be built for nothing.
        return self._plain(token) if depth <= 3 else None

    def _object(self, depth: int) -> dict[str, Any]:
        kept: dict[str, Any] = {}
        count, token = 0, next(self.tokens)
        while token != b"}":
            if count and (token != b"," or (token := next(self.tokens)) == b"}"):
                raise self._broken()
            if token[:1] != b'"' or next(self.tokens) != b":":
                raise self._broken()
            value = self._value(next(self.tokens), depth + 1)
            count += 1
            if count <= MOST_KEPT and depth <= 2:
                key = str(self._plain(token))
                if key in kept:
                    raise self._broken()
                kept[key] = value
            token = next(self.tokens)
        return kept if count <= MOST_KEPT else {"": count}

    def _list(self, depth: int) -> dict[str, int]:
        count, token = 0, next(self.tokens)
        while token != b"]":
            if count and (token != b"," or (token := next(self.tokens)) == b"]"):
                raise self._broken()
            self._value(token, max(depth + 1, 4))
            count += 1
            token = next(self.tokens)
        return {"": count}

    def _plain(self, token: bytes) -> Any:
        try:
            return strict_json.loads(token[:MOST_WHOLE].decode())
        except ValueError:
            raise self._broken() from None

    def _broken(self) -> FormatError:
        return FormatError(_("It is no valid JSON, or says something twice."), kind=KIND)


def _said(value: dict[str, Any]) -> dict[str, Any]:
    """Return what is wanted of an object, whatever file it is."""
    said: dict[str, Any] = {"keys": sorted(str(key)[:80] for key in value)[:100]}
    nested = [
        value[key] for key in ("text_config", "llm_config", "language_config") if isinstance(value.get(key), dict)
    ]
    for name, keys in NUMBERS.items():
        found = [each[key] for each in (value, *nested) for key in keys if _is_count(each.get(key))]
        if found:
            said[name] = found[0]
    said |= {key: value[key][:MOST_TEXT] for key in TEXTS if isinstance(value.get(key), str)}
    if architectures := _texts(value.get("architectures")):
        said["architectures"] = architectures
    if isinstance(dtype := value.get("torch_dtype", value.get("dtype")), str):
        said["torch_dtype"] = dtype[:40]
    if isinstance(quantised := value.get("quantization_config"), dict) and isinstance(
        quantised.get("quant_method"), str
    ):
        said["quantization"] = quantised["quant_method"][:40]
    if _is_count(value.get("model_max_length")) and value["model_max_length"] < 10**9:
        said["model_max_length"] = value["model_max_length"]
    said |= _index(value) | _tokenizer(value) | _package(value)
    return said


def _index(value: dict[str, Any]) -> dict[str, Any]:
    """Return the shards that an index names: which tensors lie where."""
    of = value.get("weight_map")
    if not isinstance(of, dict) or len(of) > MOST_TENSORS or not all(isinstance(each, str) for each in of.values()):
        return {}
    meta = value.get("metadata")
    total = meta.get("total_size") if isinstance(meta, dict) else None
    counts: dict[str, int] = {}
    for file in of.values():
        counts[file[:255]] = counts.get(file[:255], 0) + 1
    return {"shards": counts, "total_size": total if _is_count(total) else None}


def _tokenizer(value: dict[str, Any]) -> dict[str, Any]:
    """Return how many words a tokenizer knows: of its model, and those that were added."""
    model = value.get("model")
    if not isinstance(model, dict) or "vocab" not in model:
        return {}
    return {
        "tokenizer": str(model.get("type", ""))[:40],
        "words": _size(model["vocab"]),
        "added": _size(value.get("added_tokens")),
    }


def _size(value: Any) -> int:
    if isinstance(value, dict) and list(value) == [""]:
        return int(value[""])
    return len(value) if isinstance(value, (dict, list)) else 0


def _package(value: dict[str, Any]) -> dict[str, Any]:
    """Return the parts of an ``.mlpackage``, as its Manifest.json lists them."""
    entries, root = value.get("itemInfoEntries"), value.get("rootModelIdentifier")
    if not isinstance(entries, dict) or not isinstance(root, str):
        return {}
    paths = {str(key)[:80]: each.get("path") for key, each in list(entries.items())[:100] if isinstance(each, dict)}
    named = {key: path[:255] for key, path in paths.items() if isinstance(path, str)}
    return {"package": sorted(named.values()), "root": named.get(root, "")}


def _needs_code(value: dict[str, Any]) -> bool:
    return bool(value.get("auto_map")) or bool(value.get("custom_pipelines"))


def _is_count(value: Any) -> bool:
    return type(value) is int and 0 < value < 2**62


def _texts(value: Any) -> list[str]:
    found = [value] if isinstance(value, str) else value if isinstance(value, list) else []
    return [each[:120] for each in found[:20] if isinstance(each, str)]


def is_lines(content: bytes) -> bool:
    """Say whether a text holds one JSON value a line."""
    first = content.split(b"\n", 1)[0]
    try:
        json.loads(first)
    except (ValueError, RecursionError):
        return False
    return len(first) < len(content.rstrip())
