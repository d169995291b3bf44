"""Small real files of each format, written from their specifications and not by the code that reads them."""

from __future__ import annotations

import json
import struct
from typing import Any


def safetensors(
    tensors: dict[str, tuple[str, list[int], bytes]] | None = None, meta: dict[str, str] | None = None
) -> bytes:
    """Return a file that holds tensors: kind of number, shape and bytes, by name."""
    given = tensors or {"a": ("F32", [2, 2], b"\0" * 16), "b": ("F16", [3], b"\1" * 6)}
    header: dict[str, Any] = {"__metadata__": meta} if meta else {}
    place, body = 0, b""
    for name, (dtype, shape, content) in given.items():
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [place, place + len(content)]}
        place, body = place + len(content), body + content
    return headed(header, body)


def headed(header: Any, body: bytes = b"", *, length: int | None = None) -> bytes:
    """Return a safetensors file with a header, which may say anything, and a length that may be another."""
    content = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(content) if length is None else length) + content + body


def text(content: str | bytes) -> bytes:
    """Return a string as GGUF has it."""
    encoded = content.encode() if isinstance(content, str) else content
    return struct.pack("<Q", len(encoded)) + encoded


def pair(key: str, kind: int, value: bytes) -> bytes:
    """Return a key and its value as GGUF has them."""
    return text(key) + struct.pack("<I", kind) + value


def words(*each: str) -> bytes:
    """Return the value of a list of strings."""
    return struct.pack("<IQ", 8, len(each)) + b"".join(map(text, each))


GGUF_PAIRS = (
    pair("general.architecture", 8, text("llama")),
    pair("general.name", 8, text("Tiny")),
    pair("general.license", 8, text("apache-2.0")),
    pair("general.file_type", 4, struct.pack("<I", 0)),
    pair("llama.context_length", 4, struct.pack("<I", 2048)),
    pair("llama.embedding_length", 4, struct.pack("<I", 64)),
    pair("tokenizer.ggml.tokens", 9, words("<s>", "a", "b")),
)


def gguf_tensor(name: str, shape: list[int], kind: int, offset: int) -> bytes:
    """Return what GGUF says of a tensor before its bytes."""
    sides = struct.pack(f"<{len(shape)}Q", *shape)
    return text(name) + struct.pack("<I", len(shape)) + sides + struct.pack("<IQ", kind, offset)


def gguf(
    pairs: tuple[bytes, ...] = GGUF_PAIRS,
    infos: tuple[bytes, ...] | None = None,
    body: bytes | None = None,
    *,
    version: int = 3,
    counts: tuple[int, int] | None = None,
    alignment: int = 32,
) -> bytes:
    """Return a file of two tensors of 32 numbers, or of what is given."""
    infos = (gguf_tensor("t", [32], 0, 0), gguf_tensor("u", [32], 0, 128)) if infos is None else infos
    body = b"\0" * 256 if body is None else body
    tensors, keys = counts or (len(infos), len(pairs))
    head = b"GGUF" + struct.pack("<IQQ", version, tensors, keys) + b"".join(pairs) + b"".join(infos)
    return head + b"\0" * (-len(head) % alignment) + body


def varint(value: int) -> bytes:
    """Return a number as Protocol Buffers write it."""
    made = b""
    while value > 0x7F:
        made, value = made + bytes([value & 0x7F | 0x80]), value >> 7
    return made + bytes([value])


def field(number: int, value: int | bytes | str) -> bytes:
    """Return a field of Protocol Buffers: a number, or bytes with their length."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    content = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(content)) + content


def onnx(*, operators: tuple[str, ...] = ("MatMul", "Add"), external: bool = False) -> bytes:
    """Return a model with two operators, an input, an output and six weights."""
    shape = field(1, field(1, 2)) + field(1, field(2, "batch"))
    value = field(2, field(1, field(1, 1) + field(2, shape)))
    weights = field(1, 2) + field(1, 3) + field(2, 1) + field(8, "w") + field(9, b"\0" * 24)
    weights += field(14, 1) if external else b""
    nodes = b"".join(field(1, field(1, "x") + field(2, "y") + field(4, name)) for name in operators)
    graph = nodes + field(2, "g") + field(5, weights)
    graph += field(11, field(1, "x") + value) + field(11, field(1, "w")) + field(12, field(1, "y") + value)
    return field(1, 8) + field(2, "test") + field(7, graph) + field(8, field(1, "") + field(2, 17))


def coreml() -> bytes:
    """Return a model that is a program, with an input, an output and its author."""
    feature = field(3, field(5, field(2, 65568)))
    metadata = field(100, field(1, "Says the class") + field(3, "Somebody") + field(4, "MIT"))
    description = field(1, field(1, "picture") + feature) + field(10, field(1, "class") + feature) + metadata
    return field(1, 7) + field(2, description) + field(502, field(1, 1))


def coreml_weights() -> bytes:
    """Return the file of a program's numbers."""
    return struct.pack("<II", 1, 2) + b"\0" * 56 + struct.pack("<IIQQ", 0xDEADBEEF, 1, 8, 128) + b"\0" * 48


CONFIG = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "hidden_size": 64,
    "max_position_embeddings": 2048,
    "vocab_size": 3,
    "torch_dtype": "float32",
}
README = b"""---
license: apache-2.0
language: [en, de]
base_model: HuggingFaceTB/SmolLM2-135M
pipeline_tag: text-generation
tags:
- tiny
datasets: [s2orc]
---
# Tiny

It answers in short sentences.
"""


def jsoned(value: Any) -> bytes:
    """Return a value as JSON."""
    return json.dumps(value).encode()
