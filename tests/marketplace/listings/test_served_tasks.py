"""A model's task is what it does, not what a benchmark measured with it."""

import pytest

from marketplace.listings.models import Listing
from marketplace.listings.served_tasks import served_task

ZERO_SHOT = "zero-shot-image-classification"


@pytest.mark.parametrize(
    ("name", "task", "kind", "modalities", "served"),
    [
        ("meta-llama/Llama-2-7b-chat-hf", "text-ranking", "cross-encoder", ["text"], "text-generation"),
        ("BAAI/bge-reranker-v2-m3", "text-ranking", "cross-encoder", ["text"], "text-ranking"),
        ("vidore/colpali-v1.3", ZERO_SHOT, "late-interaction", ["image", "text"], "feature-extraction"),
        ("Qwen/Qwen3-VL-Embedding-2B", ZERO_SHOT, "dense", ["image", "text", "video"], "feature-extraction"),
        ("google/siglip-base-patch16-224", ZERO_SHOT, "dense", ["image", "text"], ZERO_SHOT),
        ("openai/clip-vit-base-patch32", ZERO_SHOT, "dense", ["image", "text"], ZERO_SHOT),
        ("acme/unknown", ZERO_SHOT, "", [], ZERO_SHOT),
        ("Qwen/Qwen2.5-Omni-7B", ZERO_SHOT, "dense", ["audio", "image", "text", "video"], "any-to-any"),
    ],
)
def test_the_task_served(name: str, task: str, kind: str, modalities: list[str], served: str) -> None:
    assert served_task(name, task, kind=kind, modalities=modalities) == served


@pytest.mark.django_db
def test_the_catalogue_is_imported_with_it() -> None:
    tasks = dict(
        Listing.objects.filter(name__in=["meta-llama/Llama-2-7b-chat-hf", "vidore/colpali-v1.3"]).values_list(
            "name", "task"
        )
    )
    assert tasks == {"meta-llama/Llama-2-7b-chat-hf": "text-generation", "vidore/colpali-v1.3": "feature-extraction"}
