"""Commands that run a release on one's own machine: made of its real facts, and only those that fit.

Names are what strangers have written: they reach a shell quoted, and Python as literals.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from .facts import ReleaseFacts

WRITES = ("ForCausalLM", "LMHeadModel")
CLASSES = {
    "ForCausalLM": "AutoModelForCausalLM",
    "LMHeadModel": "AutoModelForCausalLM",
    "ForSequenceClassification": "AutoModelForSequenceClassification",
    "ForTokenClassification": "AutoModelForTokenClassification",
    "ForQuestionAnswering": "AutoModelForQuestionAnswering",
    "ForMaskedLM": "AutoModelForMaskedLM",
    "ForConditionalGeneration": "AutoModelForSeq2SeqLM",
}
MOST_TOKENS = 32_768  # of a context that a command asks for: all of a long one fills a common machine's memory


@dataclass(frozen=True)
class Command:
    """One way to run it: the tool, what to have before, the text to copy, and what to know."""

    tool: str
    install: str
    text: str
    note: str = ""


def commands_for(facts: ReleaseFacts) -> list[Command]:
    """Return the commands that fit a release, those of a folder that was downloaded beside."""
    return [made for make in WAYS for made in make(facts)]


def _folder(facts: ReleaseFacts) -> str:
    return f"./{facts.folder}"


def _context(facts: ReleaseFacts) -> int | None:
    return min(facts.context, MOST_TOKENS) if facts.context else None


def _writes(facts: ReleaseFacts) -> bool:
    return facts.has_safetensors and facts.has_tokenizer and facts.architecture.endswith(WRITES)


def _transformers(facts: ReleaseFacts) -> Iterator[Command]:
    if not facts.has_safetensors or facts.is_of_sentences:
        return
    kind = next((name for ending, name in CLASSES.items() if facts.architecture.endswith(ending)), "AutoModel")
    folder, dtype = json.dumps(_folder(facts)), f', dtype="{facts.dtype}"' if facts.dtype else ""
    lines = [f"from transformers import {kind}{', AutoTokenizer' if facts.has_tokenizer else ''}", ""]
    lines.append(f"model = {kind}.from_pretrained({folder}{dtype})")
    if facts.has_tokenizer:
        lines.append(f"tokenizer = AutoTokenizer.from_pretrained({folder})")
    if kind == "AutoModelForCausalLM" and facts.has_tokenizer:
        lines.append('inputs = tokenizer("Hello", return_tensors="pt")')
        lines.append("print(tokenizer.decode(model.generate(**inputs, max_new_tokens=20)[0]))")
    yield Command("transformers", "pip install transformers torch", "\n".join(lines) + "\n")


def _sentences(facts: ReleaseFacts) -> Iterator[Command]:
    if facts.has_safetensors and facts.is_of_sentences:
        folder = json.dumps(_folder(facts))
        code = (
            "from sentence_transformers import SentenceTransformer\n\n"
            f'model = SentenceTransformer({folder})\nprint(model.encode(["a sentence", "another one"]).shape)\n'
        )
        yield Command("Sentence Transformers", "pip install sentence-transformers", code)


def _vllm_words(facts: ReleaseFacts) -> list[str]:
    words = ["--served-model-name", facts.name]
    words += ["--dtype", facts.dtype] if facts.dtype else []
    context = _context(facts)
    return words + (["--max-model-len", str(context)] if context else [])


def _vllm(facts: ReleaseFacts) -> Iterator[Command]:
    if _writes(facts):
        yield Command("vLLM", "pip install vllm", shlex.join(["vllm", "serve", _folder(facts), *_vllm_words(facts)]))


def _llama_cpp(facts: ReleaseFacts) -> Iterator[Command]:
    if not facts.gguf:
        return
    words = ["llama-server", "-m", f"{_folder(facts)}/{facts.gguf}", "--alias", facts.name, "--port", "8080"]
    context = _context(facts)
    yield Command("llama.cpp", "brew install llama.cpp", shlex.join(words + (["-c", str(context)] if context else [])))


def _docker(facts: ReleaseFacts) -> Iterator[Command]:
    mount = f'-v "$PWD"/{shlex.quote(facts.folder)}:/model:ro'
    if _writes(facts):
        run = f"docker run --rm --gpus all --ipc=host -p 8000:8000 {mount} vllm/vllm-openai --model /model"
        yield Command("Docker", "", f"{run} {shlex.join(_vllm_words(facts))}", _("vLLM, on a machine with a GPU."))
    if facts.gguf:
        image = "ghcr.io/ggml-org/llama.cpp:server"
        words = ["-m", f"/model/{facts.gguf}", "--host", "0.0.0.0", "--port", "8080"]  # noqa: S104  in the container
        context = _context(facts)
        words += ["-c", str(context)] if context else []
        run = f"docker run --rm -p 127.0.0.1:8080:8080 {mount} {image} {shlex.join(words)}"
        yield Command("Docker", "", run, _("llama.cpp, on the processor."))


def _core_ml(facts: ReleaseFacts) -> Iterator[Command]:
    if facts.coreml:
        path = json.dumps(f"{_folder(facts)}/{facts.coreml}")
        code = f"import coremltools as ct\n\nmodel = ct.models.MLModel({path})\nprint(model.get_spec().description)\n"
        note = _("On a Mac. In Xcode, drag the package into the project instead.")
        yield Command("Core ML", "pip install coremltools", code, note)


def _onnx(facts: ReleaseFacts) -> Iterator[Command]:
    if facts.onnx:
        path = json.dumps(f"{_folder(facts)}/{facts.onnx}")
        code = (
            f"import onnxruntime\n\nsession = onnxruntime.InferenceSession({path})\n"
            "print([(each.name, each.shape, each.type) for each in session.get_inputs()])\n"
        )
        yield Command("ONNX Runtime", "pip install onnxruntime", code)


WAYS: tuple[Callable[[ReleaseFacts], Iterator[Command]], ...] = (
    _transformers,
    _sentences,
    _vllm,
    _llama_cpp,
    _docker,
    _core_ml,
    _onnx,
)
