"""Commands: made of facts, only where they fit, and tried where this machine can."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

import pytest

from marketplace.deploying.commands import commands_for
from marketplace.deploying.facts import ReleaseFacts, what_is
from stack import engine
from tests.factories.tiny_model import tiny_model

TINY = frozenset(tiny_model())


def facts(*paths: str, **said: object) -> ReleaseFacts:
    made = {"folder": "chat", "name": "corner/chat", "paths": frozenset(paths), **said}
    return ReleaseFacts(**made)  # type: ignore[arg-type]


def tools(found: ReleaseFacts) -> list[str]:
    return [each.tool for each in commands_for(found)]


def test_each_is_shown_only_where_it_fits() -> None:
    llama = {"architecture": "LlamaForCausalLM", "dtype": "bfloat16", "context": 8192}
    assert tools(facts(*TINY, **llama)) == ["transformers", "vLLM", "Docker"]
    assert tools(facts("x.gguf", gguf="x.gguf", context=2048)) == ["llama.cpp", "Docker"]
    assert tools(facts("m.mlpackage/Manifest.json", coreml="m.mlpackage")) == ["Core ML"]
    assert tools(facts("m.onnx", onnx="m.onnx")) == ["ONNX Runtime"]
    assert tools(facts("config.json", "model.safetensors", "modules.json", architecture="BertModel")) == [
        "Sentence Transformers"
    ]
    assert tools(facts("README.md")) == []
    [only] = commands_for(facts("config.json", "model.safetensors", architecture="BertForSequenceClassification"))
    assert "AutoModelForSequenceClassification" in only.text
    assert "AutoTokenizer" not in only.text


def test_what_strangers_have_written_stays_quoted() -> None:
    nasty = "a'; rm -rf ~ #.gguf"
    found = commands_for(facts(nasty, gguf=nasty, context=64, name="corner/$(id)"))
    words = shlex.split(found[0].text)
    assert words[:3] == ["llama-server", "-m", f"./chat/{nasty}"]
    assert "corner/$(id)" in words
    assert f"/model/{nasty}" in shlex.split(found[1].text)
    [code] = commands_for(facts('x".onnx', onnx='x".onnx'))
    compile(code.text, "code", "exec")


def test_a_long_context_is_not_asked_for_whole() -> None:
    vllm = commands_for(facts(*TINY, architecture="LlamaForCausalLM", context=10**6))[1]
    assert vllm.text.endswith("--max-model-len 32768")


@pytest.mark.long(60)
def test_the_lines_for_transformers_run(tmp_path: Path) -> None:
    """Those of the other tools need what this machine has not: a GPU, a Mac, or programs of their own."""
    engine.ensure()
    for path, data in tiny_model().items():
        (tmp_path / "chat" / path).parent.mkdir(exist_ok=True)
        (tmp_path / "chat" / path).write_bytes(data)
    code = commands_for(facts(*TINY, architecture="LlamaForCausalLM", dtype="float32", context=256))[0].text
    ran = subprocess.run(
        [engine.PYTHON, "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=600,
        env={"PATH": "/usr/bin", "HF_HUB_OFFLINE": "1"},
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    assert ran.stdout.startswith("Hello")


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("config.json", "Configuration"),
        ("a/b.safetensors", "Weights (safetensors)"),
        ("m.mlpackage/Data/weight.bin", "Part of a Core ML package (download only)"),
        ("LICENSE", "Licence"),
        ("odd", "File"),
    ],
)
def test_each_file_says_what_it_is(path: str, words: str) -> None:
    assert str(what_is(path)) == words
