"""Which task a model serves, where its source recorded the benchmark's task instead.

Benchmarks of embeddings measure all sorts of models: a chat model that ranks texts when it is told to, a retriever of
pages as pictures that is scored on zero-shot classes. What such an entry calls its task is what it was measured in.
"""

from __future__ import annotations

import re
from collections.abc import Collection

MEASURED_WITH = "zero-shot-image-classification"  # what is recorded of everything that embeds text and pictures
EMBEDS = "feature-extraction"
VECTOR_KINDS = {"dense", "late-interaction", "sparse"}
# Trained to match a picture with a label: these do classify by labels that one chooses.
CONTRASTIVE = re.compile(r"clip|siglip|/align-|/tipsv|imagebind|languagebind", re.IGNORECASE)

# General models by name (in lower case), with the task that their owners publish them under.
PUBLISHED_AS = {
    "google/flan-t5-base": "text-generation",
    "google/flan-t5-large": "text-generation",
    "google/flan-t5-xl": "text-generation",
    "google/flan-t5-xxl": "text-generation",
    "meta-llama/llama-2-7b-hf": "text-generation",
    "meta-llama/llama-2-7b-chat-hf": "text-generation",
    "mistralai/mistral-7b-instruct-v0.2": "text-generation",
    "nvidia/omnivinci": "any-to-any",
    "qwen/qwen2.5-omni-3b": "any-to-any",
    "qwen/qwen2.5-omni-7b": "any-to-any",
    "qwen/qwen3-omni-30b-a3b-captioner": "any-to-any",
    "qwen/qwen3-omni-30b-a3b-instruct": "any-to-any",
    "qwen/qwen3-omni-30b-a3b-thinking": "any-to-any",
    "salesforce/blip-image-captioning-base": "image-to-text",
    "salesforce/blip-image-captioning-large": "image-to-text",
    "salesforce/blip-vqa-base": "visual-question-answering",
    "salesforce/blip-vqa-capfilt-large": "visual-question-answering",
    "salesforce/blip2-opt-2.7b": "image-to-text",
    "salesforce/blip2-opt-6.7b-coco": "image-to-text",
}


def served_task(name: str, task: str, *, kind: str, modalities: Collection[str]) -> str:
    """Return the pipeline tag of what a model does; ``kind`` is its recorded kind of architecture, empty for none."""
    if published := PUBLISHED_AS.get(name.lower()):
        return published
    embeds = task == MEASURED_WITH and kind in VECTOR_KINDS and "text" in modalities
    return EMBEDS if embeds and not CONTRASTIVE.search(name) else task
