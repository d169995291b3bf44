"""Texts as vectors: what a listing means, and what a query means if the engine says so in time.

The engine is any server of OpenAI's embeddings protocol. A search never waits for it longer than DEADLINE: what comes
later is kept for the next one, and the search goes on by words alone.
"""

from __future__ import annotations

import hashlib
import logging
import struct
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from threading import Semaphore

from django.conf import settings
from django.core.cache import cache
from django.utils.translation import gettext as _

from common.embeddings import Vector, read_vectors
from common.outbound import Outbound, OutboundError
from common.templatetags.look import compact
from marketplace.listings.models import Listing
from marketplace.listings.taxonomy import language_name, licence_label, modality_label, task_label, task_meaning
from marketplace.listings.words import words_of_name

from .index_models import DIMENSIONS

log = logging.getLogger(__name__)

DEADLINE = 0.06  # seconds that a search waits for its vector
LATE = 5.0  # seconds after which nobody wants it any more
COLD = 3.0  # seconds without a question, after the engine did not answer one
KEPT = 86_400  # seconds that a query's vector is kept
AT_ONCE = 4
ANSWER_BYTES = 8_000_000
MOST_TOLD = 400  # characters of a summary in a document
MOST_NAMED = 12  # languages and the like in a document: MiniLM reads 256 tokens

_threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="meaning")
_seats = Semaphore(2 * AT_ONCE)
_cold_until = 0.0


class EngineSilentError(Exception):
    """The engine gave no vectors; the message is for the log."""


@dataclass(frozen=True)
class Meaning:
    """A query's vector, or why there is none, in a sentence."""

    vector: Vector | None = None
    why_not: str = ""


@lru_cache
def _outbound() -> Outbound:
    return Outbound(AT_ONCE)


def embed(texts: Sequence[str], *, timeout: float) -> list[Vector]:
    """Return a vector of length 1 for each text, within ``timeout`` seconds. Raises EngineSilentError."""
    engine = settings.ENGINES["minilm"]
    headers = {"Authorization": f"Bearer {engine['key']}"} if engine["key"] else {}
    body = {"input": list(texts), **({"model": engine["model"]} if engine["model"] else {})}
    url = f"{engine['url']}/embeddings"
    try:
        answer = _outbound().post(url, body, seconds=timeout, most_bytes=ANSWER_BYTES, headers=headers)
        if answer.status != HTTPStatus.OK:
            raise EngineSilentError(f"status {answer.status}")
        vectors, _usage = read_vectors(answer.body, len(texts))
    except (OutboundError, ValueError) as error:
        raise EngineSilentError(str(error) or type(error).__name__) from error
    if any(len(vector) != DIMENSIONS for vector in vectors):
        raise EngineSilentError(f"vectors of {len(vectors[0])} numbers, not {DIMENSIONS}")
    return vectors


def meaning_of(query: str) -> Meaning:
    """Return the vector of a query, within DEADLINE seconds, or why there is none."""
    # MiniLM ignores case and spacing, so these queries can share a vector.
    text = " ".join(query.lower().split())
    if not text:
        return Meaning()
    key = f"meaning:{hashlib.sha256(text.encode()).hexdigest()}"
    if kept := cache.get(key):
        return Meaning(list(struct.unpack(f"<{DIMENSIONS}f", kept)))
    return _asked(text, key)


def _asked(text: str, key: str) -> Meaning:
    late = _("These results match words only.")
    # Never queued: the queue would outgrow what anybody waits for while the engine is slow.
    if time.monotonic() < _cold_until or not _seats.acquire(blocking=False):
        return Meaning(why_not=late)
    future: Future[Vector] = _threads.submit(_keep, text, key)
    future.add_done_callback(lambda _done: _seats.release())
    try:
        return Meaning(future.result(DEADLINE))
    except (TimeoutError, EngineSilentError):
        return Meaning(why_not=late)


def _keep(text: str, key: str) -> Vector:
    """Ask for a vector and keep it; runs apart, so that one that comes late serves the next search."""
    global _cold_until
    try:
        (vector,) = embed([text], timeout=LATE)
    except EngineSilentError as error:
        _cold_until = time.monotonic() + COLD
        log.warning("The engine gave no vector, so searches compare words alone: %s", error)
        raise
    cache.set(key, struct.pack(f"<{DIMENSIONS}f", *vector), KEPT)
    return vector


def document_of(listing: Listing) -> str:
    """Return what a listing's vector is computed from: its facts in plain words, the telling ones first."""
    facts = listing.facts
    name = listing.model_name.replace("-", " ").replace("_", " ")
    parts = [
        f"{name} by {listing.owner_name}: {task_label(listing.task)}",
        task_meaning(listing.task),
        str(facts.get("summary", ""))[:MOST_TOLD],
        _named("Data", [modality_label(word) for word in listing.modalities]),
        _named("Languages", [language_name(code) for code in listing.languages]),
        _size(listing.parameters),
        f"Licence: {licence_label(listing.license)}" if listing.license else "",
        *(str(facts[key]).replace("_", " ") for key in ("architecture_kind", "architecture", "recipe") if key in facts),
        _named("Made for", _listed(facts.get("capabilities"))),
        _named("Trained on", _listed(facts.get("training_datasets"))),
        f"Adapted from {listing.adapted_from}" if listing.adapted_from else "",
        words_of_name(listing.model_name),
    ]
    return ". ".join(part for part in parts if part)


def _listed(value: object) -> list[str]:
    return [str(word) for word in value] if isinstance(value, list) else []


def _named(title: str, words: list[str]) -> str:
    return f"{title}: {', '.join(words[:MOST_NAMED])}" if words else ""


def _size(parameters: int | None) -> str:
    if parameters is None:
        return ""
    bounds = ((50_000_000, "tiny"), (500_000_000, "small"), (5_000_000_000, "medium"), (20_000_000_000, "large"))
    word = next((word for bound, word in bounds if parameters < bound), "very large")
    return f"{word} model with {compact(parameters)} parameters"
