"""What tests of the publishing wizard share: a tiny model's folder, the tasks beside the site, a seller's wallet."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from playwright.sync_api import Page, expect

from .market import Market, ready
from .server import PATIENCE

CARD = """# Tiny haiku

It writes haiku of three lines from one word. It is tiny, and made by a test: do not expect sense, and do not use it
where anything depends on what it says. It knows English alone.
"""
CONFIG = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "hidden_size": 8,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "max_position_embeddings": 64,
    "vocab_size": 32,
    "torch_dtype": "float32",
}
FRONT = "---\nlicense: apache-2.0\nlanguage:\n- en\npipeline_tag: text-generation\nlibrary_name: transformers\n---\n"


def safetensors(tensors: dict[str, tuple[int, ...]], fill: bytes = b"\x00\x00\x80\x3f") -> bytes:
    """Return a file of safetensors with these shapes, in 32 bits each."""
    header, data, at = {}, b"", 0
    for name, shape in tensors.items():
        count = 1
        for size in shape:
            count *= size
        header[name] = {"dtype": "F32", "shape": list(shape), "data_offsets": [at, at + 4 * count]}
        data, at = data + fill * count, at + 4 * count
    told = json.dumps(header).encode()
    told += b" " * (-len(told) % 8)
    return struct.pack("<Q", len(told)) + told + data


def tiny_model(folder: Path, *, megabytes: int = 0) -> Path:
    """Write a model's folder as such folders are, with what git and systems leave in them."""
    folder.mkdir(parents=True)
    (folder / ".git").mkdir()
    (folder / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    (folder / ".gitattributes").write_text("*.safetensors filter=lfs\n")
    (folder / "config.json").write_text(json.dumps(CONFIG))
    (folder / "README.md").write_text(FRONT + CARD)
    shapes: dict[str, tuple[int, ...]] = {"model.embed_tokens.weight": (32, 8), "lm_head.weight": (32, 8)}
    if megabytes:
        shapes["model.layers.0.mlp.up_proj.weight"] = (megabytes * 1024, 256)
    (folder / "model.safetensors").write_bytes(safetensors(shapes))
    return folder


@contextmanager
def working(market: Market) -> Iterator[None]:
    """Run the tasks of the site beside it: they read files, and settle what the chain has."""
    command = [sys.executable, "manage.py", "run_tasks"]
    tasks = subprocess.Popen(command, env=market.variables, cwd=settings.BASE_DIR, stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        tasks.terminate()
        tasks.wait(PATIENCE)


def sign_in(page: Page, address: str) -> None:
    """Sign in with the page's wallet, and come to an address."""
    page.goto(f"/sign-in?next={address}")
    page.get_by_role("button", name="Test wallet").click()
    expect(page.locator("meta[name=account]")).to_be_attached()


def count_clicks(page: Page) -> None:
    """Count what one clicks on this page and on those that follow in its tab."""
    page.add_init_script(
        """addEventListener("click", (event) => {
          if (event.isTrusted) sessionStorage.setItem("clicks", Number(sessionStorage.getItem("clicks")) + 1);
        }, { capture: true })"""
    )


def clicks(page: Page) -> int:
    """Return how many clicks there were."""
    return int(page.evaluate("Number(sessionStorage.getItem('clicks'))"))


def begin(page: Page) -> None:
    """Begin a draft with files."""
    page.goto("/sell/new")
    page.get_by_role("button", name="Files of a model").click()
    page.wait_for_url("**/name")
    ready(page, "draft-form")


def saved(page: Page) -> None:
    """Wait until what is typed is kept."""
    expect(page.locator("[data-saved]")).to_contain_text("Saved")


def go(page: Page, step: str) -> None:
    """Go on by the lit button, to this step."""
    page.locator(".wizard-end .act").click()
    page.wait_for_url(f"**/{step}")
