"""Code that loads a model elsewhere: from what is recorded, and harmless whatever its names say."""

from __future__ import annotations

import ast
import shlex
from typing import Any

import pytest

from accounts.models import Account
from marketplace.listings.models import Listing
from marketplace.listings.snippets import repository_of, snippets_of

COMMIT = "5c38ec7c405ec4b44b94cc5a9bb96e735b38267a"  # pragma: allowlist secret
EVIL = 'x"); __import__("os").system("id") #'


def entry(name: str = "acme/model", *, reserved: bool = True, **fields: Any) -> Listing:
    facts = {"source": "mteb", "task": "feature-extraction", **fields}
    return Listing(owner=Account(name="acme", is_reserved=reserved), name=name, **facts)


def codes(listing: Listing) -> list[str]:
    return [snippet.code for snippet in snippets_of(listing)]


def strings(code: str) -> list[str]:
    """Return the texts in a piece of Python, as Python reads them."""
    return [
        each.value for each in ast.walk(ast.parse(code)) if isinstance(each, ast.Constant) and type(each.value) is str
    ]


def test_each_recorded_library_gets_its_own_way_with_the_revision_pinned() -> None:
    listing = entry(libraries=["Transformers", "Sentence Transformers", "PyTorch"], facts={"revision": COMMIT})
    sentences, transformers = codes(listing)
    assert f'SentenceTransformer("acme/model", revision="{COMMIT}")' in sentences
    assert f'tokenizer = AutoTokenizer.from_pretrained("acme/model", revision="{COMMIT}")' in transformers
    repository = repository_of(listing)
    assert repository
    assert repository.url == f"https://huggingface.co/acme/model/tree/{COMMIT}"


@pytest.mark.parametrize(
    ("task", "modalities", "library", "said"),
    [
        ("text-generation", ["text"], "Transformers", "AutoModelForCausalLM.from_pretrained"),
        ("zero-shot-image-classification", ["image", "text"], "Transformers", "processor = AutoProcessor"),
        ("text-ranking", ["text"], "Sentence Transformers", "CrossEncoder("),
        ("image-classification", ["image"], "timm", 'timm.create_model("hf-hub:acme/model", pretrained=True)'),
        ("image-feature-extraction", ["image"], "timm", "num_classes=0"),
        ("text-generation", ["text"], "GGUF", "hf download acme/model --include '*.gguf'"),
    ],
)
def test_the_code_fits_the_task(task: str, modalities: list[str], library: str, said: str) -> None:
    (code,) = codes(entry(task=task, modalities=modalities, libraries=[library]))
    assert said in code


def test_nothing_is_said_of_what_nobody_has_recorded() -> None:
    assert codes(entry()) == []
    assert codes(entry(libraries=["PyTorch", "NumPy"])) == []
    assert repository_of(entry(source="litellm", libraries=["Transformers"])) is None
    assert repository_of(entry(reserved=False, libraries=["Transformers"])) is None


def test_what_was_adapted_here_leads_to_its_origin_and_says_so() -> None:
    listing = entry(reserved=False, task="text-ranking", adapted_from="zoo/base", libraries=["Sentence Transformers"])
    repository = repository_of(listing)
    assert repository
    assert (repository.name, repository.is_origin, repository.revision) == ("zoo/base", True, "")
    # What its task is says nothing of the origin's.
    assert 'SentenceTransformer("zoo/base")' in codes(listing)[0]


@pytest.mark.parametrize("revision", [EVIL, "main", "-rf", "$(id)", COMMIT.upper(), f"{COMMIT}-{COMMIT}", 7])
def test_a_revision_that_is_no_commit_is_left_out(revision: object) -> None:
    libraries = ["Transformers", "timm", "GGUF"]
    for code in codes(entry(libraries=libraries, facts={"revision": revision})):
        assert "revision" not in code
        assert str(revision) not in code


@pytest.mark.parametrize(
    "name", [EVIL, "acme/$(id)", "acme/'; id; '", "acme/x\nimport os", "../../etc/passwd", "acme/ü"]
)
def test_a_name_that_no_repository_can_have_makes_no_code(name: str) -> None:
    assert codes(entry(name, libraries=["Transformers", "timm", "GGUF"])) == []
    assert codes(entry(reserved=False, adapted_from=name, libraries=["Transformers"])) == []


def test_names_reach_the_code_as_one_literal_or_one_word() -> None:
    listing = entry("acme/a.b_c-d", libraries=["Transformers", "timm", "GGUF"], facts={"revision": COMMIT})
    transformers, timm, shell = codes(listing)
    assert sorted(strings(transformers)) == sorted(["acme/a.b_c-d", COMMIT] * 2)
    assert strings(timm) == [f"hf-hub:acme/a.b_c-d@{COMMIT}"]
    assert shlex.split(shell) == ["hf", "download", "acme/a.b_c-d", "--include", "*.gguf", "--revision", COMMIT]
