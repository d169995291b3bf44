"""A language model so small that a test writes it: two layers, random weights, a tokenizer of bytes."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator

import numpy as np

HIDDEN, MIDDLE, LAYERS, HEADS, CONTEXT = 32, 64, 2, 2, 256
END = "<|end|>"


def tiny_model(architecture: str = "LlamaForCausalLM") -> dict[str, bytes]:
    """Return the files of a Llama that says nothing of sense, by their paths."""
    config = {
        "architectures": [architecture],
        "model_type": "llama",
        "hidden_size": HIDDEN,
        "intermediate_size": MIDDLE,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": HEADS,
        "num_key_value_heads": HEADS,
        "vocab_size": 257,
        "max_position_embeddings": CONTEXT,
        "rms_norm_eps": 1e-6,
        "bos_token_id": 0,
        "eos_token_id": 0,
        "tie_word_embeddings": False,
        "torch_dtype": "float32",
        "auto_map": {"AutoModelForCausalLM": "evil.Model"},  # which nothing may follow
    }
    words = {"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": END, "model_max_length": CONTEXT}
    return {
        "config.json": json.dumps(config).encode(),
        "model.safetensors": safetensors(dict(_tensors())),
        "tokenizer.json": json.dumps(_tokenizer()).encode(),
        "tokenizer_config.json": json.dumps(words).encode(),
        "README.md": b"# Tiny\n\nRandom weights.\n",
    }


def safetensors(tensors: dict[str, np.ndarray]) -> bytes:
    """Return tensors of float32 in that format."""
    header, data = {}, b""
    for name, tensor in tensors.items():
        raw = tensor.astype("<f4").tobytes()
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    said = json.dumps(header | {"__metadata__": {"format": "pt"}}).encode()
    said += b" " * (-len(said) % 8)
    return struct.pack("<Q", len(said)) + said + data


def _tensors() -> Iterator[tuple[str, np.ndarray]]:
    chance = np.random.default_rng(7)

    def random(*shape: int) -> np.ndarray:
        return chance.standard_normal(shape) * 0.05

    yield "model.embed_tokens.weight", random(257, HIDDEN)
    for layer in range(LAYERS):
        at = f"model.layers.{layer}"
        for name in "qkvo":
            yield f"{at}.self_attn.{name}_proj.weight", random(HIDDEN, HIDDEN)
        yield f"{at}.mlp.gate_proj.weight", random(MIDDLE, HIDDEN)
        yield f"{at}.mlp.up_proj.weight", random(MIDDLE, HIDDEN)
        yield f"{at}.mlp.down_proj.weight", random(HIDDEN, MIDDLE)
        for name in ("input_layernorm", "post_attention_layernorm"):
            yield f"{at}.{name}.weight", np.ones(HIDDEN)
    yield "model.norm.weight", np.ones(HIDDEN)
    yield "lm_head.weight", random(257, HIDDEN)


def _tokenizer() -> dict[str, object]:
    bytes_ = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    end = {"id": 0, "content": END, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [end | {"special": True}],
        "normalizer": None,
        "pre_tokenizer": bytes_,
        "post_processor": None,
        "decoder": bytes_,
        "model": {"type": "BPE", "vocab": {END: 0} | {c: 1 + n for n, c in enumerate(_letters())}, "merges": []},
    }


def _letters() -> list[str]:
    """Return the sign that stands for each byte, as byte-level tokenizers have it."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    odd = [byte for byte in range(256) if byte not in plain]
    return sorted([*map(chr, plain), *(chr(256 + n) for n in range(len(odd)))])
