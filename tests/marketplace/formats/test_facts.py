"""What a folder says as a whole, and whether its names and parts fit."""

from __future__ import annotations

import io

import pytest

from marketplace.formats.facts import Facts, read_facts
from marketplace.formats.folder import name_problems, problems, weights_of
from marketplace.formats.reading import read_file
from marketplace.formats.values import FileFacts

from . import made


def folder(**files: bytes) -> dict[str, FileFacts]:
    return {path: read_file(io.BytesIO(content)) for path, content in files.items()}


def test_each_fact_has_the_file_that_says_it() -> None:
    facts = read_facts(
        folder(
            **{
                "README.md": made.README,
                "config.json": made.jsoned(made.CONFIG),
                "model.safetensors": made.safetensors(),
                "tokenizer.json": made.jsoned({"model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "c": 2}}}),
                "LICENSE": b"Apache License\nVersion 2.0, January 2004\n",
            }
        )
    )
    said = {fact: (value, facts.sources[fact]) for fact, value in facts.values.items()}
    assert said["licence"] == ("apache-2.0", "README.md")
    assert said["task"] == ("text-generation", "README.md")
    assert said["architecture"] == ("LlamaForCausalLM", "config.json")
    assert said["context"] == (2048, "config.json")
    assert said["parameters"] == (7, "model.safetensors")
    assert said["weight_bytes"] == (22, "model.safetensors")
    assert said["base_model"] == ("HuggingFaceTB/SmolLM2-135M", "README.md")
    assert said["library"] == ("transformers", "config.json")
    assert facts.disagreements == ()
    assert Facts.from_json(facts.to_json()) == facts


def test_files_that_disagree_are_named() -> None:
    facts = read_facts(
        folder(
            **{
                "README.md": made.README.replace(b"apache-2.0", b"mit").replace(b"text-generation", b"fill-mask"),
                "config.json": made.jsoned({**made.CONFIG, "license": "apache-2.0", "auto_map": {"a": "b.C"}}),
                "LICENSE": b"MIT License\nPermission is hereby granted, free of charge ... without restriction",
            }
        )
    )
    assert {each.fact: each.said for each in facts.disagreements} == {
        "licence": (("README.md", "mit"), ("config.json", "apache-2.0")),
        "task": (("README.md", "fill-mask"), ("config.json", "text-generation")),
    }
    assert facts.needs_code == ("config.json",)


def test_shards_are_counted_together_and_variants_are_not() -> None:
    part = made.safetensors({"a": ("F32", [4], b"\0" * 16)})
    files = folder(
        **{
            "model-00001-of-00002.safetensors": part,
            "model-00002-of-00002.safetensors": part,
            "other.safetensors": made.safetensors({"a": ("F16", [4], b"\0" * 8)}),
        }
    )
    assert weights_of(files, "safetensors") == ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"]
    assert read_facts(files).get("parameters") == 8


def test_gguf_and_stored_formats_say_their_own() -> None:
    facts = read_facts(folder(**{"tiny.gguf": made.gguf()}))
    assert (facts.get("library"), facts.get("licence"), facts.get("quantization")) == ("llama.cpp", "apache-2.0", "F32")
    facts = read_facts(folder(**{"model.onnx": made.onnx()}))
    assert (facts.get("library"), facts.get("parameters"), facts.get("opset")) == ("onnxruntime", 6, {"ai.onnx": 17})
    facts = read_facts(folder(**{"A.mlpackage/Data/m.mlmodel": made.coreml()}))
    assert facts.sources["library"] == "A.mlpackage"
    facts = read_facts(folder(**{"modules.json": b"[]", "config.json": made.jsoned({"architectures": ["BertModel"]})}))
    assert (facts.get("library"), facts.get("task")) == ("sentence-transformers", "sentence-similarity")


@pytest.mark.parametrize(
    ("path", "kind", "code"),
    [
        ("model.safetensors", "safetensors", ""),
        ("model.safetensors", "gguf", "name"),
        ("weights.dat", "safetensors", "name"),
        ("config.json", "text", "name"),
        ("model.bin", "json", "name"),
        ("A.mlpackage/Data/w/weight.bin", "coreml-weights", ""),
        (".env", "text", "secret-name"),
        ("keys/id_rsa", "text", "secret-name"),
        ("run.bat", "text", "program-name"),
        ("vocab.txt", "text", ""),
        ("modeling.py", "text", ""),
    ],
)
def test_names_promise_what_files_hold(path: str, kind: str, code: str) -> None:
    found = name_problems(path, kind)
    assert [note.code for note in found] == ([code] if code else [])
    assert all(path in str(note) for note in found)


def test_parts_that_are_missing_are_named() -> None:
    part = made.safetensors({"a": ("F32", [4], b"\0" * 16)})
    files = folder(**{"model-00001-of-00003.safetensors": part})
    assert [str(note) for note in problems(files, files)] == [
        "2 of 3 parts are missing, the first is model-00002-of-00003.safetensors."
    ]
    index = {"metadata": {"total_size": 16}, "weight_map": {"a": "one.safetensors", "b": "two.safetensors"}}
    files = folder(**{"model.safetensors.index.json": made.jsoned(index), "one.safetensors": part})
    assert "names two.safetensors, which is not there" in str(problems(files, files)[0])
    index["weight_map"] = {"a": "one.safetensors", "b": "one.safetensors"}
    files = folder(**{"model.safetensors.index.json": made.jsoned(index), "one.safetensors": part})
    assert "says otherwise what is in one.safetensors" in str(problems(files, files)[0])
